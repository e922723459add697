"""What can be read off a step without walking it: its ways out, its prompts, the variables it sets."""

from collections.abc import Iterator
from dataclasses import dataclass

from ivr_flows.callback_talk import DUE_PROMPTS, OFFER_PROMPTS, TIME_PROMPTS
from ivr_flows.steps import (
    AskStep,
    BranchStep,
    CallbackDueStep,
    CallbackStep,
    CollectStep,
    DictateStep,
    HangUpStep,
    HoursStep,
    LanguageStep,
    MenuStep,
    QueueStep,
    SayStep,
    ScriptStep,
    SetStep,
    Step,
    SubFlowStep,
    SurveyStep,
    TransferStep,
    VoicemailStep,
    Waiting,
)


@dataclass(frozen=True, slots=True)
class Edge:
    """One way out of a step. `by`: a key; '' for doing nothing; 'wrong' for too many mistakes; else the field's name.

    Conditions of a branch are `if 1`, `if 2`, …
    """

    by: str
    to: str


def edges(step: Step) -> Iterator[Edge]:
    """Yield every way out of a step, without the one to the flow's fallback."""
    match step:
        case MenuStep():
            for key, name in step.keys.items():
                yield Edge(key, name)
            yield Edge("", step.timeout.next)
            yield Edge("wrong", step.wrong_key.next)
        case CollectStep():
            yield Edge("next", step.next)
            yield Edge("", step.timeout.next)
            yield Edge("wrong", step.wrong_key.next)
        case DictateStep():
            yield Edge("next", step.next)
            yield Edge("", step.timeout.next)
            yield Edge("wrong", step.wrong_key.next)
            yield Edge("otherwise", step.otherwise)
        case SayStep():
            yield Edge("", step.next)
            if step.unsaid is not None:
                yield Edge("unsaid", step.unsaid)
        case HoursStep():
            yield Edge("open", step.open)
            yield Edge("closed", step.closed)
            if step.holiday is not None:
                yield Edge("holiday", step.holiday)
        case AskStep() | ScriptStep():
            yield Edge("", step.next)
            if isinstance(step, AskStep):
                yield from (Edge(reason, name) for reason, name in step.reasons.items())
            yield Edge("otherwise", step.otherwise)
        case BranchStep():
            for number, way in enumerate(step.when, 1):
                yield Edge(f"if {number}", way.next)
            yield Edge("otherwise", step.otherwise)
        case SurveyStep():
            if step.low is not None:
                yield Edge("low", step.low)
            yield Edge("", step.next)
        case TransferStep():
            if step.next is not None:
                yield Edge("talked", step.next)
            yield Edge("otherwise", step.otherwise)
        case CallbackStep():
            yield Edge("otherwise", step.otherwise)
        case LanguageStep() | SetStep() | SubFlowStep() | CallbackDueStep():
            yield Edge("", step.next)


def unpressed(step: Step) -> Iterator[Edge]:
    """Yield the ways a caller may go who presses nothing, and talked to nobody."""
    for edge in edges(step):
        if (not isinstance(step, Waiting | SurveyStep) or edge.by == "") and edge.by != "talked":
            yield edge


def prompts_of(step: Step) -> tuple[str, ...]:
    """Return every prompt a step may play, without those of values."""
    match step:
        case MenuStep() | CollectStep():
            return (*step.prompt, *step.timeout.prompt, *step.wrong_key.prompt)
        case DictateStep():
            asked = (prompt for code in step.codes for prompt in code.prompt)
            said = (*step.prompt, *step.empty, *step.taken, *step.unnumbered)
            return (*asked, *said, *step.timeout.prompt, *step.wrong_key.prompt)
        case SayStep():
            return tuple(part for part in step.prompt if isinstance(part, str))
        case QueueStep() | HangUpStep() | SurveyStep():
            return step.prompt
        case VoicemailStep():
            return (step.prompt,)
        case TransferStep():
            return (*step.prompt, *step.unreached, *(() if step.next else ("goodbye",)))
        case CallbackStep():
            return (*step.prompt, *OFFER_PROMPTS, *(TIME_PROMPTS if step.times else ()))
        case CallbackDueStep():
            return DUE_PROMPTS
        case _:
            return ()


def sets(step: Step) -> Iterator[str]:
    """Yield every variable a step may set by itself."""
    match step:
        case CollectStep():
            yield step.into
        case AskStep() | ScriptStep():
            if step.into is not None:
                yield step.into
        case DictateStep():
            yield from (code.name for code in step.codes)
            yield step.into
        case SetStep():
            yield from step.variables
