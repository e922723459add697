"""Walking a flow without a telephone: a script of answers in, step by step what the caller hears out.

A script is a sequence of: keys ("1", "12345#"), "" or "-" for silence, "hangup", and for `ask` and `script` steps a
mapping (the answer's fields), "fail", or "fail:not_found" and other reasons; for `transfer` steps "answered", or
"fail:busy" and the like; for a `dictate` step "speak", silence or "fail". What is only said is heard to its end. Every
callback that is asked for is promised.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ivr_flows.commands import (
    Answered,
    Ask,
    AskCallback,
    AskTerms,
    CallbackCommand,
    Command,
    Dictate,
    Dictated,
    Digits,
    DropCallback,
    Enqueue,
    GetDigits,
    HangUp,
    Hungup,
    Number,
    Play,
    Played,
    Promised,
    ReadNumber,
    Result,
    RunScript,
    Seen,
    TakeMessage,
    Terms,
    Transfer,
    Transferred,
    Unanswered,
    Unheard,
)
from ivr_flows.flow import Flow
from ivr_flows.interpret import NO_FACTS, NO_FLOWS, FlowRun
from ivr_flows.parts import E164
from ivr_flows.promptbook import Prompt, PromptBook
from ivr_flows.variables import Value

HANG_UP = "hangup"
FAIL = "fail"
ANSWERED = "answered"
_SLOT = 1_800_000
_TIMES = (4, 8, 20)
"""Times that are offered for a callback, in half hours from the next one on."""
SPEAK = "speak"
CASE = Dictated("C-20261122-0001", "202611220001")
"""What becomes of every report that is dictated in a simulation."""
MAX_SHOWN = 400

_KEYED = re.compile(r"1[3-9][0-9]{9}|0[1-9][0-9]{8,10}")

Answer = str | Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Heard:
    """One step of the walk. `kind`: say, keys, ask, script, transfer, callback, dictate, queue, message, hang_up, left.

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
    rating: int | None = None
    """How satisfied he said he is."""
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
        if isinstance(command, AskTerms | ReadNumber | AskCallback | DropCallback):
            if isinstance(command, AskCallback):
                heard.append(_heard(command, step, book, ""))
            command = run.next(_arranged(command, str(facts.get("phone", "")), now))
            continue
        given = None if isinstance(command, Play) else next(answers, None)
        if given is None and not isinstance(command, Play) and not patient:
            heard.append(_heard(command, step, book, ""))
            return Walk(tuple(heard), run.language, run.shown, run.variables, run.rating, command)
        result, did = _answered(command, given)
        heard.append(_heard(command, step, book, did))
        command = run.next(result)
    last = "left" if command == HangUp(()) and heard and heard[-1].did == HANG_UP else ""
    heard.append(_heard(command, run.step, book, "", last))
    return Walk(tuple(heard), run.language, run.shown, run.variables, rating=run.rating)


def _arranged(command: CallbackCommand, phone: str, now: int) -> Result:
    """As if nobody else were to be rung."""
    match command:
        case AskTerms():
            first = now // _SLOT + 1
            number = phone if E164.fullmatch(phone) else _read(phone)
            return Terms(number, tuple((first + later) * _SLOT for later in _TIMES))
        case ReadNumber():
            return Number(_read(command.keyed))
        case AskCallback():
            return Promised(command.at)
        case DropCallback():
            return Answered({})


def _read(keyed: str) -> str:
    """A mobile number or one with an area code, as it is keyed in on the mainland."""
    return f"+86{keyed.removeprefix('0')}" if _KEYED.fullmatch(keyed) else ""


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
        case Transfer():
            talked = given == ANSWERED or isinstance(given, Mapping)
            named = given.removeprefix(f"{FAIL}:") if isinstance(given, str) and given.startswith(f"{FAIL}:") else ""
            result = "talked" if talked else named or "no_answer"
            return Transferred(result), ANSWERED if talked else f"{FAIL}:{result}"
        case Dictate():
            if given == SPEAK:
                return CASE, SPEAK
            failed = isinstance(given, str) and given.startswith(FAIL)
            return (Unanswered("refused"), FAIL) if failed else (Unheard(), "")
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
        case Transfer():
            return Heard("transfer", step, (), did, command.number)
        case AskTerms() | ReadNumber() | DropCallback():
            return Heard("callback", step)
        case AskCallback():
            return Heard("callback", step, (), did, f"{command.queue} · {command.number}")
        case Dictate():
            codes = ", ".join(f"{name} {seen.value}" for name, seen in command.codes.items())
            return Heard("dictate", step, texts(command.prompts, book), did, f"{command.kind} · {codes}")
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
