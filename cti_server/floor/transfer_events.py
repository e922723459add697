"""What happened to callers who are handed on to a number outside; `events` hands these on with all others."""

from dataclasses import dataclass

from cti_server.floor.parts import Event
from cti_server.floor.words import InteractionId, RecordingId


@dataclass(frozen=True, slots=True)
class TransferDialled(Event):
    """Attempt number `attempt` (from 1) to reach `number` (E.164) for the caller begins. Committed before anything is
    dialled: never done twice.

    `key`: the place in the flow that asked. `recording`: what the talk is kept as, '' for not at all.
    """

    interaction: InteractionId
    attempt: int
    key: str
    number: str
    recording: RecordingId


@dataclass(frozen=True, slots=True)
class TransferAnswered(Event):
    """Caller and the other side hear each other."""

    interaction: InteractionId
    attempt: int


@dataclass(frozen=True, slots=True)
class TransferEnded(Event):
    """`result`: talked · no_answer · busy · refused · failed · left (the caller hung up) · lost (nobody knows)."""

    interaction: InteractionId
    attempt: int
    result: str


@dataclass(frozen=True, slots=True)
class TransferRefused(Event):
    """Nothing was dialled. `why`: not_allowed · hours · number_cap · caps · pbx."""

    interaction: InteractionId
    number: str
    why: str
