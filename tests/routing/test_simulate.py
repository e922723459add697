"""The simulated center: what happens to callers and agents, rule by rule."""

from collections.abc import Sequence

import pytest

from routing.requirement import has
from routing.rules import (
    AgentOrder,
    Membership,
    Overflow,
    Profile,
    QueueRules,
    Relaxation,
    Then,
    When,
)
from routing.simulate import Arrivals, Call, Ending, Outcome, Scenario, ServiceLevel, Shape, Staff, Times, simulate
from routing.simulate.draw import calls_of
from routing.simulate.outcome import Fate, Load, QueueFigures, gini, spread
from routing.simulate.scenario import HOUR, MINUTE

ONE = (QueueRules("q"),)
ANNE, BOB = Staff("anne", Profile()), Staff("bob", Profile())


def told(
    calls: Sequence[Call],
    staff: Sequence[Staff] = (ANNE,),
    queues: Sequence[QueueRules] = ONE,
    ring: int = 0,
    length: int = HOUR,
    warm_up: int = 0,
) -> Outcome:
    return simulate(
        Scenario(tuple(queues), tuple(staff), length, calls=tuple(calls), ring=ring, warm_up=warm_up), seed=0
    )


def ends(outcome: Outcome) -> list[tuple[Ending, int, str]]:
    return [(fate.ending, fate.waited, fate.agent) for fate in outcome.fates]


BUSY = Call(0, "q", 60_000)


# -- callers and agents ------------------------------------------------------------------------------------------------


def test_a_caller_waits_for_the_agent_and_gives_up_when_it_takes_too_long() -> None:
    outcome = told([BUSY, Call(1_000, "q", 5_000), Call(2_000, "q", 5_000, patience=10_000)])
    assert ends(outcome) == [
        (Ending.SERVED, 0, "anne"),
        (Ending.SERVED, 59_000, "anne"),
        (Ending.ABANDONED, 10_000, ""),
    ]
    assert [fate.forecast is None for fate in outcome.fates] == [True, False, False]


def test_ringing_counts_as_waiting_and_a_caller_may_give_up_meanwhile() -> None:
    outcome = told([Call(0, "q", 9_000, patience=3_000), Call(1_000, "q", 9_000, patience=7_000)], ring=5_000)
    assert ends(outcome) == [(Ending.ABANDONED, 3_000, ""), (Ending.SERVED, 7_000, "anne")]
    assert outcome.loads == [Load("anne", 3_000 + 14_000, HOUR, 1)]


def test_patience_that_ends_with_the_ringing_is_enough() -> None:
    assert ends(told([Call(0, "q", 9_000, patience=5_000)], ring=5_000)) == [(Ending.SERVED, 5_000, "anne")]


def test_agents_come_and_go_and_finish_what_they_have() -> None:
    shift = Staff("anne", Profile(), ((10_000, 20_000), (50_000, 90_000)))
    outcome = told([Call(0, "q", 15_000), Call(1_000, "q", 1_000)], [shift])
    assert ends(outcome) == [(Ending.SERVED, 10_000, "anne"), (Ending.SERVED, 49_000, "anne")]
    assert outcome.loads == [Load("anne", 15_000 + 1_000, 15_000 + 40_000, 2)]


def test_who_is_never_served_is_left() -> None:
    gone = Staff("anne", Profile(), ((0, 10_000),))
    outcome = told([Call(11_000, "q", 1_000)], [gone])
    assert [ending for ending, _, _ in ends(outcome)] == [Ending.LEFT]
    assert outcome.fates[0].forecast is not None
    assert outcome.fates[0].forecast.estimate is None


def test_an_agent_of_two_channels_holds_as_many_contacts_as_he_may() -> None:
    both = Staff("anne", Profile(capacity={"voice": 1, "chat": 2}))
    chats = [Call(n, "q", 60_000, channel="chat") for n in range(3)]
    outcome = told([*chats, Call(5, "q", 1_000), Call(6, "q", 1_000)], [both])
    assert [waited for _, waited, _ in ends(outcome)] == [0, 0, 60_000 - 2, 0, 999]
    assert outcome.loads[0].worked == 120_000


def test_only_after_the_warm_up_it_counts_and_loads_end_with_the_arrivals() -> None:
    outcome = told([BUSY, Call(61_000, "q", 60_000)], warm_up=30_000, length=90_000)
    assert len(outcome.fates) == 1
    assert outcome.loads == [Load("anne", 30_000 + 29_000, 60_000, 1)]


def test_work_is_faster_at_higher_levels() -> None:
    scenario = Scenario(
        queues=(QueueRules("q", requirement=has("tax")),),
        staff=(Staff("learner", Profile({"tax": 2})), Staff("master", Profile({"tax": 9}), ((HOUR, 2 * HOUR),))),
        calls=(Call(0, "q", 60_000), Call(HOUR + 1, "q", 60_000), Call(HOUR + 2, "q", 60_000)),
        length=2 * HOUR,
        speed={"tax": {3: 0.9, 6: 0.5}},
    )
    assert [(fate.agent, fate.worked) for fate in simulate(scenario, 0).fates] == [
        ("learner", 60_000),
        ("learner", 60_000),
        ("master", 30_000),
    ]


# -- rules of the engine -----------------------------------------------------------------------------------------------


def test_a_contact_widens_when_it_is_due() -> None:
    steps = (Relaxation(10_000, lower_by=1), Relaxation(20_000, lower_by=3))
    rules = QueueRules("q", requirement=has("tax", 5), relaxation=steps)
    outcome = told(
        [Call(0, "q", 1_000), Call(1_000, "q", 1_000, patience=5_000)], [Staff("anne", Profile({"tax": 2}))], [rules]
    )
    assert ends(outcome) == [(Ending.SERVED, 20_000, "anne"), (Ending.ABANDONED, 5_000, "")]
    assert [fate.stage for fate in outcome.fates] == [2, 0]


def test_a_preferred_agent_is_waited_for_until_he_leaves_or_patience_ends() -> None:
    rules = QueueRules("q", preferred_patience=30_000)
    leaver = Staff("anne", Profile(), ((0, 10_000),))
    busy_then = [BUSY, Call(1_000, "q", 1_000, preferred="anne")]
    assert ends(told(busy_then, [ANNE, BOB], [rules]))[1] == (Ending.SERVED, 30_000, "bob")
    assert ends(told(busy_then, [leaver, BOB], [rules]))[1] == (Ending.SERVED, 9_000, "bob")
    assert ends(told([BUSY, BUSY, *busy_then[1:]], [leaver, BOB], [rules]))[2] == (Ending.SERVED, 59_000, "bob")


def test_the_reserve_joins_while_the_last_in_line_would_wait_too_long() -> None:
    rules = QueueRules("q", reserve_over=200_000)
    reserve = Staff("zoe", Profile(memberships={"q": Membership(reserve=True)}))
    outcome = told([BUSY, *(Call(n, "q", 1_000) for n in range(1, 4))], [ANNE, reserve], [rules])
    assert ends(outcome) == [
        (Ending.SERVED, 0, "anne"),
        (Ending.SERVED, 1, "zoe"),
        (Ending.SERVED, 1_000, "zoe"),
        (Ending.SERVED, 59_997, "anne"),
    ]


def test_the_reserve_stays_until_the_wait_is_half_of_what_called_it() -> None:
    rules = QueueRules("q", reserve_over=300_000)
    reserve = Staff("zoe", Profile(memberships={"q": Membership(reserve=True)}))
    calls = [BUSY, Call(0, "q", 5_000), Call(0, "q", 1_000), Call(1, "q", 1, patience=1_000)]
    outcome = told(calls, [ANNE, reserve], [rules])
    assert ends(outcome)[1:] == [
        (Ending.SERVED, 0, "zoe"),
        (Ending.SERVED, 5_000, "zoe"),
        (Ending.ABANDONED, 1_000, ""),
    ]


def test_a_full_queue_sends_on_to_another_but_not_in_circles() -> None:
    full = QueueRules("q", requirement=has("tax"), overflow=(Overflow(When.FULL, Then.QUEUE, limit=1, target="help"),))
    back = QueueRules("help", requirement=has("tax"), overflow=(Overflow(When.FULL, Then.QUEUE, limit=1, target="q"),))
    calls = [BUSY, Call(1_000, "q", 1_000), Call(2_000, "q", 1_000), Call(3_000, "q", 1_000)]
    outcome = told(calls, [Staff("anne", Profile({"tax": 1}))], [full, back])
    assert [waited for _, waited, _ in ends(outcome)] == [0, 59_000, 59_000, 59_000]
    assert [decision.queue for _, decision in outcome.decisions] == ["q", "q", "help", "help"]


def test_who_waited_too_long_is_sent_away_or_stays_when_there_is_nowhere_to_go() -> None:
    away = QueueRules("q", overflow=(Overflow(When.WAITED_OVER, Then.CALLBACK, limit=20_000),))
    nowhere = QueueRules("q", overflow=(Overflow(When.WAITED_OVER, Then.QUEUE, limit=20_000, target="gone"),))
    calls = [BUSY, Call(0, "q", 1_000), Call(50_000, "q", 1_000)]
    assert ends(told(calls, queues=[away]))[1:] == [(Ending.OVERFLOWED, 20_000, ""), (Ending.SERVED, 10_000, "anne")]
    assert ends(told(calls, queues=[nowhere]))[1:] == [(Ending.SERVED, 60_000, "anne"), (Ending.SERVED, 11_000, "anne")]


def test_limits_of_a_queue_that_sent_the_contact_on_no_longer_count() -> None:
    rules = (
        Overflow(When.WAITED_OVER, Then.QUEUE, limit=10_000, target="help"),
        Overflow(When.WAITED_OVER, Then.CALLBACK, limit=20_000),
    )
    outcome = told([BUSY, Call(0, "q", 1_000)], queues=[QueueRules("q", overflow=rules), QueueRules("help")])
    assert ends(outcome)[1] == (Ending.SERVED, 60_000, "anne")
    assert outcome.decisions[1][1].queue == "help"


def test_a_long_estimate_sends_away_but_not_past_an_idle_agent() -> None:
    rules = QueueRules("q", overflow=(Overflow(When.ESTIMATE_OVER, Then.VOICEMAIL, limit=60_000),))
    assert [ending for ending, _, _ in ends(told([BUSY, Call(1, "q", 1)], queues=[rules]))] == [
        Ending.SERVED,
        Ending.OVERFLOWED,
    ]


def test_nobody_waits_in_a_queue_whose_last_agent_leaves_when_a_rule_says_so() -> None:
    rules = QueueRules("q", overflow=(Overflow(When.UNATTENDED, Then.MESSAGE),))
    outcome = told(
        [BUSY, Call(1_000, "q", 1_000), Call(40_000, "q", 1_000)], [Staff("anne", Profile(), ((0, 30_000),))], [rules]
    )
    assert ends(outcome)[1:] == [(Ending.OVERFLOWED, 29_000, ""), (Ending.OVERFLOWED, 0, "")]


def test_a_rule_for_the_unattended_does_nothing_while_somebody_is_there() -> None:
    rules = QueueRules("q", overflow=(Overflow(When.UNATTENDED, Then.MESSAGE),))
    leaver = Staff("bob", Profile(), ((0, 30_000),))
    outcome = told([BUSY, BUSY, Call(1_000, "q", 1_000)], [ANNE, leaver], [rules])
    assert ends(outcome)[2] == (Ending.SERVED, 59_000, "anne")


# -- drawn calls -------------------------------------------------------------------------------------------------------


def crowd(**more: object) -> Scenario:
    kinds = (
        Arrivals("q", (60, 0, 120), Times(MINUTE), Times(MINUTE, Shape.CONSTANT), slot=10 * MINUTE),
        Arrivals("q", (30,), Times(MINUTE, Shape.LOGNORMAL, 0.5), preferred=("anne", "bob"), preferred_share=0.5),
    )
    return Scenario(ONE, (ANNE, BOB), 20 * HOUR, kinds[: 1 if more.get("alone") else 2])


def test_the_same_seed_gives_the_same_day_decision_by_decision() -> None:
    first, again, other = (simulate(crowd(), seed) for seed in (7, 7, 8))
    assert (first.fates, first.loads, first.decisions) == (again.fates, again.loads, again.decisions)
    assert first.fates != other.fates


def test_another_kind_of_callers_changes_nothing_about_the_first() -> None:
    alone = calls_of(crowd(alone=True), 7)
    assert [call for call in calls_of(crowd(), 7) if call.patience is not None] == alone


def test_calls_come_at_the_rates_of_their_slots() -> None:
    calls = calls_of(crowd(alone=True), 7)
    slots = [sum(1 for call in calls if call.at // (10 * MINUTE) % 3 == n) for n in range(3)]
    assert slots == [pytest.approx(400, rel=0.1), 0, pytest.approx(800, rel=0.1)]
    assert {call.patience for call in calls} == {MINUTE}


def test_durations_have_the_mean_and_the_scatter_they_should() -> None:
    calls = [call for call in calls_of(crowd(), 7) if call.patience is None]
    works = [call.work for call in calls]
    mean = sum(works) / len(works)
    scatter = (sum((work - mean) ** 2 for work in works) / len(works)) ** 0.5
    assert mean == pytest.approx(MINUTE, rel=0.06)
    assert scatter / mean == pytest.approx(0.5, rel=0.12)
    assert sum(1 for call in calls if call.preferred) / len(calls) == pytest.approx(0.5, abs=0.06)


# -- figures -----------------------------------------------------------------------------------------------------------


def fate(ending: Ending, waited: int) -> Fate:
    return Fate("0", BUSY, ending, waited)


FIGURES = QueueFigures(
    20_000,
    [
        *(fate(Ending.SERVED, waited) for waited in (0, 5_000, 20_000, 20_001)),
        *(fate(Ending.ABANDONED, waited) for waited in (5_000, 5_001, 30_000)),
        fate(Ending.OVERFLOWED, 60_000),
    ],
)


@pytest.mark.parametrize(
    ("formula", "level"),
    [
        (ServiceLevel.OF_OFFERED, 3 / 8),
        (ServiceLevel.LESS_SHORT, 3 / 7),
        (ServiceLevel.WITH_ABANDONED, 5 / 8),
        (ServiceLevel.OF_ANSWERED, 3 / 4),
        (ServiceLevel.LATE_ABANDONED, 3 / 6),
    ],
)
def test_every_formula_of_the_service_level(formula: ServiceLevel, level: float) -> None:
    assert FIGURES.service_level(formula) == level
    assert QueueFigures(20_000, []).service_level(formula) == 1.0


def test_waits_and_counts() -> None:
    assert (FIGURES.offered, FIGURES.answered, FIGURES.abandoned, FIGURES.abandonment) == (8, 4, 4, 0.5)
    assert FIGURES.mean_wait == 145_002 / 8
    assert FIGURES.speed_of_answer == 45_001 / 4
    assert [FIGURES.quantile(share) for share in (0.0, 0.5, 1.0)] == [0, 20_000, 60_000]


def test_figures_of_nobody() -> None:
    nobody = QueueFigures(20_000, [])
    assert (nobody.abandonment, nobody.mean_wait, nobody.speed_of_answer, nobody.had_to_wait) == (0, 0, 0, 0)
    assert nobody.quantile(0.5) == 0
    assert Outcome(Scenario(ONE, (), 1), (), ()).service_level() == 1.0
    assert (spread([]), gini([0.0, 0.0]), Load("anne", 0, 0, 0).occupancy) == (0, 0, 0)


def test_how_uneven_work_is() -> None:
    assert spread([0.5, 0.25, 0.75]) == 0.5
    assert gini([1.0, 1.0, 1.0]) == pytest.approx(0)
    assert gini([0.0, 0.0, 0.0, 1.0]) == 0.75


def test_the_service_level_of_all_weighs_queues_by_their_calls() -> None:
    queues = (QueueRules("q", target=1_000), QueueRules("r", target=100_000))
    calls = [BUSY, Call(0, "q", 1), Call(0, "q", 1), Call(0, "r", 1)]
    outcome = told(calls, queues=queues)
    assert outcome.service_level() == (1 + 1) / 4
    assert outcome.total.offered == 4


def test_who_signed_in_or_got_free_first_has_been_idle_longest() -> None:
    late = Staff("bob", Profile(), ((10_000, HOUR),))
    outcome = told([Call(1_000, "q", 19_000), Call(30_000, "q", 1)], [ANNE, late])
    assert [agent for _, _, agent in ends(outcome)] == ["anne", "bob"]


def test_the_order_of_agents_is_that_of_the_queue() -> None:
    expert = Staff("expert", Profile({"a": 9, "b": 9, "c": 9}))
    novice = Staff("novice", Profile({"a": 2}))
    for order, first in ((AgentOrder.MOST_SKILLED, "expert"), (AgentOrder.LEAST_SKILLED, "novice")):
        rules = QueueRules("q", requirement=has("a"), agent_order=order)
        assert ends(told([Call(1, "q", 1)], [expert, novice], [rules]))[0][2] == first
