"""What happened on the floor. Past tense, immutable, JSON-able; the journal, the browser and recovery fold these.

Times are `at` of the envelope (`Recorded`), so an event never carries its own clock, only deadlines it sets.
"""

from dataclasses import dataclass, field

from cti_server.floor.callback_events import CallbackAnswered as CallbackAnswered
from cti_server.floor.callback_events import CallbackAttemptEnded as CallbackAttemptEnded
from cti_server.floor.callback_events import CallbackClosed as CallbackClosed
from cti_server.floor.callback_events import CallbackDialled as CallbackDialled
from cti_server.floor.callback_events import CallbackRequested as CallbackRequested
from cti_server.floor.callback_events import CallbackRescheduled as CallbackRescheduled
from cti_server.floor.callback_events import CallbackUnattended as CallbackUnattended
from cti_server.floor.callback_events import DialPolicySet as DialPolicySet
from cti_server.floor.callback_events import DoNotCallChanged as DoNotCallChanged
from cti_server.floor.directory_events import AgentConfigured as AgentConfigured
from cti_server.floor.directory_events import AgentRemoved as AgentRemoved
from cti_server.floor.directory_events import EmergencySet as EmergencySet
from cti_server.floor.directory_events import QueueConfigured as QueueConfigured
from cti_server.floor.directory_events import QueueRemoved as QueueRemoved
from cti_server.floor.directory_events import ReserveSet as ReserveSet
from cti_server.floor.parts import Attribute as Attribute
from cti_server.floor.parts import Customer as Customer
from cti_server.floor.parts import Event as Event
from cti_server.floor.parts import OfferReason
from cti_server.floor.parts import Recorded as Recorded
from cti_server.floor.report_events import ReportDictated as ReportDictated
from cti_server.floor.report_events import ReportStarted as ReportStarted
from cti_server.floor.survey_events import SurveyAnswered as SurveyAnswered
from cti_server.floor.survey_events import SurveyAsked as SurveyAsked
from cti_server.floor.transfer_events import TransferAnswered as TransferAnswered
from cti_server.floor.transfer_events import TransferDialled as TransferDialled
from cti_server.floor.transfer_events import TransferEnded as TransferEnded
from cti_server.floor.transfer_events import TransferRefused as TransferRefused
from cti_server.floor.waiting_events import SelfServiceEntered as SelfServiceEntered
from cti_server.floor.waiting_events import SelfServiceLeft as SelfServiceLeft
from cti_server.floor.waiting_events import VoicemailChosen as VoicemailChosen
from cti_server.floor.waiting_events import WaitTold as WaitTold
from cti_server.floor.words import (
    AgentId,
    AgentState,
    InteractionId,
    LegId,
    Millis,
    OfferId,
    Outcome,
    QueueId,
    RecordingId,
)
from routing.estimate import Estimate
from routing.rules import Then, When

# -- agents ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AgentStateChanged(Event):
    """`reason` is set for not_ready (a code of the not-ready reasons, or missed_offer, declined, connection_lost)."""

    agent: AgentId
    state: AgentState
    reason: str = ""
    interaction: InteractionId | None = None


@dataclass(frozen=True, slots=True)
class AgentWantedChanged(Event):
    """What the agent will be once the present work is done: available, not_ready(reason) or signed_out."""

    agent: AgentId
    state: AgentState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AgentDevicesChanged(Event):
    """The phones the agent can be rung on now, best first. Empty: nobody can reach this agent."""

    agent: AgentId
    devices: tuple[str, ...]


# -- the life of an interaction ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InteractionStarted(Event):
    interaction: InteractionId
    channel: str
    direction: str
    caller: str
    """E.164, or empty when withheld."""
    caller_name: str
    dialled: str
    customer: Customer
    leg: LegId
    pbx_channel: str


@dataclass(frozen=True, slots=True)
class FlowEntered(Event):
    interaction: InteractionId
    flow: str
    version: str
    language: str


@dataclass(frozen=True, slots=True)
class FlowStepTaken(Event):
    """The caller chose: `keys` at menu `step`. `label`: language → what the choice means."""

    interaction: InteractionId
    step: str
    keys: str
    label: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LanguageChosen(Event):
    interaction: InteractionId
    language: str


@dataclass(frozen=True, slots=True)
class AttributesSet(Event):
    """What the agent should see besides, by name. Those that are not named here stay as they are."""

    interaction: InteractionId
    attributes: dict[str, Attribute]


@dataclass(frozen=True, slots=True)
class ContactQueued(Event):
    """`age_from`: waiting counts from here, also after a missed offer, a lost agent or an overflow."""

    interaction: InteractionId
    queue: QueueId
    requirement: str
    """What the contact asks for on top of the queue: `english>=3 and not trainee`."""
    priority: int
    age_from: Millis
    why: str = "flow"
    """flow · missed · declined · withdrawn · agent_lost · overflow · callback."""
    preferred: AgentId = AgentId("")  # noqa: RUF009
    stage: int = 0
    """Where in its relaxation it starts."""
    estimate: Estimate | None = None
    """How long it was expected to wait; None: nobody can tell."""


@dataclass(frozen=True, slots=True)
class ContactRelaxed(Event):
    """It has waited so long that others may serve it, too: `stage` of its queue's relaxation holds now."""

    interaction: InteractionId
    queue: QueueId
    stage: int
    why: str = "waited"
    """waited · preferred_left."""


@dataclass(frozen=True, slots=True)
class ContactOverflowed(Event):
    """It is sent on instead of waiting in `queue` (any longer). `target`: a queue, or a prompt."""

    interaction: InteractionId
    queue: QueueId
    when: When
    then: Then
    target: str


@dataclass(frozen=True, slots=True)
class OfferMade(Event):
    offer: OfferId
    interaction: InteractionId
    agent: AgentId
    device: str
    expires_at: Millis
    why: OfferReason


@dataclass(frozen=True, slots=True)
class OfferRinging(Event):
    """The agent's phone rings (SIP 180)."""

    offer: OfferId
    interaction: InteractionId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class OfferAccepted(Event):
    offer: OfferId
    interaction: InteractionId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class OfferDeclined(Event):
    offer: OfferId
    interaction: InteractionId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class OfferMissed(Event):
    offer: OfferId
    interaction: InteractionId
    agent: AgentId
    why: str
    """no_answer · failed (the phone could not be rung)."""


@dataclass(frozen=True, slots=True)
class OfferWithdrawn(Event):
    offer: OfferId
    interaction: InteractionId
    agent: AgentId
    why: str
    """caller_left · device_lost · pbx_lost."""


@dataclass(frozen=True, slots=True)
class InteractionConnected(Event):
    """Caller and agent hear each other: bridge segment number `segment` (from 1) begins."""

    interaction: InteractionId
    agent: AgentId
    segment: int


@dataclass(frozen=True, slots=True)
class InteractionHeld(Event):
    interaction: InteractionId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class InteractionResumed(Event):
    interaction: InteractionId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class AgentLegReplaced(Event):
    """The agent came back on a new leg (reloaded page); the talk goes on."""

    interaction: InteractionId
    agent: AgentId
    old: LegId
    new: LegId


@dataclass(frozen=True, slots=True)
class TalkEnded(Event):
    """Segment `segment` is over. `by`: caller · agent · lost (the agent's side vanished) · pbx_lost."""

    interaction: InteractionId
    agent: AgentId
    segment: int
    by: str


@dataclass(frozen=True, slots=True)
class WrapUpStarted(Event):
    interaction: InteractionId
    agent: AgentId
    expires_at: Millis


@dataclass(frozen=True, slots=True)
class WrapUpCompleted(Event):
    """`timed_out`: nobody chose a disposition in time; it is empty then."""

    interaction: InteractionId
    agent: AgentId
    disposition: str
    note: str
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class CustomerAssigned(Event):
    """Another customer was picked for the interaction (by `agent`), e.g. out of the candidates."""

    interaction: InteractionId
    customer: Customer
    agent: AgentId | None = None


@dataclass(frozen=True, slots=True)
class CallerLeft(Event):
    """The caller's leg is gone. `cause`: hangup · released (by us) · pbx_lost."""

    interaction: InteractionId
    cause: str


@dataclass(frozen=True, slots=True)
class InteractionClosed(Event):
    interaction: InteractionId
    outcome: Outcome
    cause: str


# -- recordings ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecordingStarted(Event):
    recording: RecordingId
    interaction: InteractionId
    agent: AgentId
    segment: int


@dataclass(frozen=True, slots=True)
class RecordingStored(Event):
    """`path` is relative to the recording store; left channel = customer, right = agent; `sha256` hex of the file."""

    recording: RecordingId
    interaction: InteractionId
    path: str
    sha256: str
    size_bytes: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class RecordingMissing(Event):
    recording: RecordingId
    interaction: InteractionId
    why: str


# -- the telephone system ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PbxLost(Event):
    """No connection to Asterisk: calls go on there, we do not see them."""

    why: str


@dataclass(frozen=True, slots=True)
class PbxBack(Event):
    """Connected and reconciled. `boot`: which start of Asterisk; another one means all its calls had ended."""

    boot: str


EVENT_TYPES: dict[str, type[Event]] = {cls.__name__: cls for cls in Event.__subclasses__()}
"""Every event by the name it has in the journal and on the wire."""
