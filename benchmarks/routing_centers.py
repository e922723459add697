"""The centers whose routing is judged: small ones with a known optimum, one of agents with few skills, and a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from benchmarks.routing_optimum import Model
from routing.requirement import all_of, has
from routing.rules import AgentOrder, Profile, QueueRules, Relaxation
from routing.simulate import Arrivals, Scenario, Shape, Staff, Times
from routing.simulate.scenario import HOUR, MINUTE, SECOND

_WORK = 3.0 * MINUTE
FIRST = 60 * MINUTE
"""A head start that puts a kind before others."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How the engine is set for a model. `first`: kinds whose callers go before others."""

    order: AgentOrder = AgentOrder.LONGEST_IDLE
    first: Sequence[str] = ()

    def rules(self, kinds: Sequence[str]) -> Mapping[str, QueueRules]:
        return {
            kind: QueueRules(
                kind,
                requirement=has(kind),
                agent_order=self.order,
                target=20 * SECOND - (FIRST if kind in self.first else 0),
            )
            for kind in kinds
        }

    @property
    def text(self) -> str:
        return f"{self.order.value}, {' and '.join(self.first) or 'nobody'} first"


SMALL: Sequence[tuple[Model, Setting]] = (
    (
        Model(
            "N, alike", {"a": 34, "b": 30}, {"x": 2, "y": 2}, {("a", "x"): _WORK, ("a", "y"): _WORK, ("b", "y"): _WORK}
        ),
        Setting(AgentOrder.LEAST_SKILLED, ("b",)),
    ),
    (
        Model(
            "N, y slow with a",
            {"a": 40, "b": 14},
            {"x": 2, "y": 2},
            {("a", "x"): _WORK, ("a", "y"): 1.5 * _WORK, ("b", "y"): _WORK},
        ),
        Setting(AgentOrder.MOST_SKILLED, ("b",)),
    ),
    (
        Model("V, b is long work", {"a": 40, "b": 8}, {"x": 3}, {("a", "x"): 2.0 * MINUTE, ("b", "x"): 8.0 * MINUTE}),
        Setting(first=("a",)),
    ),
    (
        Model(
            "W, alike",
            {"a": 24, "b": 18, "c": 20},
            {"x": 2, "y": 2},
            {("a", "x"): _WORK, ("b", "x"): _WORK, ("b", "y"): _WORK, ("c", "y"): _WORK},
            line=25,
        ),
        Setting(first=("a", "c")),
    ),
    (
        Model(
            "W, x quick with b",
            {"a": 22, "b": 18, "c": 20},
            {"x": 2, "y": 2},
            {("a", "x"): _WORK, ("b", "x"): 0.8 * _WORK, ("b", "y"): 1.2 * _WORK, ("c", "y"): _WORK},
            line=20,
        ),
        Setting(AgentOrder.MOST_SKILLED, ("a", "c")),
    ),
)
"""Each with the setting that is best for it of those tried."""


def few_skills(kinds: str, load: float, skills: int, agents: int = 90, hours: int = 40) -> Scenario:
    """Agents who have `skills` of the kinds, every combination as often as any other; five minutes of work, ten minutes
    of patience."""
    have = list(combinations(kinds, skills))
    work = 5 * MINUTE
    return Scenario(
        queues=tuple(QueueRules(kind, requirement=has(kind)) for kind in kinds),
        staff=tuple(Staff(f"agent-{n}", Profile(dict.fromkeys(have[n % len(have)], 1))) for n in range(agents)),
        arrivals=tuple(
            Arrivals(kind, (load * agents / work * HOUR / len(kinds),), Times(work), Times(10 * MINUTE))
            for kind in kinds
        ),
        length=hours * HOUR,
        warm_up=3 * HOUR,
    )


_QUEUES = (
    QueueRules("power_fault", requirement=has("power", 3)),
    QueueRules("billing", requirement=has("billing", 3)),
    QueueRules("general", requirement=has("service")),
    QueueRules("english", requirement=has("english", 4)),
    QueueRules("dialect", requirement=all_of(has("power", 2), has("dialect", 5))),
    QueueRules("vip", requirement=all_of(has("power", 5), has("billing", 5)), target=10 * SECOND),
)
_PER_HOUR = {
    "power_fault": (90, 110, 130, 130, 110, 100, 110, 130, 140, 150, 160, 460, 420, 120),
    "billing": (130, 190, 200, 160, 110, 120, 160, 170, 140, 100, 70, 60, 50, 30),
    "general": (60, 80, 90, 80, 60, 60, 70, 80, 70, 60, 50, 60, 50, 30),
    "english": (8, 12, 14, 12, 8, 8, 12, 14, 12, 8, 6, 5, 5, 3),
    "dialect": (25, 30, 30, 28, 22, 22, 25, 28, 28, 25, 25, 50, 45, 20),
    "vip": (15, 22, 25, 22, 15, 15, 20, 25, 20, 15, 12, 15, 12, 6),
}
_MINUTES_OF_WORK = {"power_fault": 3.5, "billing": 4.5, "general": 3.0, "english": 6.0, "dialect": 4.5, "vip": 5.0}
_SHIFTS = ((0, 8), (2, 10), (6, 14))


def day(load: float = 1.0, plan: Mapping[str, QueueRules] | None = None) -> Scenario:
    """8:00 to 22:00 at a utility: bills in the morning, a power cut at 19:00; six queues, 78 agents in three shifts."""
    skills = (
        [{"power": 6, "service": 3} | ({"dialect": 6} if n % 3 == 0 else {}) for n in range(30)]
        + [{"billing": 6, "service": 3} for _ in range(27)]
        + [{"power": 5, "billing": 6, "service": 5} for _ in range(15)]
        + [{"english": 8, "billing": 4, "service": 5} for _ in range(6)]
    )
    staff = []
    for n, has_skills in enumerate(skills):
        start, end = _SHIFTS[(n // 3 if n < 30 else n) % 3]
        staff.append(Staff(f"agent-{n}", Profile(has_skills), ((start * HOUR, end * HOUR),)))
    return Scenario(
        queues=tuple((plan or {}).get(rules.id, rules) for rules in _QUEUES),
        staff=tuple(staff),
        arrivals=tuple(
            Arrivals(
                queue,
                tuple(rate * load for rate in rates),
                Times(_MINUTES_OF_WORK[queue] * MINUTE, Shape.LOGNORMAL, 0.8),
                Times(4 * MINUTE, Shape.LOGNORMAL, 1.0),
                slot=HOUR,
            )
            for queue, rates in _PER_HOUR.items()
        ),
        length=14 * HOUR,
        starts_at=8 * HOUR,
    )


def tuned(*, relaxed: bool = False) -> Mapping[str, QueueRules]:
    """The day's queues as one would set them: specialists first, the few who need them before the many. `relaxed`: a
    caller with a power cut who waits for half a minute may have anybody."""
    head_starts = {"vip": 10 * MINUTE, "english": 10 * MINUTE, "dialect": 10 * MINUTE, "general": 5 * MINUTE}
    anybody = (Relaxation(30 * SECOND, has("service")),)
    return {
        rules.id: replace(
            rules,
            agent_order=AgentOrder.LEAST_SKILLED,
            target=rules.target - head_starts.get(rules.id, 0),
            relaxation=anybody if relaxed and rules.id == "power_fault" else (),
        )
        for rules in _QUEUES
    }


def same_order(order: AgentOrder) -> Mapping[str, QueueRules]:
    return {rules.id: replace(rules, agent_order=order) for rules in _QUEUES}


def generalists_last(scenario: Scenario) -> Mapping[str, Mapping[str, int]]:
    """Penalties for app_queue to the same end: one for every skill beyond two."""
    return {
        rules.id: {agent.id: max(len(agent.profile.skills) - 2, 0) for agent in scenario.staff}
        for rules in scenario.queues
    }
