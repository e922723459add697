"""What the world is asked to do after an input was stepped and committed. Imperative; carried out by `telephony`."""

from dataclasses import dataclass

from cti_server.floor.words import AgentId, InteractionId, LegId, Millis, OfferId, RecordingId


@dataclass(frozen=True, slots=True)
class Effect:
    """Base of all effects."""


@dataclass(frozen=True, slots=True)
class RingAgent(Effect):
    """Dial the agent's device; the new leg's id is `leg`. Failure comes back as the input OfferFailed."""

    offer: OfferId
    interaction: InteractionId
    agent: AgentId
    device: str
    leg: LegId
    ring_seconds: int
    caller: str
    caller_name: str


@dataclass(frozen=True, slots=True)
class HangUpLeg(Effect):
    leg: LegId


@dataclass(frozen=True, slots=True)
class BridgeCaller(Effect):
    """Stop the music and bridge the caller with `agent_leg`, recording both sides as `recording`.

    `again`: the same talk with another leg of the agent, as soon as the caller is out of the bridge with the last one.
    Its recording goes on.
    """

    interaction: InteractionId
    agent_leg: LegId
    recording: RecordingId
    again: bool = False


@dataclass(frozen=True, slots=True)
class HoldInQueue(Effect):
    """The caller waits (again): apologise if `lost_agent`, or say `prompt`; then music."""

    interaction: InteractionId
    lost_agent: bool = False
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Announce(Effect):
    """Tell the waiting caller, in this order: the prompt `comfort`; that `ahead` others are served first; that it takes
    `longer` than expected; about how many `minutes` (0: nobody can tell); the prompts `offers`, which name his keys.
    """

    interaction: InteractionId
    comfort: str = ""
    ahead: int | None = None
    minutes: int = 0
    longer: bool = False
    offers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServeSelf(Effect):
    """Walk the waiting caller through `flow` from `step` (empty: its start) on; then comes SelfServiceStarted."""

    interaction: InteractionId
    flow: str
    step: str


@dataclass(frozen=True, slots=True)
class InviteMessage(Effect):
    """Say `prompt`, which tells how to leave a message; at its end comes the input MessageWanted."""

    interaction: InteractionId
    prompt: str


@dataclass(frozen=True, slots=True)
class ReleaseCaller(Effect):
    """Say goodbye and hang up. `prompt`: what is said, empty for nothing; `at`: when he will be rung, to be told."""

    interaction: InteractionId
    leg: LegId
    prompt: str = ""
    at: Millis = Millis(0)  # noqa: RUF009


@dataclass(frozen=True, slots=True)
class TakeVoicemail(Effect):
    """Say `prompt`, record what the caller says after the tone as `recording`, thank him and hang up.

    `invited`: he heard the prompt already.
    """

    interaction: InteractionId
    recording: RecordingId
    prompt: str
    invited: bool = False


@dataclass(frozen=True, slots=True)
class AskSurvey(Effect):
    """Ask the caller how satisfied he is, take his comment to a low score, thank him and hang up. `score`: he has said
    so already, go on behind that."""

    interaction: InteractionId
    score: int | None = None


@dataclass(frozen=True, slots=True)
class RejoinAgent(Effect):
    """Ring `device` on a leg `new` that is to take the place of `old`; AgentRejoined says that it was answered."""

    interaction: InteractionId
    agent: AgentId
    device: str
    old: LegId
    new: LegId


@dataclass(frozen=True, slots=True)
class DialCustomer(Effect):
    """Ring `number` (E.164) over `trunk`; the new leg's id is `leg`. Failure comes back as the input DialFailed."""

    interaction: InteractionId
    leg: LegId
    number: str
    trunk: str
    ring_seconds: int


@dataclass(frozen=True, slots=True)
class DialParty(Effect):
    """The caller's script rings `number` (E.164) over `trunk` with music, and connects both, kept as `recording` ('':
    not at all). What became of it comes back as the input PartyGone.

    `again`: it was dialled before, or never will be; only find out what became of it.
    """

    interaction: InteractionId
    attempt: int
    number: str
    trunk: str
    ring_seconds: int
    recording: RecordingId
    again: bool


@dataclass(frozen=True, slots=True)
class RefuseTransfer(Effect):
    """The caller cannot be handed on: his flow goes on otherwise. `why` as in TransferRefused."""

    interaction: InteractionId
    why: str


@dataclass(frozen=True, slots=True)
class TellAgent(Effect):
    """Let the agent who waits on `leg` hear what became of the customer (`result` of the attempt), then hang it up."""

    leg: LegId
    result: str


@dataclass(frozen=True, slots=True)
class AskCallback(Effect):
    """Ask the waiting caller whether he wants to be rung at `number` (E.164, empty: ask for one); he keeps waiting
    meanwhile. His yes comes back as the input CallbackAsked."""

    interaction: InteractionId
    number: str
