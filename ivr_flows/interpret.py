"""Walking a caller through a flow. Pure: commands go out, results come in, nothing else happens here."""

from collections.abc import Callable, Mapping
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
    Transferred,
    Unanswered,
)
from ivr_flows.dictation import taken
from ivr_flows.flow import Flow
from ivr_flows.keying import collected, number_wanted, pressed, rated, report_wanted, reported
from ivr_flows.memory import Memory
from ivr_flows.opening import Opening
from ivr_flows.outside import Callbacks, back_from, handed_on
from ivr_flows.parts import KEYS, SCORES
from ivr_flows.position import Position
from ivr_flows.promptbook import Prompt
from ivr_flows.route import Route
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
    ReturnStep,
    SayStep,
    ScriptStep,
    SetStep,
    SubFlowStep,
    SurveyStep,
    TransferStep,
    VoicemailStep,
)
from ivr_flows.values import arguments_of, chosen, day_in, demanded, said
from ivr_flows.variables import Value

# A caller who is still here after so many answers is helped by a person.
MAX_ANSWERS = 80
# Steps and conditions between two answers.
MAX_WORK = 600
ZONE = "Asia/Shanghai"
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
        zone: str = ZONE,
    ) -> None:
        """Begin at the flow's start.

        `facts` are what flows read as `caller.*`; `language` picks the language if the flow speaks it. `library` holds
        the sub-flows by id; `clock` tells the time in ms since 1970, for opening hours; `zone` which day it is.
        """
        self.flow = flow
        self._memory = Memory(facts)
        self._library = library
        self._clock = clock
        self._zone = zone
        self._callbacks = Callbacks(flow, self._memory, clock, zone)
        wanted = facts.get("language", "")
        language = wanted if wanted in flow.languages else flow.languages[0]
        self._route = Route(flow, library, Position(flow.start, language))
        self._visits = False

    @classmethod
    def visit(
        cls,
        flow: Flow,
        step: str,
        facts: Mapping[str, Value] = NO_FACTS,
        *,
        library: Mapping[str, Flow] = NO_FLOWS,
        clock: Callable[[], int] = _never,
        zone: str = ZONE,
    ) -> "FlowRun":
        """A walk of somebody who waits in a queue already: from `step` ('' or one that is gone: the start) on.

        A queue step, or a `return` to nowhere, brings him back there: it ends the walk at once and says nothing.
        """
        run = cls(flow, facts, library=library, clock=clock, zone=zone)
        run._visits = True
        if step in flow.steps:
            run._route.place.step = step
        return run

    @classmethod
    def resume(
        cls,
        flow: Flow,
        position: str,
        facts: Mapping[str, Value] = NO_FACTS,
        *,
        library: Mapping[str, Flow] = NO_FLOWS,
        clock: Callable[[], int] = _never,
        zone: str = ZONE,
    ) -> "FlowRun":
        """Go on where `position` was taken; `start()` says that step's prompts again.

        If the flow was changed so that the step is gone, the caller begins anew, in his language and with the
        choices he made. FlowMisuse if the text is no position.
        """
        run = cls(flow, facts, library=library, clock=clock, zone=zone)
        run._route.place, run._route.inner = positions.restored(position, flow, library)
        return run

    @property
    def position(self) -> str:
        """Return where the caller is, as a JSON text to store and hand to `resume`; it holds no secret.

        With a PIN keyed in and not used yet it is the step that asks for it.
        """
        place = self._route.place
        if place.typed_ahead and (self.flow.asks_secretly or self._route.inner.asks_secretly):
            place = replace(place, typed_ahead="")
        return positions.encode(self._memory.storable(place), self.flow.id, self.flow.version)

    @property
    def step(self) -> str:
        return self._route.place.step

    @property
    def language(self) -> str:
        return self._route.place.language

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Return the keys pressed so far, oldest first."""
        return tuple(Choice(*choice) for choice in self._route.place.choices)

    @property
    def variables(self) -> Mapping[str, Value]:
        """Return what is known by now, without the facts and without secrets. Not to be changed."""
        return self._route.place.variables

    @property
    def shown(self) -> dict[str, Seen]:
        """Return what the agent is to see on his screen, by name. Whoever has told it may clear it."""
        return self._memory.shown

    @property
    def rating(self) -> int | None:
        """Return how satisfied the caller said he is, 5 (very) to 1; None if no step asked or he did not say."""
        return self._memory.rating

    @property
    def over(self) -> bool:
        """Return whether the flow gave its last command (`Enqueue`, `TakeMessage` or `HangUp`)."""
        return self._route.place.over

    def label(self, choice: Choice) -> dict[str, str]:
        """Return what a choice means, by language: the title of the step its key leads to."""
        flow = self._library.get(choice.flow, self.flow) if choice.flow else self.flow
        menu = flow.steps.get(choice.step)
        target = menu.keys.get(choice.key, "") if isinstance(menu, MenuStep) else ""
        return {language: flow.step_title(target, language) for language in self.flow.languages}

    def start(self) -> Command:
        """Return the command of the current step; before the first, who is to be rung is asked about that."""
        place = self._route.place
        begins = place.answers == 0 and place.step == self.flow.start and not place.inside
        if begins and self.flow.asks_who_rings_again and not self._visits:
            question = self._callbacks.begin(None, place)
            if not isinstance(question, str):
                return question
        return self._command()

    def next(self, result: Result) -> Command:
        """Return the command after `result`. FlowMisuse if the flow is over or the result does not fit the command."""
        place = self._route.place
        if place.over:
            raise FlowMisuse(f"flow {self.flow.id!r} is over")
        if isinstance(result, Hungup):
            return self._last(HangUp(()))
        if self._callbacks.talking:
            return self._talked(result)
        step = self._route.step
        place.answers += 1
        if place.answers >= MAX_ANSWERS and (place.inside or place.step != self.flow.fallback):
            self._route.to_person()
            return self._command()
        match step, result:
            case SayStep(), Played():
                place.typed_ahead = result.digit or place.typed_ahead
                self._route.go(step.next)
            case QueueStep(), Played():
                place.said = True
            case MenuStep(), Digits():
                pressed(self._route, step, result.digits[:1])
            case CollectStep(), Digits():
                collected(self._route, self._memory, step, result.digits)
            case SurveyStep(), Digits():
                rated(self._route, self._memory, step, result.digits[:1])
            case DictateStep(), _ if self._route.dictation.fits(step, result, place):
                reported(self._route, self._memory, step, result)
            case ((AskStep() | ScriptStep()), (Answered() | Unanswered())):
                self._told(step, result)
            case TransferStep(), (Played() | Transferred()):
                following = back_from(step, place, result)
                if isinstance(following, HangUp):
                    return self._last(following)
                if following != place.step:
                    self._route.go(following)
            case _:
                place.answers -= 1
                raise FlowMisuse(f"{type(result).__name__} does not answer step {place.step!r}")
        return self._command()

    def _command(self) -> Command:
        """Walk over the steps that need no answer; bounded, because a flow may be a ring of them."""
        place = self._route.place
        work = 0
        while work < MAX_WORK:
            work += 1
            match self._route.step:
                case SayStep() as step:
                    if place.typed_ahead and step.interruptible:
                        self._route.go(step.next)
                    elif (
                        prompts := said(self._known(), place.language, step.prompt, day_in(self._zone, self._clock()))
                    ) is not None:
                        return Play(prompts, KEYS if step.interruptible else "")
                    elif step.unsaid is not None:
                        self._route.go(step.unsaid)
                    else:
                        self._route.to_person()
                case MenuStep() as step:
                    # A key pressed before the menu was heard is no mistake.
                    key, place.typed_ahead = place.typed_ahead, ""
                    if key not in step.keys:
                        return GetDigits(self._route.again(step, step.prompt), 1, round(step.timeout.seconds * 1000))
                    pressed(self._route, step, key)
                case CollectStep() as step:
                    return number_wanted(self._route, step, step, step.prompt)
                case SurveyStep() as step:
                    key, place.typed_ahead = place.typed_ahead, ""
                    if key not in SCORES:
                        return GetDigits(self._route.prompts(step.prompt), 1, round(step.seconds * 1000))
                    rated(self._route, self._memory, step, key)
                case DictateStep() as step:
                    if not place.said:
                        return report_wanted(self._route, step)
                    if told := taken(step, place.variables, place.language):
                        return Play(told, KEYS)
                    self._route.go(step.next)
                case AskStep() as step:
                    arguments = arguments_of(self._known(), self._memory.secrets, step)
                    if arguments is not None:
                        key = f"{place.step}-{place.answers}"
                        return Ask(step.connector, step.action, arguments, round(step.timeout * 1000), key)
                    self._route.go(step.otherwise)
                case ScriptStep() as step:
                    return RunScript(step.script, round(step.timeout * 1000))
                case BranchStep() as step:
                    work += len(step.when)
                    self._route.go(chosen(self._known(), step))
                case SetStep() as step:
                    work += len(step.variables) + len(step.show)
                    self._memory.set(place, step)
                    self._route.go(step.next)
                case HoursStep() as step:
                    opening = self._route.inner.calendars[step.calendar].at(self._clock())
                    closed = step.closed if opening is Opening.CLOSED or step.holiday is None else step.holiday
                    self._route.go(step.open if opening is Opening.OPEN else closed)
                case LanguageStep() as step:
                    place.language = step.language
                    self._route.go(step.next)
                case SubFlowStep() as step:
                    self._route.enter(step)
                case ReturnStep():
                    self._route.leave()
                case TransferStep() as step:
                    following = handed_on(step, place, self._known())
                    if not isinstance(following, str):
                        return following
                    self._route.go(following)
                case CallbackStep() | CallbackDueStep() as step:
                    question = self._callbacks.begin(step, place)
                    if not isinstance(question, str):
                        return question
                    self._route.go(question)
                case QueueStep() as step:
                    if step.prompt and not place.said and not self._visits:
                        return Play(self._route.prompts(step.prompt), "")
                    return self._last(demanded(step, place, self.flow.language_skills))
                case VoicemailStep() as step:
                    return self._last(TakeMessage(Prompt(step.prompt, place.language)))
                case HangUpStep() as step:
                    return self._last(HangUp(self._route.prompts(step.prompt)))
        self._route.to_person()
        return self._command()

    def _talked(self, result: Result) -> Command:
        """What follows in a talk about a callback, and after it."""
        place = self._route.place
        following = self._callbacks.answer(result, self._route.step, place)
        if isinstance(following, Enqueue | HangUp):
            return self._last(following)
        if place.answers >= MAX_ANSWERS:
            self._callbacks.stop()
            self._route.to_person()
        elif isinstance(following, str):
            self._route.go(following)
        else:
            return following
        return self._command()

    def _known(self) -> Mapping[str, Value]:
        return self._memory.known(self._route.place)

    def _told(self, step: AskStep | ScriptStep, result: Answered | Unanswered) -> None:
        if isinstance(step, AskStep):
            self._memory.asked(step)
        if isinstance(result, Answered):
            self._memory.keep(self._route.place, step.into, result.fields)
            self._route.go(step.next)
        elif isinstance(step, AskStep):
            self._route.go(
                next((name for reason, name in step.reasons.items() if reason == result.why), step.otherwise)
            )
        else:
            self._route.go(step.otherwise)

    def _last(self, command: Enqueue | TakeMessage | HangUp) -> Enqueue | TakeMessage | HangUp:
        self._route.place.over = True
        self._memory.forget()
        return command
