"""Events of the floor → what other systems are told. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cti_server.floor import events as e

NAMES = (
    "callback.requested",
    "callback.dialled",
    "callback.connected",
    "callback.completed",
    "callback.exhausted",
    "callback.cancelled",
)


@dataclass(frozen=True, slots=True)
class Notice:
    """`id` is the same however often it is sent. `body`: JSON, {"id", "type", "at", "interaction", "data"}."""

    id: str
    type: str
    at: int
    body: str


def notice_of(recorded: e.Recorded, more: Mapping[str, object] | None = None) -> Notice | None:
    """None: others are not told of this event. `more`: goes with its data."""
    told = _told(recorded.event)
    if told is None:
        return None
    interaction, type_, data = told
    id_ = f"{interaction}.{recorded.seq}"
    data |= more or {}
    whole = {"id": id_, "type": type_, "at": _iso(recorded.at), "interaction": interaction, "data": data}
    return Notice(id_, type_, recorded.at, json.dumps(whole, ensure_ascii=False, separators=(",", ":")))


def _told(event: e.Event) -> tuple[str, str, dict[str, object]] | None:
    match event:
        case e.CallbackRequested():
            asked: dict[str, object] = {
                "number": event.number,
                "source": event.source,
                "queue": event.queue,
                "not_before": _iso(event.not_before),
            }
            return event.interaction, "callback.requested", asked
        case e.CallbackDialled():
            return event.interaction, "callback.dialled", {"number": event.number, "attempt": event.attempt}
        case e.CallbackAnswered():
            return event.interaction, "callback.connected", {"attempt": event.attempt}
        case e.CallbackClosed():
            return event.interaction, f"callback.{event.state}", {"why": event.why}
        case _:
            return None


def _iso(millis: int) -> str:
    return datetime.fromtimestamp(millis / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
