"""The rules of a queue and what routing knows of an agent. Plain data; times in milliseconds; `loading` reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from routing.requirement import ANYBODY, Requirement

VOICE = "voice"
CHANNELS = (VOICE, "chat", "email", "task")


class AgentOrder(StrEnum):
    """Who of the agents on offer is picked for a contact. `order` has the keys, docs/routing.md the sources."""

    LONGEST_IDLE = "longest_idle"
    LEAST_OCCUPIED = "least_occupied"
    MOST_SKILLED = "most_skilled"
    LEAST_SKILLED = "least_skilled"
    WEIGHTED = "weighted"


class When(StrEnum):
    """Why a contact is sent elsewhere."""

    EMERGENCY = "emergency"
    CLOSED = "closed"
    UNATTENDED = "unattended"
    """No agent who could ever serve it is signed in."""
    FULL = "full"
    ESTIMATE_OVER = "estimate_over"
    WAITED_OVER = "waited_over"


class Then(StrEnum):
    QUEUE = "queue"
    VOICEMAIL = "voicemail"
    CALLBACK = "callback"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Weights:
    """Linear weights of `AgentOrder.WEIGHTED`, in points. The agent with most points is picked.

    Chan, Koole, L'Ecuyer: Dynamic call center routing policies using call waiting and agent idle times, M&SOM 16, 2014.
    """

    idle_second: float = 1.0
    skill_level: float = 0.0
    """Per level of the skills asked for, summed."""
    spare_skill: float = 0.0
    """Per skill the agent has beyond those asked for; negative keeps generalists free."""
    occupancy_percent: float = 0.0


@dataclass(frozen=True, slots=True)
class Relaxation:
    """From `after` ms of waiting on, this step of the queue holds, in place of the steps before it."""

    after: int
    requirement: Requirement | None = None
    """Instead of the queue's; None: the queue's own. What the contact itself asks for comes on top."""
    lower_by: int = 0
    drop: frozenset[str] = frozenset()
    """Skills nobody is asked for any more, neither by the queue nor by the contact."""
    queues: frozenset[str] = frozenset()
    """Their members may serve as well."""
    reserve: bool = False
    """Reserve members join."""


@dataclass(frozen=True, slots=True)
class Overflow:
    """`limit`: contacts for `full`, ms for `estimate_over` and `waited_over`. `target`: a queue, or a prompt."""

    when: When
    then: Then
    limit: int = 0
    target: str = ""


@dataclass(frozen=True, slots=True)
class Storm:
    """Flood guard: while more than `waiting` contacts wait here, the queue may hold at most `share` percent of the
    agents it could be served by, unless nobody else needs them."""

    waiting: int
    share: int


class FirstRung(StrEnum):
    """Who is rung first in a callback."""

    AGENT = "agent_first"
    CUSTOMER = "customer_first"


@dataclass(frozen=True, slots=True)
class CallbackRules:
    """How the callers of a queue may be rung instead of waiting."""

    key: str = ""
    """Who presses it while waiting is asked whether he wants that; empty: nobody is."""
    mode: FirstRung = FirstRung.AGENT
    abandoned: int | None = None
    """Who hangs up after waiting so long is rung, too; None: nobody."""


@dataclass(frozen=True, slots=True)
class Message:
    """Who presses `key` while waiting leaves a message; `say`: the prompt before the tone, empty for the usual one."""

    key: str
    say: str = ""


@dataclass(frozen=True, slots=True)
class SelfService:
    """Who presses `key` while waiting walks through `flow` from `step` (empty: its start) on, and keeps his place."""

    key: str
    flow: str
    step: str = ""


@dataclass(frozen=True, slots=True)
class Comfort:
    """The prompt `say`, once somebody has waited `after` ms."""

    after: int
    say: str


@dataclass(frozen=True, slots=True)
class WaitingRules:
    """What callers of a queue hear and may do while they wait, besides asking for a callback."""

    estimate: bool = True
    """They hear the estimated wait, where it is good enough."""
    voicemail: Message | None = None
    self_service: SelfService | None = None
    offer: str = ""
    """The prompt that names the keys; empty: the usual ones, where the keys are the usual ones."""
    comfort: tuple[Comfort, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueRules:
    """How a queue picks. Contacts are served in the order of their due time: when they came in, plus `target`, less
    the head starts for priority and grade, as each agent sees it by his membership. A head start is time, so waiting
    uses it up: nobody starves. (Urgency numbers: J. R. Jackson, Naval Research Logistics Quarterly 7, 1960.)
    """

    id: str
    requirement: Requirement = ANYBODY
    members_only: bool = False
    """Only agents with a membership; else every agent with the skills."""
    agent_order: AgentOrder = AgentOrder.LONGEST_IDLE
    weights: Weights = Weights()
    target: int = 20_000
    """Service level: answered within this time."""
    priority_head_start: int = 600_000
    """Per level of priority."""
    grade_head_start: Mapping[str, int] = field(default_factory=dict)
    membership_head_start: int = 60_000
    """Per level of the agent's membership priority below the best."""
    preferred_patience: int = 0
    """How long a contact waits for its preferred agent alone."""
    relaxation: tuple[Relaxation, ...] = ()
    reserve_over: int | None = None
    """Reserve members join while the estimated wait is above this."""
    overflow: tuple[Overflow, ...] = ()
    storm: Storm | None = None
    callback: CallbackRules = CallbackRules()
    waiting: WaitingRules = WaitingRules()
    hours: str = ""
    """Name of the calendar; empty: always open."""


BEST_MEMBERSHIP = 1
LAST_MEMBERSHIP = 10


@dataclass(frozen=True, slots=True)
class Membership:
    """`priority` 1–10, 1 is served and picked first. A reserve member helps only when a rule calls the reserve."""

    priority: int = BEST_MEMBERSHIP
    reserve: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """What an agent can do, from the directory."""

    skills: Mapping[str, int] = field(default_factory=dict)
    memberships: Mapping[str, Membership] = field(default_factory=dict)
    capacity: Mapping[str, int] = field(default_factory=lambda: {VOICE: 1})
    """Channel → contacts at once."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One who waits. `order` breaks ties of equal due times: the number of its arrival."""

    id: str
    queue: str
    age_from: int
    order: int
    requirement: Requirement = ANYBODY
    """Its own, on top of the queue's."""
    channel: str = VOICE
    priority: int = 0
    grade: str = ""
    preferred: str = ""
    stage: int = 0
    """How far it is relaxed: an index into `stages`."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an agent is now. `channels`: those he can take one more contact on; `since`: when his last work ended (ms);
    `order` breaks ties; `occupancy`: how much he worked, by `order.occupancy`; `serving`: queues of his contacts."""

    state: str
    channels: frozenset[str] = frozenset()
    since: int = 0
    order: int = 0
    occupancy: float = 0.0
    serving: tuple[str, ...] = ()

    @property
    def signed_in(self) -> bool:
        return self.state != "signed_out"
