"""What a flow asks of the world, one command at a time, and what it is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr_flows.promptbook import Prompt
from ivr_flows.variables import Value


@dataclass(frozen=True, slots=True)
class Play:
    """Play prompts in order; a key in `interruptible` stops them. Answer with `Played`."""

    prompts: tuple[Prompt, ...]
    interruptible: str


@dataclass(frozen=True, slots=True)
class GetDigits:
    """Play prompts (any key stops them), then wait `timeout_ms` for each of `max_digits` keys. Answer with `Digits`.

    Key `end` ends the number early and is no part of it. `begun`: keys pressed already. `secret`: the keys are told
    and logged nowhere.
    """

    prompts: tuple[Prompt, ...]
    max_digits: int
    timeout_ms: int
    end: str = ""
    begun: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """Call `action` of `connector`. Answer with `Answered`, or with `Unanswered` after `timeout_ms` at the latest.

    `key`: the same when the same question of the same caller is asked again after a restart, and never otherwise.
    """

    connector: str
    action: str
    arguments: Mapping[str, str] = field(repr=False)  # may hold a PIN
    timeout_ms: int
    key: str


@dataclass(frozen=True, slots=True)
class RunScript:
    """Run a registered script on the call. Answer with `Answered` or `Unanswered`."""

    script: str
    timeout_ms: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """Connect the caller with `number` (E.164 as the flow has it: whether it may be dialled is not known here), which
    rings `ring_seconds`. Answer with `Transferred` once he is back.

    `key`: the same when the same transfer of the same caller is asked for again after a restart, and never otherwise.
    """

    number: str
    ring_seconds: int
    record: bool
    key: str


@dataclass(frozen=True, slots=True)
class AskTerms:
    """Find out whether the caller can be rung for `queue`, and when within `days`. Answer with `Terms`, or with
    `Unanswered` where nobody is rung."""

    queue: str
    days: int


@dataclass(frozen=True, slots=True)
class ReadNumber:
    """Read a number as it was keyed in. Answer with `Number`."""

    keyed: str


@dataclass(frozen=True, slots=True)
class AskCallback:
    """Ask for a callback to `number` (E.164): at `at` (ms since 1970), or 0 when it is his turn. `queue` '': where he
    waits.

    Answer with `Promised`, or with `Unanswered` and the reason of the refusal.
    """

    queue: str
    number: str
    at: int
    skills: tuple[tuple[str, int], ...]
    priority: int


@dataclass(frozen=True, slots=True)
class DropCallback:
    """Cancel the caller's open callback. Answer with `Answered` or `Unanswered`."""


@dataclass(frozen=True, slots=True)
class Dictate:
    """Play prompts and a tone, record up to `seconds` of speech, until `#`. Answer with `Dictated` once a case of
    `kind` is opened with it, `Unheard` if nothing was said, `Unanswered` if nothing can be recorded.

    `codes`: what he keyed in, as the case shows it.
    """

    prompts: tuple[Prompt, ...]
    seconds: int
    kind: str
    subject: str
    codes: Mapping[str, "Seen"]


@dataclass(frozen=True, slots=True)
class Enqueue:
    """The flow is over: the caller waits in `queue`. `skills` are (name, least level) beyond the queue's own.

    `step` is the flow's step, for the agent's screen (`Flow.step_title`). `callback`: at the place of his open
    callback, which is over with that.
    """

    queue: str
    skills: tuple[tuple[str, int], ...]
    priority: int
    language: str
    step: str
    callback: bool = False


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """The flow is over: play `prompt`, record what the caller says after the tone, thank him and hang up."""

    prompt: Prompt


@dataclass(frozen=True, slots=True)
class HangUp:
    """The flow is over: play prompts to the end, then hang up."""

    prompts: tuple[Prompt, ...]


LastCommand = Enqueue | TakeMessage | HangUp
CallbackCommand = AskTerms | ReadNumber | AskCallback | DropCallback
Question = Play | GetDigits | Ask | RunScript | Transfer | CallbackCommand | Dictate
"""A command that is answered."""
Command = Question | LastCommand


@dataclass(frozen=True, slots=True)
class Played:
    """The prompts ended, or `digit` stopped them."""

    digit: str | None = None


@dataclass(frozen=True, slots=True)
class Digits:
    """What was keyed; `timed_out` when the caller pressed less than wanted."""

    digits: str = field(repr=False)  # may be a PIN
    timed_out: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """What a connector or a script returned."""

    fields: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer. `why`: timeout, unreachable, refused, not_found, bad_answer, busy; failed, unknown."""

    why: str


@dataclass(frozen=True, slots=True)
class Transferred:
    """The caller is back. `result`: talked, or why not: no_answer, busy, refused, failed, lost, not_allowed, …"""

    result: str


@dataclass(frozen=True, slots=True)
class Terms:
    """`number`: where the caller can be rung (E.164), '' when he has to say. `times`: what can be promised, in ms."""

    number: str
    times: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Number:
    """E.164, or '' for none that may be dialled."""

    e164: str


@dataclass(frozen=True, slots=True)
class Promised:
    """He will be rung: at `at` (ms), or 0 when it is his turn."""

    at: int = 0


@dataclass(frozen=True, slots=True)
class Dictated:
    """A case was opened under `number`; '' if that is told later. `digits`: the number as it is said."""

    number: str = ""
    digits: str = ""


@dataclass(frozen=True, slots=True)
class Unheard:
    """Nothing was said."""


@dataclass(frozen=True, slots=True)
class Hungup:
    """The caller is gone."""


Result = Played | Digits | Answered | Unanswered | Transferred | Terms | Number | Promised | Dictated | Unheard | Hungup


@dataclass(frozen=True, slots=True)
class Choice:
    """A key the caller pressed in a menu, for the agent's screen. `flow`: the sub-flow the menu is in, '' for none."""

    step: str
    key: str
    flow: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """Something for the agent's screen; `title` by language says what it is."""

    value: str
    title: Mapping[str, str] = field(default_factory=dict)


class FlowMisuse(RuntimeError):
    """The caller of the interpreter broke its contract: an answer nobody asked for, or a position not ours."""
