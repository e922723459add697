"""What a visitor is told about his request, read from the floor. Pure."""

from dataclasses import dataclass

from cti_server.floor.events import CallbackClosed, Event, InteractionClosed
from cti_server.floor.model import Floor
from cti_server.floor.words import CallbackState, InteractionId, InteractionState, Millis, Outcome, QueueId


@dataclass(frozen=True, slots=True)
class Status:
    """`state`: waiting · scheduled · dialling · talking · over · cancelled.

    waiting: `ahead` others are before him, for about `wait_ms` (None: nobody can tell). scheduled: rung at `at` (ms
    since the epoch). talking: with `agent` (his shown name). over: `reached` tells whether anybody talked to him.
    """

    state: str
    ahead: int | None = None
    wait_ms: int | None = None
    at: Millis | None = None
    agent: str = ""
    reached: bool | None = None

    @property
    def is_last(self) -> bool:
        return self.state in ("over", "cancelled")


CANCELLED = Status("cancelled")
_TALKING = (InteractionState.CONNECTED, InteractionState.HELD)


def status_of(floor: Floor, interaction_id: InteractionId, now: Millis) -> Status | None:
    """None: the floor does not know it (any more)."""
    interaction = floor.interactions.get(interaction_id)
    callback = interaction.callback if interaction is not None else None
    if interaction is None or callback is None:
        return None
    if interaction.state is InteractionState.WRAPPING_UP or callback.state is CallbackState.COMPLETED:
        return Status("over", reached=True)
    if interaction.state in _TALKING:
        agent = floor.agents.get(interaction.agent) if interaction.agent is not None else None
        return Status("talking", agent=agent.name if agent is not None else "")
    if callback.state in (CallbackState.DIALLING, CallbackState.CONNECTED) or interaction.offer is not None:
        return Status("dialling")
    if callback.state is CallbackState.SCHEDULED:
        return Status("scheduled", at=callback.not_before)
    if not floor.index.matching.is_waiting(interaction_id):
        return Status("waiting")
    ahead = floor.index.matching.ahead_of(interaction_id)
    return Status("waiting", ahead=ahead, wait_ms=_wait(floor, interaction.queue or QueueId(""), ahead, now))


def _wait(floor: Floor, queue_id: QueueId, ahead: int, now: Millis) -> int | None:
    queue = floor.queues.get(queue_id)
    if queue is None:
        return None
    forecast = queue.pace.estimate(ahead, floor.index.matching.staff(queue_id), now)
    return forecast.expected_ms if forecast is not None else None


def ended_by(event: Event) -> Status | None:
    """The last status, when `event` ends a request."""
    if isinstance(event, CallbackClosed):
        if event.state is CallbackState.CANCELLED:
            return CANCELLED
        return Status("over", reached=event.state is CallbackState.COMPLETED)
    if isinstance(event, InteractionClosed):
        return Status("over", reached=event.outcome is Outcome.HANDLED)
    return None
