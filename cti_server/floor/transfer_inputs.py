"""What the floor is told of callers who are handed on to a number outside."""

from dataclasses import dataclass

from cti_server.floor.inputs import Input
from cti_server.floor.words import InteractionId, LegId


@dataclass(frozen=True, slots=True)
class TransferRequested(Input):
    """The flow hands the caller on to `number`. With the `key` of an attempt that was made, nothing is dialled again.

    `ring_seconds`: how long it may ring. `record`: whether the talk is kept.
    """

    interaction: InteractionId
    key: str
    number: str
    ring_seconds: int
    record: bool = True


@dataclass(frozen=True, slots=True)
class PartyAnswered(Input):
    """Whom the caller on `leg` is handed on to picked up."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class PartyGone(Input):
    """The caller is back from attempt `attempt`: it came to `result` (see TransferEnded)."""

    interaction: InteractionId
    attempt: int
    result: str
