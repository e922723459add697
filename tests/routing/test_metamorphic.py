"""What must make no difference makes none: names, agents who can do nothing here, what happens elsewhere."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from routing.requirement import Requirement, all_of, has
from routing.rules import Place, Profile, QueueRules
from tests.routing.stories import (
    Answer,
    Happening,
    Leaves,
    Placed,
    Ruled,
    renamed,
    renamed_decision,
    stories,
    told,
)
from tests.routing.worlds import PLACES, PROFILES, examples

GATE = "gate"
"""A skill every queue of a guarded story asks for and all of its agents have."""


def backwards(name: str) -> str:
    """Another name, that sorts the other way round."""
    return "".join(chr(0x17F - ord(letter)) for letter in name) + "~"


def elsewhere(name: str) -> str:
    return f"other {name}"


def in_any_order(answer: Answer) -> Answer:
    """Queues that held back did so at the same time."""
    return frozenset(replace(one, held_back=tuple(sorted(one.held_back))) for one in answer)


@examples(40)
@given(stories())
def test_names_make_no_difference(story: list[Happening]) -> None:
    other = told([renamed(happening, backwards) for happening in story])
    for answer, with_other_names in zip(told(story), other, strict=True):
        expected = frozenset(renamed_decision(decision, backwards) for decision in answer)
        assert in_any_order(expected) == in_any_order(with_other_names)


@examples(40)
@given(stories(), st.data())
def test_an_agent_who_may_serve_nobody_makes_no_difference(story: list[Happening], data: st.DataObject) -> None:
    plain = [guarded(happening) for happening in story]
    haunted: list[Happening] = []
    ghosts: set[int] = set()
    for happening in plain:
        if data.draw(st.booleans()):
            ghosts.add(len(haunted))
            haunted.append(data.draw(st.one_of(GHOSTS, GHOSTS, st.just(Leaves("nobody")))))
        haunted.append(happening)
    seen = [answer for at, answer in enumerate(told(haunted)) if at not in ghosts]
    assert list(map(in_any_order, seen)) == list(map(in_any_order, told(plain)))


@examples(30)
@given(stories(12), stories(12), st.data())
def test_what_happens_elsewhere_makes_no_difference(
    here: list[Happening], there: list[Happening], data: st.DataObject
) -> None:
    here = [guarded(happening) for happening in here]
    there = [renamed(guarded(happening), elsewhere) for happening in there]
    turns = data.draw(st.permutations([True] * len(here) + [False] * len(there)))
    left, right = iter(here), iter(there)
    both = told([next(left) if turn else next(right) for turn in turns])
    for mine, story in ((True, here), (False, there)):
        seen = [part(answer, mine) for answer, turn in zip(both, turns, strict=True) if turn == mine]
        assert seen == list(map(in_any_order, told(story)))


def part(answer: Answer, here: bool) -> Answer:
    return in_any_order(frozenset(one for one in answer if one.queue.startswith("other") != here))


# -- a story nobody without the gate's key takes part in -----------------------------------------------------------


def guarded(happening: Happening) -> Happening:
    match happening:
        case Ruled(rules, reserve):
            return Ruled(guarded_rules(rules), reserve)
        case Placed(agent, profile, place):
            return Placed(agent, replace(profile, skills={**profile.skills, GATE: 1}), place)
        case _:
            return happening


def guarded_rules(rules: QueueRules) -> QueueRules:
    steps = tuple(
        replace(step, requirement=None if step.requirement is None else behind_the_gate(step.requirement))
        for step in rules.relaxation
    )
    return replace(rules, requirement=behind_the_gate(rules.requirement), relaxation=steps)


def behind_the_gate(requirement: Requirement) -> Requirement:
    return all_of(has(GATE), requirement)


def haunting(profile: Profile, place: Place) -> Placed:
    return Placed("nobody", profile, replace(place, serving=()))


GHOSTS = st.builds(haunting, PROFILES, PLACES)
