"""Walking a caller through a flow. Pure: commands go out, results come in, nothing else happens here."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from ivr_flows.flow import KEYS, Flow, HangUpStep, LanguageStep, MenuStep, QueueStep, SayStep
from ivr_flows.promptbook import Prompt

# A caller who is still here after so many answers is helped by a person.
MAX_ANSWERS = 40
NO_FACTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Play:
    """Play prompts in order; a key in `interruptible` stops them. Answer with `Played`."""

    prompts: tuple[Prompt, ...]
    interruptible: str


@dataclass(frozen=True, slots=True)
class GetDigits:
    """Play prompts (any key stops them), then wait `timeout_ms` for each of `max_digits` keys. Answer with `Digits`."""

    prompts: tuple[Prompt, ...]
    max_digits: int
    timeout_ms: int


@dataclass(frozen=True, slots=True)
class Enqueue:
    """The flow is over: the caller waits in `queue`. `skills` are (name, least level) beyond the queue's own.

    `step` is the flow's step, for the agent's screen (`Flow.step_title`).
    """

    queue: str
    skills: tuple[tuple[str, int], ...]
    priority: int
    language: str
    step: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """The flow is over: play prompts to the end, then hang up."""

    prompts: tuple[Prompt, ...]


Command = Play | GetDigits | Enqueue | HangUp


@dataclass(frozen=True, slots=True)
class Played:
    """The prompts ended, or `digit` stopped them."""

    digit: str | None = None


@dataclass(frozen=True, slots=True)
class Digits:
    """What was keyed; `timed_out` when the caller pressed less than wanted."""

    digits: str
    timed_out: bool


@dataclass(frozen=True, slots=True)
class Hungup:
    """The caller is gone."""


Result = Played | Digits | Hungup


@dataclass(frozen=True, slots=True)
class Choice:
    """A key the caller pressed in a menu, for the agent's screen."""

    step: str
    key: str


class FlowMisuse(RuntimeError):
    """The caller of the interpreter broke its contract: an answer nobody asked for, or a position not ours."""


@dataclass(frozen=True, slots=True)
class _Where:
    step: str
    language: str
    said: bool = False  # the queue step's prompt
    silent: int = 0
    wrong: int = 0
    answers: int = 0
    typed_ahead: str = ""
    repeat: tuple[str, ...] = ()  # prompts said before the menu's own, after silence or a wrong key
    choices: tuple[tuple[str, str], ...] = field(default=())
    over: bool = False


class FlowRun:
    """One caller's walk. `start()` gives the first command (again, after `resume`), `next(result)` each further one."""

    def __init__(self, flow: Flow, facts: Mapping[str, str] = NO_FACTS) -> None:
        """Begin at the flow's start; fact `language` picks the language if the flow speaks it."""
        self.flow = flow
        wanted = facts.get("language", "")
        self._where = _Where(flow.start, wanted if wanted in flow.languages else flow.languages[0])

    @classmethod
    def resume(cls, flow: Flow, position: str) -> "FlowRun":
        """Go on where `position` was taken; `start()` says that step's prompts again.

        If the flow was changed so that the step is gone, the caller begins anew, in his language and with the
        choices he made. FlowMisuse if the text is no position.
        """
        run = cls(flow)
        try:
            fields = json.loads(position)
            where = _Where(
                step=str(fields["step"]),
                language=str(fields["language"]),
                said=bool(fields["said"]),
                silent=int(fields["silent"]),
                wrong=int(fields["wrong"]),
                answers=int(fields["answers"]),
                typed_ahead=str(fields["typed_ahead"]),
                repeat=tuple(str(name) for name in fields["repeat"]),
                choices=tuple((str(step), str(key)) for step, key in fields["choices"]),
                over=bool(fields["over"]),
            )
        except (ValueError, KeyError, TypeError):
            raise FlowMisuse("not a flow position: start the caller anew") from None
        if where.language not in flow.languages:
            where = replace(where, language=flow.languages[0])
        if fields.get("version") != flow.version:
            step = where.step if where.step in flow.steps else flow.start
            where = _Where(step, where.language, answers=where.answers, choices=where.choices)
        elif where.step not in flow.steps:
            raise FlowMisuse("not a position of this flow: start the caller anew")
        run._where = where
        return run

    @property
    def position(self) -> str:
        """Return where the caller is, as a JSON text to store and hand to `resume`."""
        where = self._where
        fields = {name: getattr(where, name) for name in _Where.__slots__}
        return json.dumps({"flow": self.flow.id, "version": self.flow.version, **fields})

    @property
    def step(self) -> str:
        return self._where.step

    @property
    def language(self) -> str:
        return self._where.language

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Return the keys pressed so far, oldest first."""
        return tuple(Choice(step, key) for step, key in self._where.choices)

    @property
    def over(self) -> bool:
        """Return whether the flow gave its last command (`Enqueue` or `HangUp`)."""
        return self._where.over

    def start(self) -> Command:
        """Return the command of the current step."""
        return self._command()

    def next(self, result: Result) -> Command:
        """Return the command after `result`. FlowMisuse if the flow is over or the result does not fit the command."""
        where = self._where
        if where.over:
            raise FlowMisuse(f"flow {self.flow.id!r} is over")
        if isinstance(result, Hungup):
            self._where = replace(where, over=True)
            return HangUp(())
        self._where = where = replace(where, answers=where.answers + 1, repeat=())
        step = self.flow.steps[where.step]
        if where.answers >= MAX_ANSWERS and where.step != self.flow.fallback:
            self._go(self.flow.fallback)
            return self._command()
        match step, result:
            case SayStep(), Played():
                self._where = replace(where, typed_ahead=result.digit or where.typed_ahead)
                self._go(step.next)
            case QueueStep(), Played():
                self._where = replace(where, said=True)
            case MenuStep(), Digits():
                self._answer(step, result.digits[:1])
            case _:
                raise FlowMisuse(f"{type(result).__name__} does not answer step {where.step!r}")
        return self._command()

    def _command(self) -> Command:
        """Walk over the steps that need no answer; bounded, because a flow may be a ring of them."""
        for _ in range(len(self.flow.steps) + 1):
            where = self._where
            match self.flow.steps[where.step]:
                case LanguageStep() as step:
                    self._where = replace(where, language=step.language)
                    self._go(step.next)
                case SayStep() as step if where.typed_ahead and step.interruptible:
                    self._go(step.next)
                case SayStep() as step:
                    return Play(self._prompts(step.prompt), KEYS if step.interruptible else "")
                case MenuStep() as step if where.typed_ahead in step.keys:
                    self._where = replace(where, typed_ahead="")
                    self._answer(step, where.typed_ahead)
                case MenuStep() as step:
                    # A key pressed before the menu was heard is no mistake.
                    self._where = replace(where, typed_ahead="")
                    return GetDigits(
                        self._prompts((*where.repeat, *step.prompt)), 1, round(step.timeout.seconds * 1000)
                    )
                case QueueStep() as step if step.prompt and not where.said:
                    return Play(self._prompts(step.prompt), "")
                case QueueStep() as step:
                    self._where = replace(where, over=True)
                    return self._enqueue(step)
                case HangUpStep() as step:
                    self._where = replace(where, over=True)
                    return HangUp(self._prompts(step.prompt))
        self._go(self.flow.fallback)
        return self._command()

    def _answer(self, menu: MenuStep, key: str) -> None:
        where = self._where
        if key in menu.keys:
            self._where = replace(where, choices=(*where.choices, (where.step, key))[-MAX_ANSWERS:])
            self._go(menu.keys[key])
        elif key:
            self._again(menu.wrong_key.prompt, where.wrong + 1, menu.wrong_key.tries, menu.wrong_key.next, "wrong")
        else:
            silence = menu.timeout
            self._again(silence.prompt, where.silent + 1, silence.repeats + 1, silence.next, "silent")

    def _again(self, prompts: Sequence[str], count: int, limit: int, after: str, counter: str) -> None:
        if count >= limit:
            self._go(after)
        elif counter == "wrong":
            self._where = replace(self._where, wrong=count, repeat=tuple(prompts))
        else:
            self._where = replace(self._where, silent=count, repeat=tuple(prompts))

    def _go(self, name: str) -> None:
        where = self._where
        same = name == where.step  # "hear it again" does not forgive wrong keys
        self._where = replace(
            where,
            step=name,
            said=False,
            repeat=(),
            silent=where.silent if same else 0,
            wrong=where.wrong if same else 0,
        )

    def _enqueue(self, step: QueueStep) -> Enqueue:
        skills = dict(step.skills)
        for skill, level in self.flow.language_skills.get(self._where.language, {}).items():
            skills[skill] = max(level, skills.get(skill, 0))
        return Enqueue(step.queue, tuple(sorted(skills.items())), step.priority, self._where.language, self._where.step)

    def _prompts(self, names: Sequence[str]) -> tuple[Prompt, ...]:
        return tuple(Prompt(name, self._where.language) for name in names)
