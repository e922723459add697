"""Where one caller is, in which flow, and how he gets on from there."""

from collections.abc import Mapping, Sequence

from ivr_flows.dictation import Dictation
from ivr_flows.flow import Flow
from ivr_flows.position import MAX_NESTED, Position
from ivr_flows.promptbook import Prompt
from ivr_flows.steps import Step, SubFlowStep, Waiting
from ivr_flows.values import repeated


class Route:
    """`flow`: the one he dialled; `inner`: the one he is in; `dictation`: how far he is with a report of this step."""

    def __init__(self, flow: Flow, library: Mapping[str, Flow], place: Position) -> None:
        self.flow = flow
        self.library = library
        self.place = place
        self.inner = flow
        self.dictation = Dictation()

    @property
    def step(self) -> Step:
        return self.inner.steps[self.place.step]

    def go(self, name: str) -> None:
        """To a step of this flow."""
        place = self.place
        if name != place.step:  # "hear it again" does not forgive wrong keys
            place.silent = place.wrong = 0
        place.step, place.said, place.again = name, False, ""
        if self.dictation.keyed:
            self.dictation = Dictation()

    def enter(self, step: SubFlowStep) -> None:
        """Into another flow; to a person where that cannot be."""
        flow = self.library.get(step.flow)
        if flow is None or len(self.place.inside) >= MAX_NESTED:
            self.to_person()
            return
        self.place.inside.append((step.flow, step.next))
        self.inner = flow
        self.place.step = ""
        self.go(flow.start)

    def leave(self) -> None:
        """Back to where this flow was entered."""
        place = self.place
        if not place.inside:
            self.to_person()
            return
        _, following = place.inside.pop()
        self.inner = self.library[place.inside[-1][0]] if place.inside else self.flow
        place.step = ""
        self.go(following)

    def to_person(self) -> None:
        """To the fallback of the flow he dialled."""
        self.place.inside.clear()
        self.inner = self.flow
        self.go(self.flow.fallback)

    def prompts(self, names: Sequence[str]) -> tuple[Prompt, ...]:
        """Return them in his language."""
        return tuple(Prompt(name, self.place.language) for name in names)

    def again(self, step: Waiting, prompt: tuple[str, ...]) -> tuple[Prompt, ...]:
        """Return what a step says now: after silence or a wrong key, that before its prompt."""
        return self.prompts(repeated(step, self.place.again, prompt))
