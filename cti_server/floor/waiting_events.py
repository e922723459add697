"""What happened to callers who wait for an agent; `events` hands these on with all others."""

from dataclasses import dataclass

from cti_server.floor.parts import Event
from cti_server.floor.words import InteractionId, QueueId
from routing.telling import Promise


@dataclass(frozen=True, slots=True)
class WaitTold(Event):
    """The caller hears another estimated wait than before. Said again without news it is no event."""

    interaction: InteractionId
    promise: Promise


@dataclass(frozen=True, slots=True)
class SelfServiceEntered(Event):
    """The caller walks through `flow` while he keeps waiting."""

    interaction: InteractionId
    flow: str
    version: str


@dataclass(frozen=True, slots=True)
class SelfServiceLeft(Event):
    """`why`: done · agent (somebody answered) · sent_on (a rule of his queue) · resumed (our server had died)."""

    interaction: InteractionId
    why: str


@dataclass(frozen=True, slots=True)
class VoicemailChosen(Event):
    """The caller gives up his place in `queue` and leaves a message instead."""

    interaction: InteractionId
    queue: QueueId
