"""The estimated wait: against what really happened in simulation, and its rules one by one."""

from dataclasses import asdict, dataclass
from statistics import fmean

import pytest

from routing.estimate import COVERED, Estimate, Pace
from routing.requirement import has
from routing.rules import Profile, QueueRules
from routing.simulate import Arrivals, Ending, Outcome, Scenario, Staff, Times, simulate
from routing.simulate.scenario import HOUR, MINUTE, SECOND

WORK = 3 * MINUTE


@dataclass(frozen=True, slots=True)
class Score:
    """Of the contacts of a queue that had to wait. `miss`, `naive_miss`: mean absolute error over mean wait."""

    contacts: int
    miss: float
    naive_miss: float
    covered: float


def score(outcome: Outcome, queue: str) -> Score:
    waits: list[int] = []
    misses: list[float] = []
    naive: list[float] = []
    covered: list[bool] = []
    for fate in outcome.queue(queue).fates:
        if fate.ending is Ending.SERVED and fate.forecast is not None and fate.forecast.estimate is not None:
            told = fate.forecast.estimate
            waits.append(fate.waited)
            misses.append(abs(fate.waited - told.expected_ms))
            naive.append(abs(fate.waited - fate.forecast.ahead * WORK / fate.forecast.staff))
            covered.append(misses[-1] <= told.error_ms)
    mean = fmean(waits)
    return Score(len(waits), fmean(misses) / mean, fmean(naive) / mean, fmean(covered))


def team(count: int, name: str, *skills: str) -> tuple[Staff, ...]:
    return tuple(Staff(f"{name}-{n}", Profile(dict.fromkeys(skills, 1))) for n in range(count))


def test_agents_of_one_queue() -> None:
    """Here the naive rule is as good as can be: it is given the true mean of the work."""
    scenario = Scenario((QueueRules("q"),), team(10, "x"), 40 * HOUR, (Arrivals("q", (180,), Times(WORK)),))
    found = score(simulate(scenario, seed=1), "q")
    assert found.contacts > 3_000
    assert found.miss < 1.1 * found.naive_miss
    assert found.covered == pytest.approx(COVERED, abs=0.02)


def test_agents_shared_with_another_queue() -> None:
    scenario = Scenario(
        queues=(QueueRules("a", requirement=has("a")), QueueRules("b", requirement=has("b"))),
        staff=(*team(5, "x", "a"), *team(5, "y", "a", "b")),
        arrivals=(Arrivals("a", (100,), Times(WORK)), Arrivals("b", (80,), Times(WORK))),
        length=40 * HOUR,
    )
    outcome = simulate(scenario, seed=2)
    found = {queue: score(outcome, queue) for queue in ("a", "b")}
    assert found["a"].miss < 0.75 * found["a"].naive_miss
    assert found["b"].miss < 1.05 * found["b"].naive_miss
    for one in found.values():
        assert one.contacts > 1_000
        assert one.covered == pytest.approx(COVERED, abs=0.02)


def test_changing_load_with_callers_who_give_up() -> None:
    scenario = Scenario(
        queues=(QueueRules("q"),),
        staff=(*team(6, "x"), *(Staff(f"y-{n}", Profile(), ((0, 8 * HOUR), (16 * HOUR, 36 * HOUR))) for n in range(4))),
        arrivals=(Arrivals("q", (120, 260, 120, 220, 150, 180), Times(WORK), Times(10 * MINUTE)),),
        length=40 * HOUR,
    )
    found = score(simulate(scenario, seed=3), "q")
    assert found.contacts > 2_000
    assert found.miss < found.naive_miss
    assert found.covered == pytest.approx(COVERED, abs=0.02)


def test_before_anything_is_known_it_is_by_the_book() -> None:
    assert Pace(work=120_000).estimate(ahead=4, staff=10, now=0) == Estimate(60_000, 29_394, (60_000, 60_000, 60_000))


def test_without_staff_there_is_no_estimate() -> None:
    assert Pace().estimate(ahead=0, staff=0, now=0) is None


def test_the_work_time_is_learned() -> None:
    pace = Pace()
    for _ in range(500):
        pace.finished(60 * SECOND)
    told = pace.estimate(ahead=0, staff=1, now=0)
    assert told is not None
    assert told.expected_ms == pytest.approx(60_000, rel=0.01)


def test_staff_who_serve_others_as_well_make_it_longer_and_that_is_forgotten_in_time() -> None:
    pace = Pace(work=60_000)
    for n in range(1, 200):
        pace.started(waited=60_000, staff=10, now=n * 30_000)
    told = pace.estimate(ahead=0, staff=10, now=200 * 30_000)
    later = pace.estimate(ahead=0, staff=10, now=200 * 30_000 + 24 * HOUR)
    assert told is not None
    assert [round(view, -3) for view in told.views] == [6_000, 30_000, 60_000]
    assert later is not None
    assert later.views == (6_000, 6_000, 60_000)


def test_time_in_which_nobody_waited_does_not_slow_the_line() -> None:
    pace = Pace(work=60_000)
    for n in range(1, 200):
        pace.started(waited=6_000, staff=10, now=n * 600_000)
    told = pace.estimate(ahead=0, staff=10, now=200 * 600_000)
    assert told is not None
    assert told.views[1] == pytest.approx(6_000, rel=0.01)


def test_the_view_that_was_right_lately_counts_most() -> None:
    pace = Pace(work=60_000)
    for n in range(1, 200):
        pace.started(waited=50_000, staff=10, now=n * 400_000, forecast=Estimate(30_000, 1, (6_000, 25_000, 50_000)))
    told = pace.estimate(ahead=0, staff=10, now=200 * 400_000)
    assert told is not None
    assert told.expected_ms == pytest.approx(50_000, rel=0.05)


def test_those_who_give_up_shorten_the_line() -> None:
    patient, impatient = Pace(work=60_000), Pace(work=60_000)
    for _ in range(200):
        patient.started(waited=0, staff=1, now=0)
        impatient.gave_up(waited=60_000)
    few = [pace.estimate(ahead=9, staff=1, now=0) for pace in (patient, impatient)]
    assert few[0] is not None
    assert few[0].expected_ms == 600_000
    assert few[1] is not None
    exact = sum(60_000 / (1 + n) for n in range(10))
    assert few[1].expected_ms == pytest.approx(exact, rel=0.05)


def test_the_error_grows_with_misses_and_shrinks_without_but_never_out_of_bounds() -> None:
    missing, hitting = Pace(), Pace()
    for _ in range(2_000):
        missing.started(waited=0, staff=1, now=0, forecast=Estimate(90_000, 10))
        hitting.started(waited=0, staff=1, now=0, forecast=Estimate(90_000, 100_000))
    assert (missing.caution, hitting.caution) == (20.0, 0.05)


def test_an_estimate_without_its_views_teaches_the_error_alone() -> None:
    pace = Pace()
    pace.started(waited=60_000, staff=1, now=60_000, forecast=Estimate(10_000, 10))
    assert pace.missed == Pace().missed
    assert pace.caution > 1


def test_its_numbers_are_all_there_is_to_it() -> None:
    pace = Pace()
    for n in range(1, 50):
        told = pace.estimate(n % 5, 3, n * 1_000)
        pace.started(waited=n * 700, staff=3, now=n * 20_000, forecast=told)
        pace.finished(n * 5_000)
        pace.gave_up(n * 300)
    again = Pace(**asdict(pace))
    assert again == pace
    assert again.estimate(3, 2, 2_000_000) == pace.estimate(3, 2, 2_000_000)
