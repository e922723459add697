"""Asterisk's `app_queue` as a policy, to compare with on the very same calls. Modelled from the source of 22.10.1.

What it does (functions of apps/app_queue.c): a caller looks at once, then once a second, whether he is among the first
as many as there are members free (`wait_our_turn`, `is_our_turn`); if so he tries the members in the order of the
strategy (`calc_metric`, `find_best`, `ring_one`). A freed member waits for some caller's next look. Whom he found
nobody for tries again after `retry` seconds (`wait_a_bit`). Each queue is by itself; a queue of more `weight` keeps a
member from others while it has at least as many callers as free members (`compare_weight`). What counts here for it:
`autofill`, no `ringinuse`, calls and last call counted per queue as its default is, and no time lost in dialplan,
devices or locks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from routing.lines import may_serve
from routing.simulate.draw import calls_of
from routing.simulate.outcome import Forecast, Outcome
from routing.simulate.scenario import SECOND, Scenario
from routing.simulate.world import Desk, Visit, World

RECHECK = 1 * SECOND
"""Between two looks of a waiting caller."""


class Strategy(StrEnum):
    RRMEMORY = "rrmemory"
    LEASTRECENT = "leastrecent"
    FEWESTCALLS = "fewestcalls"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Settings:
    """`penalties`: queue → agent → penalty, 0 where none is said; members of less penalty come first.
    `weights`: queue → weight."""

    strategy: Strategy
    penalties: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    weights: Mapping[str, int] = field(default_factory=dict)
    retry: int = 5 * SECOND


def simulate_app_queue(scenario: Scenario, seed: int, settings: Settings) -> Outcome:
    """What app_queue makes of the calls `simulate` draws from the same scenario and seed."""
    world = World(scenario, calls_of(scenario, seed))
    return world.run(AppQueue(world, settings, Random(f"{seed}/{settings.strategy}")))


@dataclass(slots=True, eq=False)
class _Member:
    desk: Desk
    position: int
    penalty: int
    calls: int = 0
    last_call: int = 0
    """In seconds; 0: none yet."""


@dataclass(slots=True, eq=False)
class _Queue:
    name: str
    weight: int
    members: dict[str, _Member] = field(default_factory=dict)
    callers: list[tuple[int, int, str]] = field(default_factory=list)
    """(-priority, number, id), the first first."""
    free: int = 0
    next_position: int = 0
    wrapped: bool = False


@dataclass(slots=True)
class AppQueue:
    world: World
    settings: Settings
    random: Random
    _queues: dict[str, _Queue] = field(default_factory=dict)
    _of_agent: dict[str, list[_Queue]] = field(default_factory=dict)
    _free: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._of_agent = {agent: [] for agent in self.world.desks}
        for rules in self.world.scenario.queues:
            queue = self._queues[rules.id] = _Queue(rules.id, self.settings.weights.get(rules.id, 0))
            open_queues = frozenset(() if rules.members_only else (rules.id,))
            penalties = self.settings.penalties.get(rules.id, {})
            for desk in self.world.desks.values():
                profile = desk.staff.profile
                if may_serve(profile, rules.requirement, frozenset((rules.id,)), open_queues, reserve=True):
                    queue.members[desk.id] = _Member(desk, len(queue.members), penalties.get(desk.id, 0))
                    self._of_agent[desk.id].append(queue)

    def arrived(self, visit: Visit) -> None:
        queue = self._queues[visit.queue]
        queue.callers.append((-visit.call.priority, visit.number, visit.id))
        queue.callers.sort()
        self._look(visit.id)
        if visit.waiting:
            visit.forecast = Forecast(None, len(queue.callers) - 1, len(queue.members))

    def left(self, visit: Visit) -> None:
        self._leave(visit)

    def placed(self, desk: Desk) -> None:
        free = desk.on_duty and not desk.serving
        if free != (desk.id in self._free):
            self._free ^= {desk.id}
            for queue in self._of_agent[desk.id]:
                queue.free += 1 if free else -1

    def on_offer(self, desk: Desk) -> None:
        """Nobody is told: callers look by themselves."""

    def signed_out(self, desk: Desk) -> None:
        """Nor now."""

    def started(self, visit: Visit) -> None:
        """Nothing is learned from it."""

    def finished(self, visit: Visit) -> None:
        member = self._queues[visit.queue].members[visit.agent]
        member.calls += 1
        member.last_call = self.world.now // SECOND

    def _look(self, contact: str) -> None:
        visit = self.world.visits.get(contact)
        if visit is None or not visit.waiting:
            return
        queue = self._queues[visit.queue]
        pause = RECHECK
        if any(caller[2] == contact for caller in queue.callers[: queue.free]):
            if self._tried(queue, visit):
                return
            pause = self.settings.retry
        self.world.later(self.world.now + pause, self._look, contact)

    def _tried(self, queue: _Queue, visit: Visit) -> bool:
        """Whether some member could be rung."""
        metrics = sorted(
            (self._metric(queue, member), -member.position, member.desk.id) for member in queue.members.values()
        )
        for place, (_, _, agent) in enumerate(metrics):
            if agent in self._free and not self._kept_for_others(queue, agent):
                self._leave(visit)
                if self.settings.strategy is Strategy.RRMEMORY:
                    self._remember(queue, [metric for metric, _, _ in metrics[place + 1 :]])
                self.world.connect(visit, self.world.desks[agent])
                return True
        if self.settings.strategy is Strategy.RRMEMORY:
            self._remember(queue, [])
        return False

    def _metric(self, queue: _Queue, member: _Member) -> int:
        by_penalty = member.penalty * 1_000_000
        match self.settings.strategy:
            case Strategy.RANDOM:
                return self.random.randrange(1_000) + by_penalty
            case Strategy.FEWESTCALLS:
                return member.calls + by_penalty
            case Strategy.LEASTRECENT:
                rested = self.world.now // SECOND - member.last_call
                return (1_000_000 - rested if member.last_call else 0) + by_penalty
            case _:
                if member.position < queue.next_position:
                    return 1_000 + member.position + by_penalty
                queue.wrapped |= member.position > queue.next_position
                return member.position + by_penalty

    def _remember(self, queue: _Queue, untried: list[int]) -> None:
        """Where round robin goes on: `store_next_rr`."""
        if untried:
            queue.next_position = untried[0] % 1_000
        else:
            queue.next_position = 0 if queue.wrapped else queue.next_position + 1
        queue.wrapped = False

    def _kept_for_others(self, queue: _Queue, agent: str) -> bool:
        return any(
            other.callers and other.weight > queue.weight and len(other.callers) >= other.free
            for other in self._of_agent[agent]
            if other is not queue
        )

    def _leave(self, visit: Visit) -> None:
        self._queues[visit.queue].callers.remove((-visit.call.priority, visit.number, visit.id))
