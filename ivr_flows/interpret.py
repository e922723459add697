"""Walking a caller through a flow. Pure: commands go out, results come in, nothing else happens here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from ivr_flows import position as positions
from ivr_flows.commands import (
    Answered,
    Ask,
    Choice,
    Command,
    Digits,
    Enqueue,
    FlowMisuse,
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
from ivr_flows.forms import accepted
from ivr_flows.memory import Memory
from ivr_flows.opening import Opening
from ivr_flows.position import Position
from ivr_flows.promptbook import Prompt
from ivr_flows.steps import (
    KEYS,
    AskStep,
    BranchStep,
    CollectStep,
    HangUpStep,
    HoursStep,
    LanguageStep,
    MenuStep,
    QueueStep,
    ReturnStep,
    SayStep,
    ScriptStep,
    SetStep,
    SubFlowStep,
    VoicemailStep,
)
from ivr_flows.values import arguments_of, chosen, demanded, repeated, said
from ivr_flows.variables import Value

# A caller who is still here after so many answers is helped by a person.
MAX_ANSWERS = 80
# Steps and conditions between two answers.
MAX_WORK = 600
NO_FLOWS: Mapping[str, Flow] = MappingProxyType({})
NO_FACTS: Mapping[str, Value] = MappingProxyType({})


def _never() -> int:
    return 0


class FlowRun:
    """One caller's walk. `start()` gives the first command (again, after `resume`), `next(result)` each further one."""

    def __init__(
        self,
        flow: Flow,
        facts: Mapping[str, Value] = NO_FACTS,
        *,
        library: Mapping[str, Flow] = NO_FLOWS,
        clock: Callable[[], int] = _never,
    ) -> None:
        """Begin at the flow's start.

        `facts` are what flows read as `caller.*`; `language` picks the language if the flow speaks it. `library` holds
        the sub-flows by id; `clock` tells the time in ms since 1970, for opening hours.
        """
        self.flow = flow
        self._memory = Memory(facts)
        self._library = library
        self._clock = clock
        wanted = facts.get("language", "")
        self._place = Position(flow.start, wanted if wanted in flow.languages else flow.languages[0])
        self._inner = flow

    @classmethod
    def resume(
        cls,
        flow: Flow,
        position: str,
        facts: Mapping[str, Value] = NO_FACTS,
        *,
        library: Mapping[str, Flow] = NO_FLOWS,
        clock: Callable[[], int] = _never,
    ) -> "FlowRun":
        """Go on where `position` was taken; `start()` says that step's prompts again.

        If the flow was changed so that the step is gone, the caller begins anew, in his language and with the
        choices he made. FlowMisuse if the text is no position.
        """
        run = cls(flow, facts, library=library, clock=clock)
        run._place, run._inner = positions.restored(position, flow, library)
        return run

    @property
    def position(self) -> str:
        """Return where the caller is, as a JSON text to store and hand to `resume`; it holds no secret.

        With a PIN keyed in and not used yet it is the step that asks for it.
        """
        place = self._place
        if place.typed_ahead and (self.flow.asks_secretly or self._inner.asks_secretly):
            place = replace(place, typed_ahead="")
        return positions.encode(self._memory.storable(place), self.flow.id, self.flow.version)

    @property
    def step(self) -> str:
        return self._place.step

    @property
    def language(self) -> str:
        return self._place.language

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Return the keys pressed so far, oldest first."""
        return tuple(Choice(*choice) for choice in self._place.choices)

    @property
    def variables(self) -> Mapping[str, Value]:
        """Return what is known by now, without the facts and without secrets. Not to be changed."""
        return self._place.variables

    @property
    def shown(self) -> dict[str, Seen]:
        """Return what the agent is to see on his screen, by name. Whoever has told it may clear it."""
        return self._memory.shown

    @property
    def over(self) -> bool:
        """Return whether the flow gave its last command (`Enqueue`, `TakeMessage` or `HangUp`)."""
        return self._place.over

    def label(self, choice: Choice) -> dict[str, str]:
        """Return what a choice means, by language: the title of the step its key leads to."""
        flow = self._library.get(choice.flow, self.flow) if choice.flow else self.flow
        menu = flow.steps.get(choice.step)
        target = menu.keys.get(choice.key, "") if isinstance(menu, MenuStep) else ""
        return {language: flow.step_title(target, language) for language in self.flow.languages}

    def start(self) -> Command:
        """Return the command of the current step."""
        return self._command()

    def next(self, result: Result) -> Command:
        """Return the command after `result`. FlowMisuse if the flow is over or the result does not fit the command."""
        place = self._place
        if place.over:
            raise FlowMisuse(f"flow {self.flow.id!r} is over")
        if isinstance(result, Hungup):
            return self._last(HangUp(()))
        step = self._inner.steps[place.step]
        place.answers += 1
        if place.answers >= MAX_ANSWERS and (place.inside or place.step != self.flow.fallback):
            self._to_person()
            return self._command()
        match step, result:
            case SayStep(), Played():
                place.typed_ahead = result.digit or place.typed_ahead
                self._go(step.next)
            case QueueStep(), Played():
                place.said = True
            case MenuStep(), Digits():
                self._answer(step, result.digits[:1])
            case CollectStep(), Digits():
                self._collected(step, result.digits)
            case ((AskStep() | ScriptStep()), (Answered() | Unanswered())):
                self._told(step, result)
            case _:
                place.answers -= 1
                raise FlowMisuse(f"{type(result).__name__} does not answer step {place.step!r}")
        return self._command()

    def _command(self) -> Command:
        """Walk over the steps that need no answer; bounded, because a flow may be a ring of them."""
        place = self._place
        work = 0
        while work < MAX_WORK:
            work += 1
            match self._inner.steps[place.step]:
                case SayStep() as step:
                    if place.typed_ahead and step.interruptible:
                        self._go(step.next)
                    elif (prompts := said(self._known(), self._place.language, step.prompt)) is not None:
                        return Play(prompts, KEYS if step.interruptible else "")
                    elif step.unsaid is not None:
                        self._go(step.unsaid)
                    else:
                        self._to_person()
                case MenuStep() as step:
                    # A key pressed before the menu was heard is no mistake.
                    key, place.typed_ahead = place.typed_ahead, ""
                    if key not in step.keys:
                        return GetDigits(self._again(step), 1, round(step.timeout.seconds * 1000))
                    self._answer(step, key)
                case CollectStep() as step:
                    return self._get_number(step)
                case AskStep() as step:
                    arguments = arguments_of(self._known(), self._memory.secrets, step)
                    if arguments is not None:
                        key = f"{place.step}-{place.answers}"
                        return Ask(step.connector, step.action, arguments, round(step.timeout * 1000), key)
                    self._go(step.otherwise)
                case ScriptStep() as step:
                    return RunScript(step.script, round(step.timeout * 1000))
                case BranchStep() as step:
                    work += len(step.when)
                    self._go(chosen(self._known(), step))
                case SetStep() as step:
                    work += len(step.variables) + len(step.show)
                    self._memory.set(place, step)
                    self._go(step.next)
                case HoursStep() as step:
                    opening = self._inner.calendars[step.calendar].at(self._clock())
                    closed = step.closed if opening is Opening.CLOSED or step.holiday is None else step.holiday
                    self._go(step.open if opening is Opening.OPEN else closed)
                case LanguageStep() as step:
                    place.language = step.language
                    self._go(step.next)
                case SubFlowStep() as step:
                    self._enter(step)
                case ReturnStep():
                    self._return()
                case QueueStep() as step:
                    if step.prompt and not place.said:
                        return Play(self._prompts(step.prompt), "")
                    return self._last(demanded(step, place, self.flow.language_skills))
                case VoicemailStep() as step:
                    return self._last(TakeMessage(Prompt(step.prompt, place.language)))
                case HangUpStep() as step:
                    return self._last(HangUp(self._prompts(step.prompt)))
        self._to_person()
        return self._command()

    # -- keys --------------------------------------------------------------------------------------------------------

    def _answer(self, menu: MenuStep, key: str) -> None:
        place = self._place
        if key in menu.keys:
            inside = place.inside[-1][0] if place.inside else ""
            place.choices.append((place.step, key, inside))
            self._go(menu.keys[key])
        else:
            self._missed(menu, silent=not key)

    def _get_number(self, step: CollectStep) -> GetDigits:
        key, self._place.typed_ahead = self._place.typed_ahead, ""
        begun = key if key and key != step.digits.end else ""
        prompts = () if begun else self._again(step)
        wait = round(step.timeout.seconds * 1000)
        return GetDigits(prompts, step.digits.max, wait, step.digits.end, begun, step.secret)

    def _collected(self, step: CollectStep, keyed: str) -> None:
        number = accepted(step, keyed)
        if number is None:
            self._missed(step, silent=not keyed)
            return
        self._memory.keyed(self._place, step, number)
        self._go(step.next)

    def _missed(self, step: MenuStep | CollectStep, *, silent: bool) -> None:
        place = self._place
        if silent:
            place.silent += 1
            place.again = "silent"
            over = place.silent > step.timeout.repeats
        else:
            place.wrong += 1
            place.again = "wrong"
            over = place.wrong >= step.wrong_key.tries
        if over:
            self._go(step.timeout.next if silent else step.wrong_key.next)

    def _known(self) -> Mapping[str, Value]:
        return self._memory.known(self._place)

    def _told(self, step: AskStep | ScriptStep, result: Answered | Unanswered) -> None:
        if isinstance(step, AskStep):
            self._memory.asked(step)
        if isinstance(result, Answered):
            self._memory.keep(self._place, step.into, result.fields)
            self._go(step.next)
        elif isinstance(step, AskStep):
            self._go(next((name for reason, name in step.reasons.items() if reason == result.why), step.otherwise))
        else:
            self._go(step.otherwise)

    # -- ways --------------------------------------------------------------------------------------------------------

    def _go(self, name: str) -> None:
        place = self._place
        if name != place.step:  # "hear it again" does not forgive wrong keys
            place.silent = place.wrong = 0
        place.step, place.said, place.again = name, False, ""

    def _enter(self, step: SubFlowStep) -> None:
        flow = self._library.get(step.flow)
        if flow is None or len(self._place.inside) >= positions.MAX_NESTED:
            self._to_person()
            return
        self._place.inside.append((step.flow, step.next))
        self._inner = flow
        self._place.step = ""
        self._go(flow.start)

    def _return(self) -> None:
        place = self._place
        if not place.inside:
            self._to_person()
            return
        _, following = place.inside.pop()
        self._inner = self._library[place.inside[-1][0]] if place.inside else self.flow
        place.step = ""
        self._go(following)

    def _to_person(self) -> None:
        self._place.inside.clear()
        self._inner = self.flow
        self._go(self.flow.fallback)

    def _last(self, command: Enqueue | TakeMessage | HangUp) -> Enqueue | TakeMessage | HangUp:
        self._place.over = True
        self._memory.forget()
        return command

    def _prompts(self, names: Sequence[str]) -> tuple[Prompt, ...]:
        return tuple(Prompt(name, self._place.language) for name in names)

    def _again(self, step: MenuStep | CollectStep) -> tuple[Prompt, ...]:
        return self._prompts(repeated(step, self._place.again))
