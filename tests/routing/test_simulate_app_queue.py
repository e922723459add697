"""The model of app_queue does what its source does."""

from collections.abc import Mapping, Sequence

from routing.requirement import has
from routing.rules import Profile, QueueRules
from routing.simulate import Call, Ending, Outcome, Scenario, Staff
from routing.simulate.app_queue import Settings, Strategy, simulate_app_queue
from routing.simulate.scenario import HOUR

THREE = tuple(Staff(name, Profile({"q": 1})) for name in ("anne", "bob", "carl"))
Q = QueueRules("q", requirement=has("q"))


def told(
    calls: Sequence[Call],
    strategy: Strategy = Strategy.RRMEMORY,
    staff: Sequence[Staff] = THREE,
    queues: Sequence[QueueRules] = (Q,),
    penalties: Mapping[str, Mapping[str, int]] | None = None,
    weights: Mapping[str, int] | None = None,
) -> Outcome:
    scenario = Scenario(tuple(queues), tuple(staff), HOUR, calls=tuple(calls))
    return simulate_app_queue(scenario, 0, Settings(strategy, penalties or {}, weights or {}))


def waits(outcome: Outcome) -> list[int]:
    return [fate.waited for fate in outcome.fates]


def agents(outcome: Outcome) -> list[str]:
    return [fate.agent for fate in outcome.fates]


def test_a_freed_member_waits_for_the_next_look_of_the_caller() -> None:
    calls = [Call(0, "q", 10_300), Call(100, "q", 1_000), Call(200, "q", 1_000, patience=5_000)]
    outcome = told(calls, staff=THREE[:1])
    assert waits(outcome) == [0, 11_000, 5_000]
    assert [fate.ending for fate in outcome.fates] == [Ending.SERVED, Ending.SERVED, Ending.ABANDONED]


def test_as_many_callers_as_members_are_free_may_try() -> None:
    calls = [*(Call(0, "q", 10_000) for _ in range(3)), *(Call(100, "q", 1_000) for _ in range(4))]
    assert waits(told(calls)) == [0, 0, 0, 10_000, 10_000, 10_000, 11_000]


def test_a_caller_of_higher_priority_goes_first() -> None:
    calls = [Call(0, "q", 10_000), Call(100, "q", 1_000), Call(200, "q", 900, priority=1)]
    assert waits(told(calls, staff=THREE[:1])) == [0, 12_000, 10_000]


def test_round_robin_goes_on_where_it_was() -> None:
    calls = [Call(5_000 * n, "q", 1_000) for n in range(5)]
    assert agents(told(calls)) == ["anne", "bob", "carl", "anne", "bob"]


def test_round_robin_by_penalty_and_past_those_who_are_busy() -> None:
    calls = [Call(0, "q", 60_000), *(Call(5_000 * n, "q", 1_000) for n in range(1, 5))]
    outcome = told(calls, penalties={"q": {"carl": 1}})
    assert agents(outcome) == ["anne", "bob", "bob", "bob", "bob"]


def test_least_recent_is_who_hung_up_longest_ago_and_none_yet_is_first() -> None:
    calls = [Call(5_000 * n, "q", 2_500 * (n + 1)) for n in range(6)]
    assert agents(told(calls, Strategy.LEASTRECENT)) == ["carl", "bob", "anne", "carl", "bob", "anne"]


def test_fewest_calls() -> None:
    calls = [
        Call(0, "q", 60_000),
        Call(1, "q", 1_000),
        Call(2, "q", 1_000),
        *(Call(5_000 * n, "q", 1_000) for n in (1, 2, 3)),
    ]
    assert agents(told(calls, Strategy.FEWESTCALLS)) == ["carl", "bob", "anne", "bob", "anne", "bob"]


def test_random_takes_everybody_in_turn_and_the_same_seed_the_same() -> None:
    calls = [Call(5_000 * n, "q", 1_000) for n in range(100)]
    found = agents(told(calls, Strategy.RANDOM))
    assert set(found) == {"anne", "bob", "carl"}
    assert found == agents(told(calls, Strategy.RANDOM))


def test_a_queue_of_more_weight_keeps_the_member_and_the_other_tries_again_after_five_seconds() -> None:
    heavy = QueueRules("h", requirement=has("h"))
    both = (Staff("anne", Profile({"q": 1, "h": 1})),)
    calls = [Call(0, "q", 9_950), Call(0, "q", 1_000), Call(100, "h", 1_000)]
    assert waits(told(calls, staff=both, queues=(Q, heavy))) == [0, 10_000, 11_000]
    for strategy in Strategy:
        assert waits(told(calls, strategy, both, (Q, heavy), weights={"h": 1})) == [0, 15_000, 10_000]


def test_members_are_those_of_the_queue_and_may_leave() -> None:
    leaver = Staff("bob", Profile({"q": 1}), ((0, 5_000),))
    other = Staff("zoe", Profile({"z": 1}))
    calls = [Call(0, "q", 60_000), Call(1_000, "q", 8_000), Call(6_000, "q", 1_000)]
    outcome = told(calls, staff=(THREE[0], leaver, other))
    assert agents(outcome) == ["anne", "bob", "anne"]
    assert waits(outcome) == [0, 0, 54_000]


def test_only_listed_members_serve_a_queue_of_members() -> None:
    closed = QueueRules("q", members_only=True)
    assert [fate.ending for fate in told([Call(0, "q", 1_000, patience=9_000)], queues=(closed,)).fates] == [
        Ending.ABANDONED
    ]


def test_who_nobody_could_be_found_for_is_counted_as_having_waited() -> None:
    outcome = told([Call(0, "q", 10_000), Call(1, "q", 1_000)], staff=THREE[:1])
    assert outcome.total.had_to_wait == 0.5
