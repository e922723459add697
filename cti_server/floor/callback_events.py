"""What happened to callbacks; `events` hands these on with all others."""

from dataclasses import dataclass

from cti_server.floor.parts import DialPolicy, Event
from cti_server.floor.words import AgentId, CallbackMode, CallbackState, InteractionId, LegId, Millis, QueueId


@dataclass(frozen=True, slots=True)
class DialPolicySet(Event):
    policy: DialPolicy


@dataclass(frozen=True, slots=True)
class DoNotCallChanged(Event):
    """Numbers (E.164) that came onto the do-not-call list, and those that left it."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallbackRequested(Event):
    """The customer will be rung at `number`. The contact keeps its place: queue, priority and age are those given here.

    `source`: queue · overflow · abandoned · outage · web · api · agent.
    """

    interaction: InteractionId
    number: str
    mode: CallbackMode
    source: str
    queue: QueueId
    requirement: str
    priority: int
    age_from: Millis
    not_before: Millis
    expires_at: Millis
    most_attempts: int
    spacing: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CallbackRescheduled(Event):
    """It rests until `not_before`. `why`: asked · hours · caps · on_the_phone."""

    interaction: InteractionId
    not_before: Millis
    why: str
    by: str = ""
    """User who asked."""


@dataclass(frozen=True, slots=True)
class CallbackDialled(Event):
    """Attempt number `attempt` (from 1) begins, on `leg`. Committed before anything is dialled: never done twice."""

    interaction: InteractionId
    attempt: int
    leg: LegId
    number: str
    until: Millis


@dataclass(frozen=True, slots=True)
class CallbackAnswered(Event):
    """The customer is on the line."""

    interaction: InteractionId
    attempt: int
    pbx_channel: str


@dataclass(frozen=True, slots=True)
class CallbackUnattended(Event):
    """The agent who waited for the customer to answer is gone; the customer is rung all the same."""

    interaction: InteractionId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class CallbackAttemptEnded(Event):
    """He could not be reached, or left before he was helped; it rests until `not_before`.

    `result`: no_answer · busy · refused · trunk_refused (by the carrier) · failed · lost (nobody knows) · left ·
    agent_left.
    """

    interaction: InteractionId
    attempt: int
    result: str
    not_before: Millis


@dataclass(frozen=True, slots=True)
class CallbackClosed(Event):
    """`state`: completed · exhausted · cancelled. `why`: talked · handled · rang_again · attempts · expired · asked ·
    not_allowed · do_not_call."""

    interaction: InteractionId
    state: CallbackState
    why: str
    by: str = ""
