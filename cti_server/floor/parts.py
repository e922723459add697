"""Values that events and the model share."""

from dataclasses import dataclass, field

from cti_server.floor.words import AgentId, CustomerId
from routing import Side
from routing.rules import AgentOrder


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
class OfferReason:
    """The compact facts of a pick (`routing.Decision`). All else follows from the floor just before it."""

    side: Side
    order: AgentOrder
    stage: int
    requirement: str
    rivals: int
    preferred: bool = False
    held_back: tuple[str, ...] = ()
