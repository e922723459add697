"""What is said and pressed when a callback is arranged, and when somebody who has one rings again.

Each talk is a generator: questions (commands) come out, their results go in, what it came to is returned. Pure.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from zoneinfo import ZoneInfo

from ivr_flows.commands import (
    Answered,
    AskCallback,
    AskTerms,
    Digits,
    DropCallback,
    FlowMisuse,
    GetDigits,
    Number,
    Play,
    Played,
    Promised,
    Question,
    ReadNumber,
    Result,
    Terms,
    Unanswered,
)
from ivr_flows.promptbook import Prompt
from ivr_flows.speech import LANGUAGES, spoken

OFFER_PROMPTS = (
    "callback_number",
    "callback_number_confirm",
    "callback_enter_number",
    "callback_number_wrong",
    "callback_number_refused",
    "callback_accepted",
    "callback_accepted_before",
    "callback_accepted_after",
    "callback_kept",
    "callback_not_possible",
)
TIME_PROMPTS = ("callback_when", "callback_slot_before", "callback_slot_after", "callback_no_slot")
DUE_PROMPTS = (
    "callback_due_before",
    "callback_due_after",
    "callback_due_next",
    "callback_kept",
    "callback_cancelled",
    "connecting_agent",
)

_YES, _OTHER, _AGENT = "1", "2", "0"
_KEY_MS = 6_000
_LONGEST_NUMBER = 20
_TRIES = 3
_REFUSED = ("number_not_allowed", "do_not_call")
"""Another number may be rung all the same."""
_HEARD = 2
"""Times a question is asked of somebody who says nothing."""


@dataclass(frozen=True, slots=True)
class Speech:
    """How times are said: in `language`, as clocks in `zone` show them, at `now` (ms since 1970)."""

    language: str
    zone: str
    now: int

    def prompts(self, *names: str) -> tuple[Prompt, ...]:
        return tuple(Prompt(name, self.language) for name in names)

    def at(self, before: str, moment: int | str, after: str) -> tuple[Prompt, ...]:
        """`moment`: ms, or text as a clock there shows it."""
        zone = ZoneInfo(self.zone)
        shown = datetime.fromtimestamp(moment / 1000, zone) if isinstance(moment, int) else moment
        today = datetime.fromtimestamp(self.now / 1000, zone).date()
        said = spoken("datetime", shown, self.language, today=today)
        return (*self.prompts(before), *said, *self.prompts(after))


@dataclass(frozen=True, slots=True)
class Wish:
    """What a `callback` step offers. `prompt` empty: he said yes before."""

    queue: str
    prompt: Sequence[str]
    key: str
    times: bool
    days: int
    skills: tuple[tuple[str, int], ...] = ()
    priority: int = 0


class Outcome(Enum):
    """What a talk came to."""

    PROMISED = auto()
    """He will be rung; he has been told, or is told by the farewell."""
    NONE = auto()
    """Nothing; a callback he has is kept."""
    CANCELLED = auto()
    TAKEN_UP = auto()
    """He wants an agent now, at the place of his callback."""


@dataclass(frozen=True, slots=True)
class Ended:
    """`farewell` is what he is let go with."""

    outcome: Outcome
    farewell: tuple[Prompt, ...] = ()


_NOTHING = Ended(Outcome.NONE)


def offer(wish: Wish, speech: Speech) -> Generator[Question, Result, Ended]:
    """Ask whether, where and when he wants to be rung."""
    if speech.language not in LANGUAGES:
        return _NOTHING
    terms = yield AskTerms(wish.queue, wish.days)
    if not isinstance(terms, Terms):
        return _NOTHING
    if wish.prompt and (yield from _key(speech.prompts(*wish.prompt))) != wish.key:
        return _NOTHING
    return (yield from _arranged(wish, terms.number, terms.times, speech))


def instead(number: str, speech: Speech) -> Generator[Question, Result, Ended]:
    """Who waits in a queue wants to be rung there, at his place; '' for `number`: he keys one in."""
    if speech.language not in LANGUAGES:
        return _NOTHING
    ended = yield from _arranged(Wish("", (), "", times=False, days=0), number, (), speech)
    if ended.outcome is Outcome.NONE:
        yield Play(speech.prompts("place_kept"), "")
    return ended


def _arranged(wish: Wish, number: str, times: Sequence[int], speech: Speech) -> Generator[Question, Result, Ended]:
    """Where and when; until it is promised or he leaves it."""
    for _ in range(_TRIES):
        number = yield from _number(number, speech)
        if not number:
            break
        at = (yield from _time(times, speech)) if wish.times and times else 0
        if at is None:
            break
        result = yield AskCallback(wish.queue, number, at, wish.skills, wish.priority)
        if isinstance(result, Promised):
            return Ended(Outcome.PROMISED, _promise(result.at, speech))
        why = result.why if isinstance(result, Unanswered) else ""
        if why == "callback_open" and wish.queue:
            return Ended(Outcome.PROMISED, speech.prompts("callback_kept"))
        if why not in _REFUSED:
            yield Play(speech.prompts("callback_no_slot" if why.startswith("slot_") else "callback_not_possible"), "")
            break
        yield Play(speech.prompts("callback_number_refused"), "")
        number = ""
    return _NOTHING


def due(callback: Mapping[str, str], speech: Speech) -> Generator[Question, Result, Ended]:
    """Tell him when he is to be rung; he keeps that, cancels it or takes it up. Silence keeps it, and he goes on."""
    if speech.language not in LANGUAGES or not callback:
        return _NOTHING
    for _ in range(_HEARD):
        key = yield from _key(_due_prompts(callback.get("due", ""), speech))
        if key == _YES:
            return Ended(Outcome.PROMISED, speech.prompts("callback_kept"))
        if key == _OTHER:
            if isinstance((yield DropCallback()), Answered):
                yield Play(speech.prompts("callback_cancelled"), "")
            return Ended(Outcome.CANCELLED)
        if key == _AGENT:
            yield Play(speech.prompts("connecting_agent"), "")
            return Ended(Outcome.TAKEN_UP)
    return _NOTHING


def _due_prompts(moment: str, speech: Speech) -> tuple[Prompt, ...]:
    try:
        return speech.at("callback_due_before", moment, "callback_due_after")
    except ValueError:  # '', when it is his turn
        return speech.prompts("callback_due_next")


def _promise(at: int, speech: Speech) -> tuple[Prompt, ...]:
    if not at:
        return speech.prompts("callback_accepted")
    return speech.at("callback_accepted_before", at, "callback_accepted_after")


def _number(number: str, speech: Speech) -> Generator[Question, Result, str]:
    """The number he confirmed, '' when he did not; without a `number` he keys one in."""
    for _ in range(_TRIES):
        if not number:
            keyed = yield GetDigits(speech.prompts("callback_enter_number"), _LONGEST_NUMBER, _KEY_MS, "#")
            if not isinstance(keyed, Digits) or not keyed.digits:
                return ""
            read = yield ReadNumber(keyed.digits)
            number = read.e164 if isinstance(read, Number) else ""
            if not number:
                yield Play(speech.prompts("callback_number_wrong"), "")
                continue
        said = (*speech.prompts("callback_number"), *spoken("phone", number, speech.language))
        key = yield from _key((*said, *speech.prompts("callback_number_confirm")))
        if key != _OTHER:
            return number if key == _YES else ""
        number = ""
    return ""


def _time(times: Sequence[int], speech: Speech) -> Generator[Question, Result, int | None]:
    """The time he picks; 0 for as soon as possible, also when he says nothing; None when none suits him."""
    if (yield from _key(speech.prompts("callback_when"))) != _OTHER:
        return 0
    for at in times:
        key = yield from _key(speech.at("callback_slot_before", at, "callback_slot_after"))
        if key == _YES:
            return at
    yield Play(speech.prompts("callback_no_slot"), "")
    return None


def _key(prompts: tuple[Prompt, ...]) -> Generator[Question, Result, str]:
    pressed = yield GetDigits(prompts, 1, _KEY_MS)
    return pressed.digits[:1] if isinstance(pressed, Digits) else ""


_ANSWERS: Mapping[type[Question], tuple[type[Result], ...]] = {
    Play: (Played,),
    GetDigits: (Digits,),
    AskTerms: (Terms, Unanswered),
    ReadNumber: (Number,),
    AskCallback: (Promised, Unanswered),
    DropCallback: (Answered, Unanswered),
}


class Talk:
    """One talk in progress."""

    def __init__(self, talk: Generator[Question, Result, Ended]) -> None:
        self._talk = talk
        self._asked: Question | None = None

    def start(self) -> Question | Ended:
        """The first question, or what it came to without one."""
        try:
            self._asked = next(self._talk)
        except StopIteration as over:
            return _ended(over)
        return self._asked

    def answer(self, result: Result) -> Question | Ended:
        """What follows `result`; FlowMisuse when that does not answer the last question."""
        if self._asked is None or not isinstance(result, _ANSWERS[type(self._asked)]):
            raise FlowMisuse(f"{type(result).__name__} does not answer {type(self._asked).__name__}")
        try:
            self._asked = self._talk.send(result)
        except StopIteration as over:
            return _ended(over)
        return self._asked


def _ended(over: StopIteration) -> Ended:
    ended: Ended = over.value
    return ended
