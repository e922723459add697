"""The nouns of the floor: identifiers and the states things can be in (design §4)."""

from enum import StrEnum
from typing import NewType

InteractionId = NewType("InteractionId", str)
"""One conversation from arrival to closed, whatever legs and channels it goes through."""

LegId = NewType("LegId", str)
"""One channel. For Asterisk legs it is the channel's Uniqueid; we choose it for the legs we dial."""

OfferId = NewType("OfferId", str)
AgentId = NewType("AgentId", str)
QueueId = NewType("QueueId", str)
CustomerId = NewType("CustomerId", str)
RecordingId = NewType("RecordingId", str)

Millis = NewType("Millis", int)
"""A point in time: milliseconds since the Unix epoch, UTC, from a clock that never runs backwards."""


class InteractionState(StrEnum):
    ARRIVING = "arriving"
    IN_FLOW = "in_flow"
    QUEUED = "queued"
    OFFERED = "offered"
    CONNECTED = "connected"
    HELD = "held"
    WRAPPING_UP = "wrapping_up"
    CLOSED = "closed"


class Outcome(StrEnum):
    HANDLED = "handled"
    ABANDONED = "abandoned"
    SHORT_ABANDONED = "short_abandoned"
    OVERFLOWED = "overflowed"
    CALLBACK = "callback"
    VOICEMAIL = "voicemail"
    FAILED = "failed"


class CallbackState(StrEnum):
    REQUESTED = "requested"
    """In line, or about to be."""
    SCHEDULED = "scheduled"
    """Rests until it is due."""
    DIALLING = "dialling"
    CONNECTED = "connected"
    """The customer answered."""
    COMPLETED = "completed"
    EXHAUSTED = "exhausted"
    CANCELLED = "cancelled"


class CallbackMode(StrEnum):
    AGENT_FIRST = "agent_first"
    CUSTOMER_FIRST = "customer_first"


class TransferState(StrEnum):
    DIALLING = "dialling"
    CONNECTED = "connected"
    """The other side answered."""
    ENDED = "ended"


class OfferState(StrEnum):
    RINGING = "ringing"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"


class LegState(StrEnum):
    DIALLING = "dialling"
    UP = "up"
    GONE = "gone"


class AgentState(StrEnum):
    SIGNED_OUT = "signed_out"
    AVAILABLE = "available"
    OFFERED = "offered"
    CONNECTED = "connected"
    WRAPPING_UP = "wrapping_up"
    NOT_READY = "not_ready"
