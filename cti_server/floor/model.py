"""The state of the floor. Plain data, changed by `apply` only; `snapshot` turns it into JSON and back."""

from dataclasses import dataclass, field
from heapq import heappush

from cti_server.floor.events import Attribute, Customer, QueueConfigured
from cti_server.floor.parts import Dial, DialPolicy, Report
from cti_server.floor.words import (
    AgentId,
    AgentState,
    CallbackMode,
    CallbackState,
    InteractionId,
    InteractionState,
    LegId,
    LegState,
    Millis,
    OfferId,
    OfferState,
    Outcome,
    QueueId,
    RecordingId,
    TransferState,
)
from routing import Matching
from routing.estimate import Estimate, Pace
from routing.hours import Calendar
from routing.rules import Membership, Then
from routing.telling import Promise

_NEVER = Millis(0)


@dataclass(slots=True)
class Leg:
    id: LegId
    state: LegState
    pbx_channel: str = ""


@dataclass(slots=True)
class Offer:
    id: OfferId
    agent: AgentId
    device: str
    state: OfferState
    made_at: Millis
    expires_at: Millis
    rang: bool = False


@dataclass(slots=True)
class Choice:
    """One key press in a menu, for 'why is he calling'."""

    step: str
    keys: str
    label: dict[str, str]


@dataclass(slots=True)
class Callback:
    """That we ring the customer. Closed with its interaction."""

    number: str
    """E.164."""
    mode: CallbackMode
    source: str
    """queue · overflow · abandoned · outage · web · api · agent."""
    state: CallbackState
    requested_at: Millis
    not_before: Millis
    expires_at: Millis
    most_attempts: int
    spacing: int
    priority: int = 0
    """The contact's own, to come back to after an attempt."""
    reason: str = ""
    """What it is about, in the words of whoever asked."""
    attempts: int = 0
    resting: bool = True
    """Not in line: not due yet, being dialled first, or the caller has not hung up yet."""
    dial_until: Millis | None = None
    """When the ringing at the customer ends."""
    last_result: str = ""
    """Of the last attempt: no_answer · busy · refused · trunk_refused · failed · lost · left · agent_left."""


@dataclass(slots=True)
class Survey:
    """The customer was asked how satisfied he is with `agent`. `score` None: no answer (yet)."""

    agent: AgentId | None
    queue: QueueId | None
    score: int | None = None
    via: str = ""
    """Of the answer: keys · flow · link."""


@dataclass(slots=True)
class Transfer:
    """The latest attempt to hand the caller on to a number outside."""

    number: str
    """E.164."""
    key: str
    """The place in the flow that asked."""
    attempt: int
    state: TransferState
    dialled_at: Millis
    recording: RecordingId
    """What the talk is kept as; '' for not at all."""
    answered_at: Millis | None = None
    result: str = ""
    """talked · no_answer · busy · refused · failed · left · lost."""


@dataclass(slots=True)
class Interaction:
    id: InteractionId
    channel: str
    direction: str
    caller: str
    caller_name: str
    dialled: str
    customer: Customer
    state: InteractionState
    arrived_at: Millis
    caller_leg: Leg
    flow: str = ""
    flow_version: str = ""
    language: str = "zh"
    path: list[Choice] = field(default_factory=list)
    attributes: dict[str, Attribute] = field(default_factory=dict)
    queue: QueueId | None = None
    requirement: str = ""
    """Its own, on top of the queue's."""
    priority: int = 0
    preferred: AgentId = AgentId("")  # noqa: RUF009
    stage: int = 0
    """Of its queue's relaxation."""
    order: int = 0
    """Number of the event that first queued it: breaks ties."""
    passed: list[QueueId] = field(default_factory=list)
    """Queues that sent it on."""
    diverted: Then | None = None
    """What it got instead of an agent."""
    estimate: Estimate | None = None
    promise: Promise | None = None
    """The wait he was told of last."""
    self_service: str = ""
    """The flow he walks through while he waits."""
    queued_at: Millis | None = None
    """When this wait began."""
    age_from: Millis | None = None
    """From when waiting counts; earlier than queued_at after a missed offer."""
    offer: Offer | None = None
    """The one live offer, if any."""
    offers_made: int = 0
    agent: AgentId | None = None
    agent_leg: Leg | None = None
    answered_at: Millis | None = None
    """When the latest offer was accepted."""
    segment: int = 0
    connected_at: Millis | None = None
    held_at: Millis | None = None
    talk_ended_at: Millis | None = None
    wrap_up_expires_at: Millis | None = None
    disposition: str = ""
    note: str = ""
    recordings: list[RecordingId] = field(default_factory=list)
    reports: int = 0
    """How many of them the caller dictated in the flow."""
    callback: Callback | None = None
    survey: Survey | None = None
    transfer: Transfer | None = None
    closed_at: Millis | None = None
    outcome: Outcome | None = None
    cause: str = ""


@dataclass(slots=True)
class Agent:
    id: AgentId
    name: str
    skills: dict[str, int]
    memberships: dict[QueueId, Membership] = field(default_factory=dict)
    state: AgentState = AgentState.SIGNED_OUT
    reason: str = ""
    since: Millis = _NEVER
    """In this state since."""
    idle_since: Millis = _NEVER
    """Last moment of work (talk, missed offer or becoming ready): longest idle is measured from here."""
    idle_order: int = 0
    """Number of the event at `idle_since`: breaks ties."""
    signed_in_at: Millis = _NEVER
    busy_ms: int = 0
    """At work since then, up to `since`."""
    wanted: AgentState = AgentState.AVAILABLE
    """What follows the present work: available, not_ready (wanted_reason) or signed_out."""
    wanted_reason: str = ""
    devices: tuple[str, ...] = ()
    interaction: InteractionId | None = None
    configured: bool = True
    """False: removed from the directory, kept until the present work is done."""


@dataclass(slots=True)
class Queue:
    config: QueueConfigured
    waiting: int = 0
    """Contacts that wait with no live offer."""
    reserve_open: bool = False
    emergency: bool = False
    pace: Pace = field(default_factory=Pace)
    """How fast it went lately, for the estimated wait."""


@dataclass(slots=True)
class Floor:
    """Everything live. `seq`: last applied event. Closed interactions leave at once; the journal keeps them."""

    seq: int = 0
    queues: dict[QueueId, Queue] = field(default_factory=dict)
    agents: dict[AgentId, Agent] = field(default_factory=dict)
    interactions: dict[InteractionId, Interaction] = field(default_factory=dict)
    pbx_boot: str = ""
    pbx_up: bool = False
    dial_policy: DialPolicy = field(default_factory=DialPolicy)
    dials: list[Dial] = field(default_factory=list)
    """Of the last 24 hours, oldest first."""
    reports: dict[RecordingId, Report] = field(default_factory=dict)
    """Dictated, and not stored yet."""
    do_not_call: frozenset[str] = frozenset()
    """Numbers (E.164) that are never dialled."""
    index: "Index" = field(default_factory=lambda: Index())
    """Derived from the rest; never in a snapshot."""


@dataclass(slots=True)
class Announcing:
    """What a waiting caller hears next: at `at` at the latest something is due."""

    at: Millis
    position_at: Millis | None
    """When he hears his position; None: never."""
    comforts: int
    """How many comforting prompts of his queue he has waited through."""
    told: int = 0
    next_told: bool = False
    """He knows that he is next."""


@dataclass(slots=True)
class Index:
    """What `apply` keeps beside the floor to answer without searching it."""

    legs: dict[LegId, InteractionId] = field(default_factory=dict)
    matching: Matching = field(default_factory=Matching)
    due: list[tuple[Millis, str, str]] = field(default_factory=list)
    """Heap of (when, kind, id): deadlines that may still count; `step` checks each when it comes."""
    calendars: dict[QueueId, Calendar] = field(default_factory=dict)
    callbacks: dict[InteractionId, None] = field(default_factory=dict)
    """The open ones, oldest first."""
    calling_hours: Calendar | None = None
    announcing: dict[InteractionId, Announcing] = field(default_factory=dict)
    """Of those who wait, on the line, and hear something while they do."""

    def look_at(self, callback: InteractionId, at: Millis) -> None:
        """Something may be due for this callback then."""
        heappush(self.due, (at, "callback", callback))

    def announce(self, interaction: InteractionId, plan: Announcing) -> None:
        self.announcing[interaction] = plan
        heappush(self.due, (plan.at, "announce", interaction))
