"""What was decided and the compact facts it was decided from. The order of the candidates itself follows from the state
just before, which a fold of the journal gives back exactly; `explain` does that."""

from dataclasses import dataclass
from enum import StrEnum

from routing.requirement import Requirement
from routing.rules import AgentOrder


class Side(StrEnum):
    """Whom the decision looked for."""

    AGENT = "agent"
    """A contact was there, the best agent was picked."""
    CONTACT = "contact"
    """An agent was there, the contact due first was picked."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`rivals`: agents on offer (lines with contacts) that could have been picked instead. `held_back`: flooded queues
    that had to let others pass. `preferred`: the agent is the contact's own."""

    side: Side
    contact: str
    agent: str
    queue: str
    requirement: Requirement
    stage: int
    order: AgentOrder
    rivals: int
    preferred: bool = False
    held_back: tuple[str, ...] = ()
