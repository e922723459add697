"""The best that any policy could do on a small center, by dynamic programming, and that policy to simulate.

Poisson callers, exponential work, nobody gives up; the state is who waits and who is at work. Relative value iteration
on the uniformised chain (Puterman: Markov decision processes, 1994, chapters 8 and 11). A policy may also keep an agent
idle for callers to come. Lines are cut at `Model.line`; the loads here make longer ones too rare to matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from routing.requirement import has
from routing.rules import Profile, QueueRules
from routing.simulate import Arrivals, Scenario, Staff, Times
from routing.simulate.draw import calls_of
from routing.simulate.outcome import Outcome
from routing.simulate.scenario import HOUR
from routing.simulate.world import Desk, Visit, World

Values = npt.NDArray[np.float64]
_NEVER = 1e12


@dataclass(frozen=True, slots=True)
class Model:
    """`work`: (kind, pool) → mean ms, of those pools that may serve the kind."""

    name: str
    per_hour: Mapping[str, float]
    pools: Mapping[str, int]
    work: Mapping[tuple[str, str], float]
    line: int = 30

    def scenario(self, hours: int, rules: Mapping[str, QueueRules] | None = None) -> Scenario:
        """As a scenario for the engine. An agent has a higher level in a skill than those of slower pools."""
        known = rules or {}
        staff = tuple(
            Staff(
                f"{pool}-{n}",
                Profile({kind: self._level(kind, pool) for kind in self.per_hour if (kind, pool) in self.work}),
            )
            for pool, agents in self.pools.items()
            for n in range(agents)
        )
        return Scenario(
            queues=tuple(known.get(kind, QueueRules(kind, requirement=has(kind))) for kind in self.per_hour),
            staff=staff,
            length=hours * HOUR,
            arrivals=tuple(Arrivals(kind, (rate,), Times(self._slowest(kind))) for kind, rate in self.per_hour.items()),
            warm_up=5 * HOUR,
            speed={
                kind: {
                    self._level(kind, pool): work / self._slowest(kind)
                    for (served, pool), work in self.work.items()
                    if served == kind
                }
                for kind in self.per_hour
            },
        )

    def _level(self, kind: str, pool: str) -> int:
        slower = {work for (served, _), work in self.work.items() if served == kind and work > self.work[kind, pool]}
        return 1 + len(slower)

    def _slowest(self, kind: str) -> float:
        return max(work for (served, _), work in self.work.items() if served == kind)


@dataclass(slots=True)
class Optimum:
    """Solved on creation. `mean_wait` in ms, exact but for the cut lines."""

    model: Model
    mean_wait: float = 0.0
    _kinds: list[str] = field(default_factory=list)
    _groups: list[tuple[str, float]] = field(default_factory=list)
    """(pool, mean work): agents at work are told apart only as far as they finish at different rates."""
    _values: Values = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        model = self.model
        self._kinds = list(model.per_hour)
        self._groups = sorted({(pool, work) for (_, pool), work in model.work.items()})
        lines = [model.line + 1] * len(self._kinds)
        self._values = np.zeros((*lines, *(model.pools[pool] + 1 for pool, _ in self._groups)))
        self._solve()

    def start(self, waiting: Mapping[str, int], busy: Mapping[tuple[str, float], int]) -> tuple[str, str] | None:
        """(kind, pool) to connect now, None to leave things as they are."""
        at = (*(min(waiting[kind], self.model.line) for kind in self._kinds), *(busy[group] for group in self._groups))
        best, pick = self._best(at), None
        if best < self._values[at] - 1e-9:
            for kind, pool in self.model.work:
                then = self._after(at, kind, pool)
                if then is not None and self._best(then) <= best + 1e-9:
                    pick = (kind, pool)
        return pick

    def group(self, kind: str, pool: str) -> tuple[str, float]:
        return pool, self.model.work[kind, pool]

    def _best(self, at: tuple[int, ...]) -> float:
        thens = [self._after(at, kind, pool) for kind, pool in self.model.work]
        return min([float(self._values[at]), *(self._best(then) for then in thens if then is not None)])

    def _after(self, at: tuple[int, ...], kind: str, pool: str) -> tuple[int, ...] | None:
        line, group = self._kinds.index(kind), len(self._kinds) + self._groups.index(self.group(kind, pool))
        if not at[line] or at[group] + 1 >= self._values.shape[group]:
            return None
        then = list(at)
        then[line] -= 1
        then[group] += 1
        return tuple(then) if self._values[tuple(then)] < _NEVER else None

    def _solve(self) -> None:
        shape, kinds = self._values.shape, len(self._kinds)
        counts = np.indices(shape).astype(np.float64)
        cost = counts[:kinds].sum(axis=0)
        impossible = np.zeros(shape, dtype=bool)
        for pool, agents in self.model.pools.items():
            of_pool = [kinds + n for n, (of, _) in enumerate(self._groups) if of == pool]
            impossible |= sum(counts[axis] for axis in of_pool) > agents
        arrivals = [rate / HOUR for rate in self.model.per_hour.values()]
        ends = [1 / work for _, work in self._groups]
        most = sum(
            agents * max(1 / work for of, work in self._groups if of == pool)
            for pool, agents in self.model.pools.items()
        )
        pace = (sum(arrivals) + most) * 1.05
        values = self._values
        stay = 1 - sum(arrivals) / pace - sum(counts[kinds + n] * rate for n, rate in enumerate(ends)) / pace
        for _ in range(200_000):
            best = self._with_starts(values)
            new = cost / pace + stay * best
            for axis, rate in enumerate(arrivals):
                new += rate / pace * _arrived(best, axis)
            for n, rate in enumerate(ends):
                new += counts[kinds + n] * rate / pace * _ended(best, kinds + n)
            change = (new - values)[~impossible]
            new -= new.flat[0]
            new[impossible] = _NEVER
            values = new
            if change.max() - change.min() < 1e-7 * max(change.max(), 1e-12):
                break
        self._values = values
        self.mean_wait = float((change.max() + change.min()) / 2) * pace / sum(arrivals)

    def _with_starts(self, values: Values) -> Values:
        """The value once the best of all possible starts have been made, one after the other."""
        best = values
        for _ in range(sum(self.model.pools.values())):
            for kind, pool in self.model.work:
                line, group = self._kinds.index(kind), len(self._kinds) + self._groups.index(self.group(kind, pool))
                best = np.minimum(best, _started(best, line, group))
        return best


def _arrived(values: Values, axis: int) -> Values:
    """At each place the value of one more in `axis`; a full line stays."""
    size = values.shape[axis]
    return values.take([*range(1, size), size - 1], axis=axis)


def _ended(values: Values, axis: int) -> Values:
    return values.take([0, *range(values.shape[axis] - 1)], axis=axis)


def _started(values: Values, line: int, group: int) -> Values:
    moved = np.full(values.shape, _NEVER)
    source, target = [slice(None)] * values.ndim, [slice(None)] * values.ndim
    source[line], target[line] = slice(None, -1), slice(1, None)
    source[group], target[group] = slice(1, None), slice(None, -1)
    moved[tuple(target)] = values[tuple(source)]
    return moved


@dataclass(slots=True)
class Follow:
    """The optimum as a policy of a simulation. Which of a kind's callers is first come, first served."""

    world: World
    optimum: Optimum
    _lines: dict[str, list[Visit]] = field(default_factory=dict)
    _busy: dict[tuple[str, float], int] = field(default_factory=dict)
    _idle: dict[str, list[Desk]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lines = {kind: [] for kind in self.optimum.model.per_hour}
        self._busy = {self.optimum.group(*pair): 0 for pair in self.optimum.model.work}
        self._idle = {pool: [] for pool in self.optimum.model.pools}

    def arrived(self, visit: Visit) -> None:
        self._lines[visit.queue].append(visit)
        self._start()

    def left(self, visit: Visit) -> None:
        self._lines[visit.queue].remove(visit)

    def placed(self, desk: Desk) -> None:
        """Noted when it is on offer."""

    def on_offer(self, desk: Desk) -> None:
        self._idle[_pool(desk.id)].append(desk)
        self._start()

    def signed_out(self, desk: Desk) -> None:
        """Nobody does."""

    def started(self, visit: Visit) -> None:
        self._busy[self.optimum.group(visit.queue, _pool(visit.agent))] += 1

    def finished(self, visit: Visit) -> None:
        self._busy[self.optimum.group(visit.queue, _pool(visit.agent))] -= 1

    def _start(self) -> None:
        while True:
            pick = self.optimum.start({kind: len(line) for kind, line in self._lines.items()}, self._busy)
            if pick is None:
                return
            kind, pool = pick
            self.world.connect(self._lines[kind].pop(0), self._idle[pool].pop(0))


def simulate_optimum(optimum: Optimum, scenario: Scenario, seed: int) -> Outcome:
    """What the best policy makes of the calls that `simulate` draws from the same scenario and seed."""
    world = World(scenario, calls_of(scenario, seed))
    return world.run(Follow(world, optimum))


def _pool(agent: str) -> str:
    return agent.rpartition("-")[0]
