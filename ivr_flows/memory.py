"""What is remembered of one caller on his way: facts, variables, PINs not used yet, what his agent is to see."""

from collections.abc import Mapping

from ivr_flows.commands import Seen
from ivr_flows.conditions import expression
from ivr_flows.position import Position
from ivr_flows.steps import AskStep, CollectStep, SetStep
from ivr_flows.variables import CALLER, MAX_VARIABLES, Unusable, Value, bounded, text_of

_MAX_SHOWN = 12


class Memory:
    """Variables live in the position, which is stored; secrets live here only."""

    def __init__(self, facts: Mapping[str, Value]) -> None:
        self._facts = dict(facts)
        self.secrets: dict[str, str] = {}
        self._before_secret: Position | None = None
        self.shown: dict[str, Seen] = {}

    def known(self, place: Position) -> Mapping[str, Value]:
        """Return what conditions and values may read."""
        return {**place.variables, CALLER: {**self._facts, "language": place.language}}

    def keep(self, place: Position, name: str | None, value: object) -> None:
        """Remember `value` under `name`; one that cannot be kept leaves nothing behind."""
        variables = place.variables
        if name is None or (name not in variables and len(variables) >= MAX_VARIABLES):
            return
        try:
            variables[name] = bounded(value)
        except Unusable:
            variables.pop(name, None)

    def keyed(self, place: Position, step: CollectStep, number: str) -> None:
        """Remember what was keyed in."""
        if step.secret:
            place.variables.pop(step.into, None)
            self.secrets[step.into] = number
            if self._before_secret is None:
                self._before_secret = Position(place.step, place.language, list(place.inside))
        else:
            self.secrets.pop(step.into, None)
            self.keep(place, step.into, number)

    def asked(self, step: AskStep) -> None:
        """Forget the PINs that went with the question: one is used once."""
        for source in step.arguments.values():
            self.secrets.pop(source, None)
        if not self.secrets:
            self._before_secret = None

    def forget(self) -> None:
        """Forget every PIN."""
        self.secrets.clear()
        self._before_secret = None

    def storable(self, place: Position) -> Position:
        """Return the place a next server may go on from: with a PIN keyed in, the step that asks for it."""
        if self._before_secret is None:
            return place
        return Position(
            self._before_secret.step,
            place.language,
            self._before_secret.inside,
            answers=place.answers,
            priority=place.priority,
            skills=place.skills,
            variables=place.variables,
            choices=place.choices,
        )

    def set(self, place: Position, step: SetStep) -> None:
        """Do what a `set` step says; what cannot be worked out stays unset."""
        for name, source in step.variables.items():
            try:
                self.keep(place, name, expression(source).value(self.known(place)))
            except Unusable:
                place.variables.pop(name, None)
        for skill, level in step.skills.items():
            place.skills[skill] = level
        if step.priority is not None:
            place.priority = step.priority
        for name, wanted in step.show.items():
            try:
                value = text_of(expression(wanted.value).value(self.known(place)))
            except Unusable:
                continue
            if name in self.shown or len(self.shown) < _MAX_SHOWN:
                self.shown[name] = Seen(value, wanted.title)
