"""The floor and its events as JSON, and back: what the journal, the live websocket and a restart agree on."""

from dataclasses import dataclass, field
from functools import cache

import msgspec

from cti_server.floor.apply import reindex
from cti_server.floor.events import EVENT_TYPES, Event
from cti_server.floor.model import Agent, Floor, Interaction, Queue
from cti_server.floor.parts import Dial, DialPolicy, Report
from cti_server.floor.words import AgentId, InteractionId, QueueId, RecordingId

_ENCODER = msgspec.json.Encoder()


class UnknownEventError(Exception):
    """A journal holds an event this version does not know: it was written by a newer one."""


@dataclass(slots=True)
class _Image:
    """A floor without what is derived."""

    seq: int
    queues: dict[QueueId, Queue]
    agents: dict[AgentId, Agent]
    interactions: dict[InteractionId, Interaction]
    pbx_boot: str
    pbx_up: bool
    dial_policy: DialPolicy = field(default_factory=DialPolicy)
    dials: list[Dial] = field(default_factory=list)
    reports: dict[RecordingId, Report] = field(default_factory=dict)
    do_not_call: tuple[str, ...] = ()


def dump_floor(floor: Floor) -> bytes:
    """JSON of everything live; `load_floor` makes an equal floor of it."""
    return _ENCODER.encode(
        _Image(
            floor.seq,
            floor.queues,
            floor.agents,
            floor.interactions,
            floor.pbx_boot,
            floor.pbx_up,
            floor.dial_policy,
            floor.dials,
            floor.reports,
            tuple(sorted(floor.do_not_call)),
        )
    )


def load_floor(data: bytes) -> Floor:
    """Raises msgspec.ValidationError when `data` is not what `dump_floor` wrote."""
    image = msgspec.json.decode(data, type=_Image)
    floor = Floor(image.seq, image.queues, image.agents, image.interactions, image.pbx_boot, image.pbx_up)
    floor.dial_policy, floor.dials, floor.reports = image.dial_policy, image.dials, image.reports
    floor.do_not_call = frozenset(image.do_not_call)
    reindex(floor)
    return floor


def dump_event(event: Event) -> bytes:
    """The event's fields as a JSON object; its type is kept beside it."""
    return _ENCODER.encode(event)


def load_event(type_name: str, data: bytes | str) -> Event:
    """Raises UnknownEventError, or msgspec.ValidationError when the fields do not fit."""
    event: Event = _decoder(type_name).decode(data)
    return event


@cache
def _decoder(type_name: str) -> msgspec.json.Decoder[Event]:
    cls = EVENT_TYPES.get(type_name)
    if cls is None:
        raise UnknownEventError(f"unknown event type {type_name!r}: start the version of the server that wrote it")
    return msgspec.json.Decoder(cls)
