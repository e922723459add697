"""Values that events and the model share."""

from dataclasses import dataclass, field

from cti_server.floor.words import AgentId, CustomerId, Millis
from routing import Side
from routing.rules import AgentOrder


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events."""


@dataclass(frozen=True, slots=True)
class Input:
    """Base of all inputs."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with its place in the journal: `seq` from 1, without gaps."""

    seq: int
    at: Millis
    event: Event

    @property
    def type(self) -> str:
        return type(self.event).__name__


@dataclass(frozen=True, slots=True)
class Customer:
    """Who an interaction is with, as much as a screen-pop needs. `candidates` when the number is shared by several."""

    id: CustomerId
    name: str
    grade: str = ""
    prospect: bool = False
    phone: str = ""
    """E.164, empty when withheld."""
    place: str = ""
    hints: tuple[str, ...] = ()
    candidates: tuple[tuple[CustomerId, str], ...] = ()
    agent: AgentId = AgentId("")  # noqa: RUF009
    """Whom he should get if possible: his account manager, else whom he spoke to last."""
    skills: dict[str, int] = field(default_factory=dict)
    """What his agent should be able to do besides (skill → least level), e.g. speak his dialect."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something the agent should see. `label`: language → what it is; empty: its name says it."""

    value: str
    label: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DialPolicy:
    """What the server may dial by itself. Without a trunk: nothing.

    Numbers are E.164; `allowed` and `refused` are prefixes, a refused one is stronger. Times in milliseconds.
    """

    trunk: str = ""
    allowed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    shortest: int = 12
    """Digits: shorter numbers are emergency, service and premium numbers."""
    hours: dict[str, object] | None = None
    """When customers may be rung, as a calendar of the routing configuration; None: at any time."""
    at_once: int = 20
    """Customers rung or talking to us at our expense at the same time."""
    per_hour: int = 200
    per_number: int = 5
    """Dials to one number within 24 hours."""
    transfers_per_number: int = 100
    """The same for callers who are handed on to it by a flow: a number of ours is rung more often than a customer."""
    attempts: int = 3
    spacing: int = 300_000
    """Between two attempts."""
    kept: int = 259_200_000
    """A callback that was not reached by then is given up."""
    ring_seconds: int = 30
    rest_seconds: int = 5
    """What an agent gets between a customer who could not be reached and the next contact."""
    slot: int = 1_800_000
    slot_capacity: int = 6
    """Callbacks of one queue that may be promised for one slot."""


@dataclass(frozen=True, slots=True)
class Dial:
    """Somebody outside was dialled."""

    at: int
    number: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a caller dictates: of whom, for a case of which kind and subject, with what was keyed in."""

    customer: CustomerId
    kind: str
    subject: str
    codes: dict[str, Attribute]


@dataclass(frozen=True, slots=True)
class OfferReason:
    """The compact facts of a pick (`routing.Decision`). All else follows from the floor just before it."""

    side: Side
    order: AgentOrder
    stage: int
    requirement: str
    rivals: int
    preferred: bool = False
    held_back: tuple[str, ...] = ()
