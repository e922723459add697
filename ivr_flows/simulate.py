"""Walking a flow without a telephone: a script of answers in, step by step what the caller hears out.

A script is a sequence of: keys ("1", "12345#"), "" or "-" for silence, "hangup", and for `ask` and `script` steps a
mapping (the answer's fields), "fail", or "fail:not_found" and other reasons. What is only said is heard to its end.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ivr_flows.commands import (
    Answered,
    Ask,
    Command,
    Digits,
    Enqueue,
    GetDigits,
    HangUp,
    Hungup,
    Play,
    Played,
    Result,
    RunScript,
    Seen,
    TakeMessage,
    Unanswered,
)
from ivr_flows.flow import Flow
from ivr_flows.interpret import NO_FACTS, NO_FLOWS, FlowRun
from ivr_flows.promptbook import Prompt, PromptBook
from ivr_flows.variables import Value

HANG_UP = "hangup"
FAIL = "fail"
MAX_SHOWN = 400

Answer = str | Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Heard:
    """One step of the walk. `kind`: say, keys, ask, script, queue, message, hang_up, left.

    `step`: the flow's step, `texts`: what the caller hears, `did`: what he or the asked system answered, `detail`:
    where he ends or what is asked, in the flow's own names.
    """

    kind: str
    step: str
    texts: tuple[str, ...] = ()
    did: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Walk:
    """The whole way. `awaited`: what the script, used up too early, had no answer to; it is the last of the steps."""

    steps: tuple[Heard, ...]
    language: str
    shown: Mapping[str, Seen]
    variables: Mapping[str, Value]
    awaited: Command | None = None

    @property
    def waiting(self) -> bool:
        """Return whether the flow is not over."""
        return self.awaited is not None


def simulate(
    flow: Flow,
    book: PromptBook,
    script: Sequence[Answer],
    *,
    facts: Mapping[str, Value] = NO_FACTS,
    library: Mapping[str, Flow] = NO_FLOWS,
    now: int = 0,
    patient: bool = True,
) -> Walk:
    """Return the way of a caller who answers by `script`, at the instant `now` (ms since 1970).

    When the script is used up, a `patient` caller says nothing any more and nobody answers; else the walk stops there.
    """
    run = FlowRun(flow, facts, library=library, clock=lambda: now)
    answers = iter(script)
    heard: list[Heard] = []
    command = run.start()
    while not run.over:
        step = run.step
        given = None if isinstance(command, Play) else next(answers, None)
        if given is None and not isinstance(command, Play) and not patient:
            heard.append(_heard(command, step, book, ""))
            return Walk(tuple(heard), run.language, run.shown, run.variables, awaited=command)
        result, did = _answered(command, given)
        heard.append(_heard(command, step, book, did))
        command = run.next(result)
    last = "left" if command == HangUp(()) and heard and heard[-1].did == HANG_UP else ""
    heard.append(_heard(command, run.step, book, "", last))
    return Walk(tuple(heard), run.language, run.shown, run.variables)


def _answered(command: Command, given: Answer | None) -> tuple[Result, str]:
    if given == HANG_UP:
        return Hungup(), HANG_UP
    match command:
        case Play():
            return Played(), ""
        case GetDigits():
            keys = "" if given is None or given == "-" or not isinstance(given, str) else given
            whole = command.begun + keys
            ended = bool(command.end) and command.end in whole
            whole = whole.partition(command.end)[0] if ended else whole
            digits = whole[: command.max_digits]
            shown = "·" * len(digits) if command.secret else keys
            return Digits(digits, timed_out=not ended and len(digits) < command.max_digits), shown
        case _:
            if isinstance(given, Mapping):
                return Answered(given), ", ".join(given)
            why = given.removeprefix(f"{FAIL}:") if given and given.startswith(f"{FAIL}:") else "timeout"
            return Unanswered(why), f"{FAIL}:{why}"


def _heard(command: Command, step: str, book: PromptBook, did: str, kind: str = "") -> Heard:
    match command:
        case Play():
            return Heard(kind or "say", step, texts(command.prompts, book), did)
        case GetDigits():
            return Heard("keys", step, texts(command.prompts, book), did, f"1–{command.max_digits}")
        case Ask():
            return Heard("ask", step, (), did, f"{command.connector}.{command.action}({', '.join(command.arguments)})")
        case RunScript():
            return Heard("script", step, (), did, command.script)
        case Enqueue():
            skills = ", ".join(f"{skill}≥{level}" for skill, level in command.skills)
            detail = (
                f"{command.queue}{f' · {skills}' if skills else ''}{f' · {command.priority}' * bool(command.priority)}"
            )
            return Heard("queue", step, (), "", detail)
        case TakeMessage():
            return Heard("message", step, texts((command.prompt,), book))
        case HangUp():
            return Heard(kind or "hang_up", step, texts(command.prompts, book))


def texts(prompts: Sequence[Prompt], book: PromptBook) -> tuple[str, ...]:
    """Return what prompts say; pieces of values are joined into one text."""
    return tuple(_joined(prompts, book))


def _joined(prompts: Sequence[Prompt], book: PromptBook) -> Iterator[str]:
    pieces: list[str] = []
    for prompt in prompts:
        known = book.texts.get(prompt)
        if known is not None and not known.piece:
            if pieces:
                yield _value(pieces, prompt.language)
                pieces = []
            yield known.text
        else:
            pieces.append(known.text if known is not None else f"[{prompt.id}]")
    if pieces:
        yield _value(pieces, prompts[-1].language)


def _value(pieces: Sequence[str], language: str) -> str:
    return ("" if language == "zh" else " ").join(pieces)
