"""What can be read off a step without walking it: its ways out, its prompts, the variables it sets."""

from collections.abc import Iterator
from dataclasses import dataclass

from ivr_flows.steps import (
    AskStep,
    BranchStep,
    CollectStep,
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
    VoicemailStep,
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
        case LanguageStep() | SetStep() | SubFlowStep():
            yield Edge("", step.next)


def unpressed(step: Step) -> Iterator[Edge]:
    """Yield the ways a caller may go who presses nothing."""
    for edge in edges(step):
        if not isinstance(step, MenuStep | CollectStep) or edge.by == "":
            yield edge


def prompts_of(step: Step) -> tuple[str, ...]:
    """Return every prompt a step may play, without those of values."""
    match step:
        case MenuStep() | CollectStep():
            return (*step.prompt, *step.timeout.prompt, *step.wrong_key.prompt)
        case SayStep():
            return tuple(part for part in step.prompt if isinstance(part, str))
        case QueueStep() | HangUpStep():
            return step.prompt
        case VoicemailStep():
            return (step.prompt,)
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
        case SetStep():
            yield from step.variables
