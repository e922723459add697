"""Events of queues and agents as they are configured."""

from dataclasses import dataclass, field

from cti_server.floor.parts import Event
from cti_server.floor.words import AgentId, QueueId
from routing.rules import Membership


@dataclass(frozen=True, slots=True)
class QueueConfigured(Event):
    queue: QueueId
    name: dict[str, str]
    """Language → shown name."""
    rules: dict[str, object]
    """How it picks: its entry in the routing configuration (docs/routing.md), without what stands beside it here."""
    ring_seconds: int
    wrap_up_seconds: int
    short_abandon_seconds: int = 5
    announce_seconds: int = 30
    """How often a waiting caller hears his position; 0 = never."""
    calendar: dict[str, object] | None = None
    """The opening hours `rules` names, as they stand in the configuration; None: always open."""
    survey: bool = False
    """Whoever talked with an agent is asked how satisfied he is."""


@dataclass(frozen=True, slots=True)
class QueueRemoved(Event):
    queue: QueueId


@dataclass(frozen=True, slots=True)
class ReserveSet(Event):
    """The reserve of `queue` is called to help, or let go: the estimated wait passed its limit."""

    queue: QueueId
    on: bool


@dataclass(frozen=True, slots=True)
class EmergencySet(Event):
    """The emergency switch of `queue`, by `user`."""

    queue: QueueId
    on: bool
    user: str


@dataclass(frozen=True, slots=True)
class AgentConfigured(Event):
    agent: AgentId
    name: str
    skills: dict[str, int]
    memberships: dict[QueueId, Membership] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgentRemoved(Event):
    agent: AgentId
