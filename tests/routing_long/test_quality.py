"""How well the engine routes, in small; `python -m benchmarks.routing_quality` has the tables."""

from statistics import fmean

import pytest

from benchmarks.routing_centers import SMALL, day, few_skills, generalists_last, same_order, tuned
from benchmarks.routing_optimum import Model, Optimum
from benchmarks.routing_quality import OPTIMUM_AIM, POOLING_AIM, against_optimum, judged, truth
from routing.rules import AgentOrder
from routing.simulate import simulate
from routing.simulate.app_queue import Settings, Strategy, simulate_app_queue
from routing.simulate.erlang import erlang_c
from routing.simulate.outcome import gini
from routing.simulate.scenario import HOUR, MINUTE


def test_the_optimum_of_alike_agents_is_erlang_c() -> None:
    optimum = Optimum(Model("M/M/4", {"a": 64}, {"x": 4}, {("a", "x"): 3.0 * MINUTE}, line=70))
    assert optimum.mean_wait == pytest.approx(erlang_c(64 / HOUR, 1 / (3 * MINUTE), 4).mean_wait, rel=1e-3)


@pytest.mark.parametrize("number", range(3), ids=lambda number: SMALL[number][0].name)
def test_no_policy_waits_much_less_on_a_small_center(number: int) -> None:
    """Of the V- and N-models; the optimum itself is simulated close to its exact value."""
    model, setting = SMALL[number]
    found = against_optimum(Optimum(model), setting.rules(list(model.per_hour)), range(4), hours=100)
    assert found.ratio[0] < OPTIMUM_AIM
    assert found.simulated == pytest.approx(found.exact, rel=0.2)


def test_the_settings_matter() -> None:
    """As it comes, long work goes before short work and the mean wait is far from the best."""
    assert against_optimum(Optimum(SMALL[2][0]), {}, range(2), hours=100).ratio[0] > 1.2


def test_two_skills_are_nearly_as_good_as_all() -> None:
    two, everything = few_skills("abc", 0.95, 2, hours=9), few_skills("abc", 0.95, 3, hours=9)
    waits = [fmean(simulate(scenario, seed).total.mean_wait for seed in range(3)) for scenario in (two, everything)]
    assert waits[0] < POOLING_AIM * waits[1]


def test_longest_idle_shares_the_work_of_a_day_more_evenly_than_any_strategy_of_app_queue() -> None:
    plan = day(plan=same_order(AgentOrder.LONGEST_IDLE))
    ours = fmean(gini(simulate(plan, seed).occupancies()) for seed in range(3))
    for strategy in Strategy:
        theirs = fmean(gini(simulate_app_queue(plan, seed, Settings(strategy)).occupancies()) for seed in range(3))
        assert ours < theirs


def test_least_occupied_shares_it_more_evenly_still() -> None:
    even = [
        fmean(gini(simulate(day(plan=same_order(order)), seed).occupancies()) for seed in range(3))
        for order in (AgentOrder.LEAST_OCCUPIED, AgentOrder.LONGEST_IDLE)
    ]
    assert even[0] < 0.8 * even[1]


def test_a_day_is_in_time_as_often_as_with_app_queue_and_waits_less() -> None:
    """On the same calls. Skills by penalties are its best; the difference to them is small."""
    plain = day()
    ours = [judged(plain, simulate(day(plan=tuned()), seed)) for seed in range(5)]
    best = [simulate_app_queue(plain, seed, Settings(Strategy.RRMEMORY, generalists_last(plain))) for seed in range(5)]
    usual = [simulate_app_queue(plain, seed, Settings(Strategy.LEASTRECENT)) for seed in range(5)]
    levels = [fmean(run.service_level() for run in runs) for runs in (ours, best, usual)]
    assert levels[0] > levels[1] - 0.005
    assert levels[0] > levels[2] + 0.005
    waits = [fmean(run.total.mean_wait for run in runs) for runs in (ours, best, usual)]
    assert waits[0] < min(waits[1:])


def test_the_estimated_wait_of_a_day_is_as_true_as_it_says() -> None:
    found = truth(simulate(day(), seed=1), "power_fault")
    assert found.contacts > 500
    assert found.miss < 1.05 * found.naive_miss
    assert found.covered == pytest.approx(0.8, abs=0.05)
