"""Steps that lead outside: callers who are handed on to another number, or who will be rung. Pure parts of the walk."""

from collections.abc import Callable, Mapping

from ivr_flows.callback_talk import Ended, Outcome, Speech, Talk, due, offer
from ivr_flows.commands import Enqueue, HangUp, Play, Played, Question, Result, Transfer, Transferred
from ivr_flows.flow import Flow
from ivr_flows.memory import Memory
from ivr_flows.position import Position
from ivr_flows.promptbook import Prompt
from ivr_flows.steps import CallbackDueStep, CallbackStep, Step, TransferStep
from ivr_flows.values import taken_up, target_of, wished
from ivr_flows.variables import Value

_UNREACHED = "unreached"


def handed_on(step: TransferStep, place: Position, known: Mapping[str, Value]) -> Play | Transfer | str:
    """What comes next at a `transfer` step, or the step that follows it."""
    if not place.again:
        if step.prompt and not place.said:
            return Play(_prompts(step.prompt, place), "")
        if number := target_of(known, step):
            return Transfer(number, step.ring_seconds, step.record, f"{place.step}-{place.answers}")
        place.again = _UNREACHED
    return Play(_prompts(step.unreached, place), "") if step.unreached else step.otherwise


def back_from(step: TransferStep, place: Position, result: Played | Transferred) -> HangUp | str:
    """The step a `transfer` step leads to after `result`, or the farewell after a talk."""
    if isinstance(result, Played):
        if place.again:
            return step.otherwise
        place.said = True
    elif result.result != "talked":
        place.again = _UNREACHED
    else:
        return step.next or HangUp(_prompts(("goodbye",), place))
    return place.step


class Callbacks:
    """The talks of one caller about being rung."""

    def __init__(self, flow: Flow, memory: Memory, clock: Callable[[], int], zone: str) -> None:
        self._flow = flow
        self._memory = memory
        self._clock = clock
        self._zone = zone
        self._talk: Talk | None = None

    @property
    def talking(self) -> bool:
        return self._talk is not None

    def begin(self, step: CallbackStep | CallbackDueStep | None, place: Position) -> Question | str:
        """The first question at `step` (None: before the first step of all), or the step that follows."""
        speech = Speech(place.language, self._zone, self._clock())
        if isinstance(step, CallbackStep):
            talk = Talk(offer(wished(step, place, self._flow.language_skills), speech))
        else:
            talk = Talk(due(self._memory.callback, speech))
        question = talk.start()
        if isinstance(question, Ended):
            return _after(step, place)
        self._talk = talk
        return question

    def answer(self, result: Result, step: Step, place: Position) -> Question | Enqueue | HangUp | str:
        """What follows `result` in the talk; when it is over, the flow's last command or the step that follows.

        Before the first step nothing is counted: should this server die, the talk begins anew.
        """
        if self._talk is None:
            return place.step
        following = self._talk.answer(result)
        asked = step if isinstance(step, CallbackStep | CallbackDueStep) else None
        place.answers += asked is not None
        if not isinstance(following, Ended):
            return following
        self._talk = None
        place.answers = max(1, place.answers)
        match following.outcome:
            case Outcome.PROMISED:
                return HangUp(following.farewell)
            case Outcome.TAKEN_UP:
                return taken_up(self._memory.callback.get("queue", ""), place, self._flow.language_skills)
            case Outcome.CANCELLED:
                self._memory.forget_callback()
        return _after(asked, place)

    def stop(self) -> None:
        self._talk = None


def _after(step: CallbackStep | CallbackDueStep | None, place: Position) -> str:
    if step is None:
        return place.step
    return step.otherwise if isinstance(step, CallbackStep) else step.next


def _prompts(names: tuple[str, ...], place: Position) -> tuple[Prompt, ...]:
    return tuple(Prompt(name, place.language) for name in names)
