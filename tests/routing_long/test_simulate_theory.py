"""The simulation before it is believed: a truth that is known is within the 95 % interval of independent runs."""

from routing.requirement import has
from routing.rules import Profile, QueueRules
from routing.simulate import Arrivals, Outcome, Scenario, Staff, Times, simulate
from routing.simulate.erlang import erlang_a, erlang_c
from routing.simulate.product_form import fcfs_alis
from routing.simulate.replicate import Interval, interval
from routing.simulate.scenario import HOUR, MINUTE

RUNS = 10
WORK = 3 * MINUTE
PRECISE = 0.1
"""An interval wider than this, as a share of the figure, would prove nothing."""


def one_queue(agents: int, per_hour: float, hours: int, patience: Times | None = None) -> Scenario:
    return Scenario(
        queues=(QueueRules("q"),),
        staff=tuple(Staff(f"agent-{n}", Profile()) for n in range(agents)),
        arrivals=(Arrivals("q", (per_hour,), Times(WORK), patience),),
        length=(hours + 5) * HOUR,
        warm_up=5 * HOUR,
    )


def runs_of(scenario: Scenario) -> list[Outcome]:
    return [simulate(scenario, seed) for seed in range(RUNS)]


def share_of_a_served_by(agents: frozenset[str], run: Outcome) -> float:
    served = [fate.agent in agents for fate in run.queue("a").fates]
    return sum(served) / len(served)


def holds(measured: Interval, exact: float) -> None:
    assert measured.half < PRECISE * measured.mean
    assert exact in measured


def test_without_patience_it_is_erlang_c() -> None:
    exact = erlang_c(arrivals=150 / HOUR, service=1 / WORK, agents=10)
    runs = runs_of(one_queue(agents=10, per_hour=150, hours=90))
    holds(interval([run.total.had_to_wait for run in runs]), exact.waits)
    holds(interval([run.total.mean_wait for run in runs]), exact.mean_wait)


def test_with_patience_it_is_erlang_a() -> None:
    exact = erlang_a(arrivals=210 / HOUR, service=1 / WORK, agents=10, patience=1 / (2 * MINUTE))
    runs = runs_of(one_queue(agents=10, per_hour=210, hours=40, patience=Times(2 * MINUTE)))
    holds(interval([run.total.had_to_wait for run in runs]), exact.waits)
    holds(interval([run.total.mean_wait for run in runs]), exact.mean_wait)
    holds(interval([run.total.abandonment for run in runs]), exact.abandons)


def test_unlike_agents_share_the_work_as_the_product_form_says() -> None:
    """The N-model: two agents for one kind alone, two for both, one of them slower than all others."""
    kinds = {"a": 38 / HOUR, "b": 22 / HOUR}
    agents = {"only-a-1": 1 / WORK, "only-a-2": 1 / WORK, "both-1": 1 / WORK, "both-2": 0.8 / WORK}
    may = {"a": frozenset(agents), "b": frozenset(("both-1", "both-2"))}
    exact = fcfs_alis(kinds, agents, may)
    scenario = Scenario(
        queues=(QueueRules("a", requirement=has("a")), QueueRules("b", requirement=has("b"))),
        staff=tuple(
            Staff(
                agent, Profile(skills={"pace": 5 if agent == "both-2" else 6} | {k: 1 for k in may if agent in may[k]})
            )
            for agent in agents
        ),
        arrivals=tuple(
            Arrivals(kind, (rate * HOUR,), Times(WORK), requirement=has("pace")) for kind, rate in kinds.items()
        ),
        speed={"pace": {1: 1.25, 6: 1.0}},
        length=155 * HOUR,
        warm_up=5 * HOUR,
    )
    runs = runs_of(scenario)
    for agent, share in exact.busy.items():
        holds(interval([next(load for load in run.loads if load.agent == agent).occupancy for run in runs]), share)
    for kind, share in exact.waits.items():
        holds(interval([run.queue(kind).had_to_wait for run in runs]), share)
    spared = sum(agents[agent] * exact.busy[agent] for agent in may["b"]) - kinds["b"]
    holds(interval([share_of_a_served_by(may["b"], run) for run in runs]), spared / kinds["a"])
