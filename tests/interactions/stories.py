"""Event histories for the tests of the journal's readers."""

import uuid
from collections.abc import Iterable, Iterator

from cti_server.floor import events as e
from cti_server.floor.parts import OfferReason
from cti_server.floor.words import (
    AgentId,
    AgentState,
    CustomerId,
    InteractionId,
    LegId,
    Millis,
    OfferId,
    Outcome,
    QueueId,
    RecordingId,
)
from routing import Side
from routing.rules import AgentOrder

T0 = 1_795_000_000_123
QUEUE = QueueId("power")
WHY = OfferReason(Side.CONTACT, AgentOrder.LONGEST_IDLE, 0, "power>=3", 1)


def customer(phone: str = "+8613812345678", *, prospect: bool = True, name: str = "138 1234 5678") -> e.Customer:
    identifier = CustomerId(str(uuid.uuid5(uuid.NAMESPACE_OID, phone + name)))
    return e.Customer(identifier, name, prospect=prospect, phone=phone, hints=("慢一些",))


def recorded(events: Iterable[tuple[int, e.Event]], after: int = 0) -> list[e.Recorded]:
    """`events` as (milliseconds after T0, event), numbered from `after` + 1."""
    return [e.Recorded(seq, Millis(T0 + at), event) for seq, (at, event) in enumerate(events, after + 1)]


def answered(number: int, agent: str = "1001", who: e.Customer | None = None) -> Iterator[tuple[int, e.Event]]:
    """A call: flow, queue, a missed offer, an accepted one, talk with a hold, wrap-up. 24 events over 100 s."""
    i, a = InteractionId(f"i-{number}"), AgentId(agent)
    first, second = OfferId(f"o-{number}-1"), OfferId(f"o-{number}-2")
    recording = RecordingId(f"r-{number}")
    who = who or customer(f"+86138{number:08d}")
    yield 0, e.InteractionStarted(i, "voice", "in", who.phone, "王", "95598", who, LegId(f"l-{number}"), "PJSIP/x")
    yield 100, e.FlowEntered(i, "power", "1", "zh")
    yield 5_000, e.FlowStepTaken(i, "main", "1", {"zh": "停电", "en": "Power cut"})
    yield 6_000, e.LanguageChosen(i, "en")
    yield 10_000, e.ContactQueued(i, QUEUE, "power>=3", 0, Millis(T0 + 10_000))
    yield 10_100, e.OfferMade(first, i, AgentId("1009"), "1009-web", Millis(T0 + 20_000), WHY)
    yield 10_200, e.OfferRinging(first, i, AgentId("1009"))
    yield 20_000, e.OfferMissed(first, i, AgentId("1009"), "no_answer")
    yield 20_000, e.ContactQueued(i, QUEUE, "power>=3", 0, Millis(T0 + 10_000), "missed")
    yield 20_100, e.OfferMade(second, i, a, f"{agent}-web", Millis(T0 + 30_000), WHY)
    yield 20_100, e.AgentStateChanged(a, AgentState.OFFERED, "", i)
    yield 20_300, e.OfferRinging(second, i, a)
    yield 22_000, e.OfferAccepted(second, i, a)
    yield 22_500, e.InteractionConnected(i, a, 1)
    yield 22_500, e.RecordingStarted(recording, i, a, 1)
    yield 22_500, e.AgentStateChanged(a, AgentState.CONNECTED, "", i)
    yield 40_000, e.InteractionHeld(i, a)
    yield 55_000, e.InteractionResumed(i, a)
    yield 70_000, e.CallerLeft(i, "hangup")
    yield 70_000, e.TalkEnded(i, a, 1, "caller")
    yield 70_000, e.AgentStateChanged(a, AgentState.WRAPPING_UP, "", i)
    yield 70_000, e.WrapUpStarted(i, a, Millis(T0 + 130_000))
    yield 72_000, e.RecordingStored(recording, i, "2026/11/22/r.ogg", "ab" * 32, 4711, 47_500)
    yield 100_000, e.WrapUpCompleted(i, a, "solved", "已处理")
    yield 100_000, e.AgentStateChanged(a, AgentState.AVAILABLE)
    yield 100_000, e.InteractionClosed(i, Outcome.HANDLED, "hangup")
