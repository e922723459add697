"""How well the engine routes: `python -m benchmarks.routing_quality`. All simulated, around the production engine.

The best possible on small centers; agents of few skills against agents of all; how evenly work is shared; a day of
skewed load against app_queue's strategies; how true the estimated wait is. Rivals get the very same calls, so the
intervals (95 %, over independent days) are those of the difference, not of the luck of the day.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from rich.table import Table

from benchmarks.report import Aim, console, mean_with_interval, ratio_with_interval, say_aims
from benchmarks.routing_centers import SMALL, Setting, day, few_skills, generalists_last, same_order, tuned
from benchmarks.routing_optimum import Model, Optimum, simulate_optimum
from routing.requirement import has
from routing.rules import AgentOrder, Profile, QueueRules
from routing.simulate import Arrivals, Ending, Outcome, Scenario, Staff, Times, simulate
from routing.simulate.app_queue import Settings, Strategy, simulate_app_queue
from routing.simulate.erlang import erlang_a
from routing.simulate.outcome import gini
from routing.simulate.scenario import HOUR, MINUTE, SECOND

OPTIMUM_AIM = 1.03
POOLING_AIM = 1.10


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing_quality", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short: whether it runs, not how well it routes")
    quick = parser.parse_args().quick
    small_centers(SMALL[:2] if quick else SMALL, runs=2 if quick else 8, hours=20 if quick else 200)
    pooling(runs=2 if quick else 4, hours=5 if quick else 24, every=not quick)
    days(runs=2 if quick else 10)
    estimates(hours=10 if quick else 60)


# -- the best possible -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Against:
    """Mean waits in seconds; `ratio`: engine over optimum on the same calls, with its interval."""

    exact: float
    simulated: float
    engine: float
    ratio: tuple[float, float, float]


def against_optimum(optimum: Optimum, rules: Mapping[str, QueueRules], seeds: Sequence[int], hours: int) -> Against:
    plain, set_up = optimum.model.scenario(hours), optimum.model.scenario(hours, rules)
    best = [simulate_optimum(optimum, plain, seed).total.mean_wait / SECOND for seed in seeds]
    ours = [simulate(set_up, seed).total.mean_wait / SECOND for seed in seeds]
    return Against(optimum.mean_wait / SECOND, fmean(best), fmean(ours), ratio_with_interval(ours, best))


def small_centers(centers: Sequence[tuple[Model, Setting]], runs: int, hours: int) -> None:
    table = Table(title=f"Mean wait on small centers, s ({runs} × {hours} h)", title_justify="left")
    for heading in ("center", "optimum, exact", "simulated", "engine, as it comes", "engine, set", "ratio", "setting"):
        table.add_column(heading)
    aims = []
    for model, setting in centers:
        optimum = Optimum(model)
        as_it_comes = against_optimum(optimum, {}, range(runs), hours)
        found = against_optimum(optimum, setting.rules(list(model.per_hour)), range(runs), hours)
        ratio, low, high = found.ratio
        table.add_row(
            model.name,
            f"{found.exact:.1f}",
            f"{found.simulated:.1f}",
            f"{as_it_comes.engine:.1f} ({as_it_comes.ratio[0]:.2f}×)",
            f"{found.engine:.1f}",
            f"{ratio:.3f} ({low:.3f}–{high:.3f})",
            setting.text,
        )
        aims.append(Aim(f"{model.name}: mean wait, over the optimum's", ratio, OPTIMUM_AIM, "×"))
    console.print(table)
    say_aims(aims)


# -- few skills --------------------------------------------------------------------------------------------------------


def pooling(runs: int, hours: int, *, every: bool) -> None:
    table = Table(title=f"90 agents of two skills against agents of all ({runs} × {hours} h)", title_justify="left")
    for heading in (
        "kinds",
        "load",
        "two skills, s",
        "all, s",
        "Erlang A, s",
        "over all",
        "over Erlang A",
        "abandoned",
    ):
        table.add_column(heading)
    aims = []
    for kinds in ("abc", "abcd", "abcdef") if every else ("abc",):
        for load in (0.85, 0.9, 0.95) if every else (0.95,):
            two, pooled = few_skills(kinds, load, 2, hours=hours), few_skills(kinds, load, len(kinds), hours=hours)
            ours = [simulate(two, seed) for seed in range(runs)]
            everyone = [simulate(pooled, seed).total.mean_wait / SECOND for seed in range(runs)]
            exact = erlang_a(load * 90, 1.0, 90, 0.5)
            bound = exact.mean_wait * 5 * MINUTE / SECOND
            waits = [run.total.mean_wait / SECOND for run in ours]
            ratio = ratio_with_interval(waits, everyone)[0]
            table.add_row(
                str(len(kinds)),
                f"{load:.0%}",
                mean_with_interval(waits),
                mean_with_interval(everyone),
                f"{bound:.2f}",
                f"{ratio:.2f}",
                f"{fmean(waits) / bound:.2f}",
                f"{fmean(run.total.abandonment for run in ours):.2%} ({exact.abandons:.2%})",
            )
            aims.append(
                Aim(f"{len(kinds)} kinds at {load:.0%}: mean wait, over agents of all skills", ratio, POOLING_AIM, "×")
            )
    console.print(table)
    say_aims(aims)


# -- a day -------------------------------------------------------------------------------------------------------------


def judged(scenario: Scenario, outcome: Outcome) -> Outcome:
    """By the targets of `scenario`, whatever head starts the policy gave."""
    return Outcome(scenario, outcome.fates, outcome.loads)


def of_the_day(runs: int) -> Mapping[str, Sequence[Outcome]]:
    """Policy → its days, all with the same calls."""
    plain = day()
    found = {
        f"engine, {order.value}": [simulate(day(plan=same_order(order)), seed) for seed in range(runs)]
        for order in AgentOrder
        if order is not AgentOrder.WEIGHTED
    }
    found["engine, set"] = [judged(plain, simulate(day(plan=tuned()), seed)) for seed in range(runs)]
    found["engine, set and relaxed"] = [
        judged(plain, simulate(day(plan=tuned(relaxed=True)), seed)) for seed in range(runs)
    ]
    rivals = {f"app_queue, {strategy.value}": Settings(strategy) for strategy in Strategy}
    penalties = generalists_last(plain)
    rivals["app_queue, rrmemory, penalties"] = Settings(Strategy.RRMEMORY, penalties)
    weights = {"vip": 2, "english": 2, "dialect": 2, "general": 1}
    rivals["app_queue, rrmemory, penalties, weights"] = Settings(Strategy.RRMEMORY, penalties, weights)
    for name, settings in rivals.items():
        found[name] = [simulate_app_queue(plain, seed, settings) for seed in range(runs)]
    return found


def days(runs: int) -> None:
    found = of_the_day(runs)
    contacts = fmean(len(run.fates) for run in found["engine, set"])
    in_time = {name: [100 * run.service_level() for run in runs_of] for name, runs_of in found.items()}
    best = max((name for name in found if name.startswith("app_queue")), key=lambda name: fmean(in_time[name]))
    title = f"A day, 8:00 to 22:00, power cut at 19:00: {contacts:.0f} calls, 78 agents, six queues ({runs} days)"
    table = Table(title=title, caption=f"* {best}: same calls, 95 %", title_justify="left")
    for heading in (
        "policy",
        "in time, %",
        "less best app_queue *",
        "worst queue",
        "wait, s",
        "abandoned",
        "occupancy",
        "Gini",
    ):
        table.add_column(heading)
    for name, runs_of in found.items():
        shares = [share for run in runs_of for share in (min(run.occupancies()), max(run.occupancies()))]
        table.add_row(
            name,
            f"{fmean(in_time[name]):.2f}",
            mean_with_interval([ours - theirs for ours, theirs in zip(in_time[name], in_time[best], strict=True)]),
            f"{100 * fmean(min(figures.service_level() for _, figures in run.queues()) for run in runs_of):.1f}",
            f"{fmean(run.total.mean_wait for run in runs_of) / SECOND:.2f}",
            f"{100 * fmean(run.total.abandonment for run in runs_of):.2f} %",
            f"{fmean(shares[::2]):.2f}–{fmean(shares[1::2]):.2f}",
            f"{fmean(gini(run.occupancies()) for run in runs_of):.3f}",
        )
    console.print(table)
    even = {name: fmean(gini(run.occupancies()) for run in runs_of) for name, runs_of in found.items()}
    late = {name: 100 - fmean(levels) for name, levels in in_time.items()}
    say_aims(
        [
            Aim("least_occupied: Gini of occupancy, over longest_idle's", _over(even, "least_occupied"), 1.0, "×"),
            Aim(f"not in time, over that of {best}", late["engine, set"] / late[best], 1.0, "×"),
        ]
    )


def _over(even: Mapping[str, float], order: str) -> float:
    return even[f"engine, {order}"] / even["engine, longest_idle"]


# -- the estimated wait ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Truth:
    """Of those who had to wait and were served. Misses: mean absolute error over mean wait."""

    contacts: int
    mean_wait: float
    miss: float
    naive_miss: float
    covered: float


def truth(outcome: Outcome, queue: str) -> Truth:
    """`naive`: those ahead, times the mean work time (of the whole run), over the staff."""
    told = [fate for fate in outcome.queue(queue).fates if fate.ending is Ending.SERVED and fate.forecast is not None]
    work = fmean(fate.worked for fate in told)
    waits, misses, naive, covered = [], [], [], []
    for fate in told:
        if fate.forecast is not None and fate.forecast.estimate is not None:
            waits.append(fate.waited)
            misses.append(abs(fate.waited - fate.forecast.estimate.expected_ms))
            naive.append(abs(fate.waited - fate.forecast.ahead * work / fate.forecast.staff))
            covered.append(misses[-1] <= fate.forecast.estimate.error_ms)
    mean = fmean(waits)
    return Truth(len(waits), mean / SECOND, fmean(misses) / mean, fmean(naive) / mean, fmean(covered))


def estimates(hours: int) -> None:
    table = Table(title=f"The estimated wait against what happened ({hours} h)", title_justify="left")
    for heading in ("center", "queue", "waited", "mean wait, s", "miss", "naive miss", "within ± error"):
        table.add_column(heading)
    for name, scenario in told_centers(hours).items():
        outcome = simulate(scenario, seed=3)
        for rules in scenario.queues:
            found = truth(outcome, rules.id)
            table.add_row(
                name,
                rules.id,
                str(found.contacts),
                f"{found.mean_wait:.0f}",
                f"{found.miss:.2f}",
                f"{found.naive_miss:.2f}",
                f"{found.covered:.0%}",
            )
    console.print(table)


def told_centers(hours: int) -> Mapping[str, Scenario]:
    work = 3.0 * MINUTE
    two = (QueueRules("a", requirement=has("a")), QueueRules("b", requirement=has("b")))
    first = (two[0], QueueRules("b", requirement=has("b"), target=-10 * MINUTE))
    some = tuple(Staff(f"agent-{n}", Profile()) for n in range(10))
    shared = tuple(Staff(f"agent-{n}", Profile({"a": 1} | ({"b": 1} if n > 4 else {}))) for n in range(10))
    both = (Arrivals("a", (100,), Times(work)), Arrivals("b", (80,), Times(work)))
    rare = (Arrivals("a", (175,), Times(work)), Arrivals("b", (8,), Times(work)))
    waves = (Arrivals("q", (120, 260, 120, 220, 150, 180), Times(work), Times(10 * MINUTE)),)
    one = (QueueRules("q"),)
    return {
        "one queue": Scenario(one, some, hours * HOUR, (Arrivals("q", (180,), Times(work)),)),
        "shared agents": Scenario(two, shared, hours * HOUR, both),
        "shared agents, b first": Scenario(first, shared, hours * HOUR, both),
        "shared agents, b rare": Scenario(two, shared, hours * HOUR, rare),
        "waves of load, impatient": Scenario(one, some, hours * HOUR, waves),
    }


if __name__ == "__main__":
    main()
