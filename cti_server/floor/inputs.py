"""What the floor is told: facts (past tense; a stale one changes nothing) and requests (may be refused)."""

from dataclasses import dataclass, field

from cti_server.floor.events import AgentConfigured, Customer, QueueConfigured
from cti_server.floor.parts import Attribute, DialPolicy
from cti_server.floor.parts import Input as Input
from cti_server.floor.waiting_inputs import MessageWanted as MessageWanted
from cti_server.floor.waiting_inputs import SelfServiceEnded as SelfServiceEnded
from cti_server.floor.waiting_inputs import SelfServiceStarted as SelfServiceStarted
from cti_server.floor.words import (
    AgentId,
    CallbackMode,
    InteractionId,
    LegId,
    Millis,
    OfferId,
    QueueId,
    RecordingId,
)


class RefusedError(Exception):
    """A request cannot be done now. `code` is stable for programs; the text is for people who develop."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


# -- requests of people ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SignInRequested(Input):
    """Ends in not_ready: an agent is never offered calls before saying so."""

    agent: AgentId


@dataclass(frozen=True, slots=True)
class SignOutRequested(Input):
    agent: AgentId


@dataclass(frozen=True, slots=True)
class ReadyRequested(Input):
    agent: AgentId


@dataclass(frozen=True, slots=True)
class NotReadyRequested(Input):
    agent: AgentId
    reason: str


@dataclass(frozen=True, slots=True)
class DeclineRequested(Input):
    agent: AgentId
    offer: OfferId


@dataclass(frozen=True, slots=True)
class HangUpRequested(Input):
    """The agent ends the conversation: the caller is said goodbye to and released."""

    agent: AgentId
    interaction: InteractionId


@dataclass(frozen=True, slots=True)
class RejoinRequested(Input):
    """The agent's page was reloaded in a call and has no sound any more."""

    agent: AgentId
    interaction: InteractionId


@dataclass(frozen=True, slots=True)
class WrapUpSubmitted(Input):
    agent: AgentId
    interaction: InteractionId
    disposition: str
    note: str


@dataclass(frozen=True, slots=True)
class CustomerPicked(Input):
    agent: AgentId | None
    interaction: InteractionId
    customer: Customer


# -- callbacks -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DialPolicyLoaded(Input):
    policy: DialPolicy


@dataclass(frozen=True, slots=True)
class DoNotCallLoaded(Input):
    """The whole list, E.164."""

    numbers: frozenset[str]


@dataclass(frozen=True, slots=True)
class CallbackAsked(Input):
    """Who waits (or is about to) wants to be rung instead. `not_before` 0: as soon as it is his turn; `slot`: it was
    promised, if there is room. `queue`, `skills`, `priority`: where and how he would wait, if he does not yet."""

    interaction: InteractionId
    number: str
    mode: CallbackMode | None = None
    not_before: Millis = Millis(0)  # noqa: RUF009
    queue: QueueId | None = None
    slot: bool = False
    skills: dict[str, int] = field(default_factory=dict)
    priority: int = 0
    reason: str = ""
    source: str = "queue"


@dataclass(frozen=True, slots=True)
class CallbackPlaced(Input):
    """A callback for somebody who is not on the phone. `slot`: `not_before` was promised, if there is room."""

    interaction: InteractionId
    number: str
    customer: Customer
    queue: QueueId
    source: str
    mode: CallbackMode | None = None
    not_before: Millis = Millis(0)  # noqa: RUF009
    slot: bool = False
    skills: dict[str, int] = field(default_factory=dict)
    priority: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CallbackMoved(Input):
    interaction: InteractionId
    not_before: Millis
    by: str


@dataclass(frozen=True, slots=True)
class CallbackCancelled(Input):
    interaction: InteractionId
    by: str


@dataclass(frozen=True, slots=True)
class CallbackTakenUp(Input):
    """The customer of `callback` rang again as `interaction` and wants an agent now: he gets the place he had."""

    interaction: InteractionId
    callback: InteractionId


@dataclass(frozen=True, slots=True)
class KeyPressed(Input):
    """A key on `leg` while nobody asked for one."""

    leg: LegId
    key: str


@dataclass(frozen=True, slots=True)
class CustomerAnswered(Input):
    """Whom we dialled picked up."""

    interaction: InteractionId
    leg: LegId
    pbx_channel: str


@dataclass(frozen=True, slots=True)
class DialFailed(Input):
    """`why`: no_answer · busy · refused · trunk_refused · failed."""

    leg: LegId
    why: str


# -- facts about the caller's side -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CallArrived(Input):
    interaction: InteractionId
    leg: LegId
    pbx_channel: str
    caller: str
    caller_name: str
    dialled: str
    customer: Customer


@dataclass(frozen=True, slots=True)
class FlowStarted(Input):
    interaction: InteractionId
    flow: str
    version: str
    language: str


@dataclass(frozen=True, slots=True)
class MenuChosen(Input):
    interaction: InteractionId
    step: str
    keys: str
    label: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LanguageSet(Input):
    interaction: InteractionId
    language: str


@dataclass(frozen=True, slots=True)
class AttributesLearned(Input):
    """The flow learned something for the agent's screen, by name; the last word counts."""

    interaction: InteractionId
    attributes: dict[str, Attribute]


@dataclass(frozen=True, slots=True)
class QueueRequested(Input):
    """The flow sends the caller to a queue. `skills`: asked for besides the queue's own requirement. Once he is in a
    queue, it changes nothing."""

    interaction: InteractionId
    queue: QueueId
    skills: dict[str, int]
    priority: int = 0


@dataclass(frozen=True, slots=True)
class VoicemailStarted(Input):
    """The caller speaks after the tone, recorded as `recording`."""

    interaction: InteractionId
    recording: RecordingId


@dataclass(frozen=True, slots=True)
class EmergencyRequested(Input):
    """Switch the emergency of a queue on or off."""

    queue: QueueId
    on: bool
    user: str


@dataclass(frozen=True, slots=True)
class CallerHungUp(Input):
    """The caller's leg is gone, whoever noticed first (AGI or AMI). `cause`: hangup · released · failed."""

    interaction: InteractionId
    cause: str = "hangup"


@dataclass(frozen=True, slots=True)
class CallerResumed(Input):
    """After a restart of the server the dialplan brought the caller back to us on this channel."""

    interaction: InteractionId
    leg: LegId
    pbx_channel: str


# -- facts about the agent's side ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DevicesSeen(Input):
    """All phones of one agent that are registered now, best first."""

    agent: AgentId
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgentRang(Input):
    leg: LegId


@dataclass(frozen=True, slots=True)
class AgentAnswered(Input):
    leg: LegId


@dataclass(frozen=True, slots=True)
class OfferFailed(Input):
    """The agent's phone could not be rung or refused. `why`: declined (busy, 486, 603) · no_answer · failed."""

    offer: OfferId
    why: str


@dataclass(frozen=True, slots=True)
class LegsBridged(Input):
    """The caller's script is about to wait in the bridge with `agent_leg`; the recording runs if it says so."""

    interaction: InteractionId
    agent_leg: LegId
    recording: RecordingId | None


@dataclass(frozen=True, slots=True)
class BridgeFailed(Input):
    """The agent's leg was gone before the bridge stood."""

    interaction: InteractionId
    agent_leg: LegId


@dataclass(frozen=True, slots=True)
class AgentLegGone(Input):
    """`lost`: not hung up by the agent, the media just stopped (crashed page, cut network)."""

    leg: LegId
    lost: bool = False


@dataclass(frozen=True, slots=True)
class AgentRejoined(Input):
    """The agent picked up on the leg `new`, which is to take the place of `old`."""

    old: LegId
    new: LegId


@dataclass(frozen=True, slots=True)
class LegHeld(Input):
    leg: LegId


@dataclass(frozen=True, slots=True)
class LegResumed(Input):
    leg: LegId


# -- facts about recordings, configuration, the telephone system, time ---------------------------------------------


@dataclass(frozen=True, slots=True)
class RecordingFinished(Input):
    recording: RecordingId
    interaction: InteractionId
    path: str
    sha256: str
    size_bytes: int
    duration_ms: int
    heard_ms: int = 0
    """Of it, how long the customer could be heard."""


@dataclass(frozen=True, slots=True)
class RecordingFailed(Input):
    recording: RecordingId
    interaction: InteractionId
    why: str


@dataclass(frozen=True, slots=True)
class DirectoryLoaded(Input):
    """The complete directory. Queues and agents that are missing here are removed once nothing uses them."""

    queues: tuple[QueueConfigured, ...]
    agents: tuple[AgentConfigured, ...]


@dataclass(frozen=True, slots=True)
class PbxGone(Input):
    why: str


@dataclass(frozen=True, slots=True)
class PbxSeen(Input):
    """Connected to Asterisk start `boot`; these legs (Uniqueids) are up, these pairs share a bridge."""

    boot: str
    legs: frozenset[LegId]
    bridged: frozenset[LegId]


@dataclass(frozen=True, slots=True)
class TimePassed(Input):
    """A deadline may be due; the engine sends it when `next_due` says so."""
