"""How far a caller is with a report he dictates. Not stored: by a next server he is asked anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr_flows.commands import Dictate, Dictated, Digits, Played, Result, Seen, Unanswered, Unheard
from ivr_flows.flow import Flow
from ivr_flows.forms import accepted
from ivr_flows.memory import Memory
from ivr_flows.position import Position
from ivr_flows.promptbook import Prompt
from ivr_flows.speech import spoken
from ivr_flows.steps import Code, DictateStep
from ivr_flows.variables import Value

MISSED = ""
"""No step: what was keyed is no code."""


@dataclass(slots=True)
class Dictation:
    """`keyed`: codes by name; `unheard`: how often nothing was said."""

    keyed: dict[str, str] = field(default_factory=dict)
    unheard: int = 0

    def wanted(self, step: DictateStep) -> Code | None:
        """Return the code to be keyed in next; None: he may speak."""
        return next((code for code in step.codes if code.name not in self.keyed), None)

    def command(self, step: DictateStep, flow: Flow, place: Position) -> Dictate:
        """Return what to do once all is keyed in. It is about the step's title, in the flow's first language."""
        language = flow.languages[0]
        subject = step.title.get(language) or flow.title.get(language) or place.step
        said = (*step.empty, *step.prompt) if self.unheard else step.prompt
        codes = {code.name: Seen(self.keyed[code.name], code.title) for code in step.codes}
        return Dictate(tuple(Prompt(name, place.language) for name in said), step.seconds, step.kind, subject, codes)

    def fits(self, step: DictateStep, result: Result, place: Position) -> bool:
        """Return whether the step's present command is answered so."""
        match result:
            case Played():
                return place.said
            case Digits():
                return not place.said and self.wanted(step) is not None
            case Dictated() | Unheard() | Unanswered():
                return not place.said and self.wanted(step) is None
            case _:
                return False

    def take(self, step: DictateStep, result: Result, place: Position, memory: Memory) -> str | None:
        """Return the step that follows a result that fits, MISSED, or None: this step goes on."""
        match result, self.wanted(step):
            case Played(digit), _:
                place.typed_ahead = digit or ""
                return step.next
            case Digits(keyed), Code() as code:
                number = accepted(code, keyed)
                if number is None:
                    return MISSED
                place.silent, place.wrong, place.again = 0, 0, ""
                self.keyed[code.name] = number
                memory.keep(place, code.name, number)
            case Dictated() as case, _:
                memory.keep(place, step.into, {"number": case.number, "digits": case.digits})
                self.keyed, self.unheard, place.said = {}, 0, True
            case Unheard(), _ if self.unheard + 1 < step.tries:
                self.unheard += 1
            case _:
                return step.otherwise
        return None


def taken(step: DictateStep, known: Mapping[str, Value], language: str) -> tuple[Prompt, ...]:
    """Return what he hears afterwards; nothing if the step says nothing."""
    case = known.get(step.into)
    digits = case.get("digits") if isinstance(case, Mapping) else None
    try:
        number = spoken("digits", digits, language) if isinstance(digits, str) else ()
    except ValueError:
        number = ()
    said = step.taken if number else step.unnumbered
    return (*(Prompt(name, language) for name in said), *(number if said else ()))
