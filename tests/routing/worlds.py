"""Random call centers for the properties of `routing`: few names and small times, so that everything meets."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st

from routing import Matching, linebook, lines, matching
from routing.requirement import ANYBODY, Requirement, all_of, any_of, has, no
from routing.rules import (
    AgentOrder,
    Contact,
    Membership,
    Place,
    Profile,
    QueueRules,
    Relaxation,
    Storm,
    Weights,
)

SKILLS = ("power", "english", "billing")
QUEUES = ("a", "b", "c")
AGENTS = tuple("PQRSTU")
CONTACTS = tuple(str(number) for number in range(9))
CHANNELS = ("voice", "chat")
BEST_PRIORITY = 3
GRADES = {"gold": 70, "silver": 15}

LEVELS = st.integers(1, 4)
HAS = st.builds(has, st.sampled_from(SKILLS), LEVELS)
REQUIREMENTS: st.SearchStrategy[Requirement] = st.recursive(
    st.one_of(st.just(ANYBODY), HAS, HAS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: all_of(*parts)),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: any_of(*parts)),
        inner.map(no),
    ),
    max_leaves=4,
)
"""Everything that can be asked for."""
USUAL = st.one_of(st.just(ANYBODY), st.just(ANYBODY), HAS, REQUIREMENTS)
"""Mostly what somebody can meet."""

MEMBERSHIPS = st.builds(Membership, priority=st.integers(1, 4), reserve=st.sampled_from((False, False, True)))
PROFILES = st.builds(
    Profile,
    skills=st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 5), max_size=3),
    memberships=st.dictionaries(st.sampled_from(QUEUES), MEMBERSHIPS, max_size=3),
    capacity=st.fixed_dictionaries({"voice": st.just(1), "chat": st.integers(1, 3)}),
)

EIGHTHS = st.integers(0, 12).map(lambda eighth: eighth * 125)
"""Times whose seconds have no rounding, so that sums of weights compare the same in any order."""
WEIGHTS = st.builds(
    Weights,
    idle_second=st.sampled_from((0.0, 1.0)),
    skill_level=st.sampled_from((-1.0, 0.0, 0.5)),
    spare_skill=st.sampled_from((-0.5, 0.0, 2.0)),
    occupancy_percent=st.sampled_from((-0.25, 0.0, 0.25)),
)
STORMS = st.builds(Storm, waiting=st.integers(0, 3), share=st.sampled_from((0, 34, 50, 100)))
RELAXATIONS = st.builds(
    Relaxation,
    after=st.sampled_from((0, 10, 25, 60)),
    requirement=st.one_of(st.none(), USUAL),
    lower_by=st.integers(0, 3),
    drop=st.frozensets(st.sampled_from(SKILLS), max_size=1),
    queues=st.frozensets(st.sampled_from(QUEUES), max_size=2),
    reserve=st.booleans(),
)


def rules_of(queue: st.SearchStrategy[str]) -> st.SearchStrategy[QueueRules]:
    """Rules of one of the queues."""
    return st.builds(
        QueueRules,
        id=queue,
        requirement=USUAL,
        members_only=st.booleans(),
        agent_order=st.sampled_from(AgentOrder),
        weights=WEIGHTS,
        target=st.sampled_from((0, 20, 100)),
        priority_head_start=st.sampled_from((0, 50, 600)),
        grade_head_start=st.just(GRADES),
        membership_head_start=st.sampled_from((0, 30)),
        preferred_patience=st.sampled_from((0, 0, 20, 40)),
        relaxation=st.lists(RELAXATIONS, max_size=3).map(tuple),
        storm=st.one_of(
            st.none(), st.builds(Storm, waiting=st.integers(0, 3), share=st.sampled_from((0, 34, 50, 100)))
        ),
    )


RULES = rules_of(st.sampled_from(QUEUES))


COMING = st.builds(
    Contact,
    id=st.sampled_from(CONTACTS),
    queue=st.sampled_from(QUEUES),
    age_from=st.integers(920, 1000),
    order=st.just(0),
    requirement=USUAL,
    channel=st.sampled_from(CHANNELS),
    priority=st.integers(0, BEST_PRIORITY),
    grade=st.sampled_from(("", "gold", "silver", "unheard of")),
    preferred=st.sampled_from(("", "", *AGENTS, "nobody")),
)
"""Contacts that came in within the last moments before 1000. Each gets its own `order` when it comes."""

ON_OFFER = st.builds(
    Place,
    state=st.just("available"),
    channels=st.frozensets(st.sampled_from(CHANNELS), min_size=1),
    since=EIGHTHS,
    order=st.just(0),
    occupancy=st.sampled_from((0.0, 25.0, 50.0)),
    serving=st.lists(st.sampled_from(QUEUES), max_size=2).map(tuple),
)
BUSY = st.builds(Place, state=st.just("connected"), serving=st.sampled_from(QUEUES).map(lambda queue: (queue,)))
PLACES = st.one_of(ON_OFFER, ON_OFFER, BUSY, st.just(Place("signed_out")))
"""Each gets its own `order`, so no two agents are equal."""


@contextmanager
def impatient(kept: int = 3, patience: int = 1, plans: int = 4) -> Iterator[None]:
    """With room for so little that lines, heaps and plans are tidied away at every turn."""
    with (
        patch.object(linebook, "_KEPT", kept),
        patch.object(lines, "_PATIENCE", patience),
        patch.object(matching, "_PLANS_KEPT", plans),
    ):
        yield


def small_matching() -> Matching:
    """One that tidies from its first lines on."""
    made = Matching()
    made._lines._tidy_at = linebook._KEPT
    return made


def examples(count: int) -> settings:
    """So many random examples, however long they take."""
    return settings(max_examples=count, deadline=None)


def turns(count: int, steps: int) -> settings:
    """So many random stories of so many steps."""
    return settings(max_examples=count, stateful_step_count=steps, deadline=None)


def on_offer(since: int = 0, order: int = 0, occupancy: float = 0.0) -> Place:
    """An agent who can take a call."""
    return Place("available", frozenset(("voice",)), since, order, occupancy)


def skilled(**skills: int) -> Profile:
    """An agent with `skills` and no memberships."""
    return Profile(skills)


def member(skills: Mapping[str, int] | None = None, **memberships: Membership) -> Profile:
    """An agent with `memberships`."""
    return Profile(skills or {}, memberships)
