"""What came of a simulation, and the figures made of it. Formulas are in the docstrings; screens name the variant."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import fmean

from routing.decision import Decision
from routing.estimate import Estimate
from routing.simulate.scenario import Call, Scenario


class Ending(StrEnum):
    SERVED = "served"
    ABANDONED = "abandoned"
    OVERFLOWED = "overflowed"
    """Sent to a voicemail box, a callback or a message by a rule of its queue."""
    LEFT = "left"
    """Still waiting when nothing could happen any more: nobody signed in who may serve it."""


class ServiceLevel(StrEnum):
    """Of contacts offered O, answered A, abandoned B, short abandoned S (within `short` ms); ≤T: within the target."""

    OF_OFFERED = "of_offered"
    """A≤T / O."""
    LESS_SHORT = "less_short"
    """A≤T / (O - S)."""
    WITH_ABANDONED = "with_abandoned"
    """(A≤T + B≤T) / (A + B): SL2 of app_queue."""
    OF_ANSWERED = "of_answered"
    """A≤T / A: SL of app_queue. Flatters."""
    LATE_ABANDONED = "late_abandoned"
    """A≤T / (A + B>T)."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a contact was told when it came, and what the naive rule would have been made of."""

    estimate: Estimate | None
    ahead: int
    staff: int


@dataclass(frozen=True, slots=True)
class Fate:
    """Of one contact. `waited`: until it was answered, or gave up; `worked`: what its agent spent on it."""

    id: str
    call: Call
    ending: Ending
    waited: int
    agent: str = ""
    worked: int = 0
    stage: int = 0
    forecast: Forecast | None = None
    """None: an agent was on offer at once."""


@dataclass(frozen=True, slots=True)
class Load:
    """Of one agent: ms at work and signed in, contacts served."""

    agent: str
    worked: int
    signed_in: int
    contacts: int

    @property
    def occupancy(self) -> float:
        """Working ÷ signed in."""
        return self.worked / self.signed_in if self.signed_in else 0.0


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """Of some contacts, mostly those of a queue. Waits in ms."""

    target: int
    fates: Sequence[Fate]
    short: int = 5_000

    @property
    def offered(self) -> int:
        return len(self.fates)

    @property
    def answered(self) -> int:
        return sum(1 for fate in self.fates if fate.ending is Ending.SERVED)

    @property
    def abandoned(self) -> int:
        return self.offered - self.answered

    @property
    def abandonment(self) -> float:
        """Abandoned ÷ offered."""
        return self.abandoned / self.offered if self.offered else 0.0

    @property
    def mean_wait(self) -> float:
        """Of all, also of those who gave up."""
        return fmean(fate.waited for fate in self.fates) if self.fates else 0.0

    @property
    def speed_of_answer(self) -> float:
        """Mean wait of the answered."""
        waits = [fate.waited for fate in self.fates if fate.ending is Ending.SERVED]
        return fmean(waits) if waits else 0.0

    @property
    def had_to_wait(self) -> float:
        """Share of those for whom no agent was on offer at once."""
        return sum(1 for fate in self.fates if fate.forecast is not None) / self.offered if self.offered else 0.0

    def quantile(self, share: float) -> int:
        """The wait that `share` of all contacts did not exceed."""
        waits = sorted(fate.waited for fate in self.fates)
        return waits[min(int(share * len(waits)), len(waits) - 1)] if waits else 0

    def service_level(self, formula: ServiceLevel = ServiceLevel.OF_OFFERED) -> float:
        """1.0 where the formula has nothing to divide by."""
        in_time = self._count(lambda fate: fate.ending is Ending.SERVED and fate.waited <= self.target)
        match formula:
            case ServiceLevel.OF_OFFERED:
                of = self.offered
            case ServiceLevel.LESS_SHORT:
                of = self.offered - self._count(lambda fate: _gave_up(fate) and fate.waited <= self.short)
            case ServiceLevel.WITH_ABANDONED:
                of = self.offered
                in_time += self._count(lambda fate: _gave_up(fate) and fate.waited <= self.target)
            case ServiceLevel.OF_ANSWERED:
                of = self.answered
            case _:
                of = self.answered + self._count(lambda fate: _gave_up(fate) and fate.waited > self.target)
        return in_time / of if of else 1.0

    def _count(self, told: Callable[[Fate], bool]) -> int:
        return sum(1 for fate in self.fates if told(fate))


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that happened. Contacts and loads are those after the warm-up; decisions are all, with their time."""

    scenario: Scenario
    fates: Sequence[Fate]
    loads: Sequence[Load]
    decisions: Sequence[tuple[int, Decision]] = field(default=(), repr=False)

    @property
    def total(self) -> QueueFigures:
        """Of all queues. For the service level ask the outcome itself: each queue has its own target."""
        return QueueFigures(max(rules.target for rules in self.scenario.queues), self.fates)

    def queue(self, queue: str) -> QueueFigures:
        target = next(rules.target for rules in self.scenario.queues if rules.id == queue)
        return QueueFigures(target, [fate for fate in self.fates if fate.call.queue == queue])

    def queues(self) -> Iterator[tuple[str, QueueFigures]]:
        return ((rules.id, self.queue(rules.id)) for rules in self.scenario.queues)

    def service_level(self, formula: ServiceLevel = ServiceLevel.OF_OFFERED) -> float:
        """Of all contacts, each by its queue's target: the mean over queues, weighted by contacts."""
        parts = [(figures.offered, figures.service_level(formula)) for _, figures in self.queues()]
        offered = sum(weight for weight, _ in parts)
        return sum(weight * level for weight, level in parts) / offered if offered else 1.0

    def occupancies(self) -> list[float]:
        return [load.occupancy for load in self.loads if load.signed_in]


def spread(shares: Sequence[float]) -> float:
    """Largest less smallest."""
    return max(shares) - min(shares) if shares else 0.0


def gini(shares: Iterable[float]) -> float:
    """0: all the same; towards 1: one has it all."""
    ordered = sorted(shares)
    total = sum(ordered)
    if not total:
        return 0.0
    count = len(ordered)
    return sum((2 * place - count - 1) * share for place, share in enumerate(ordered, 1)) / (count * total)


def _gave_up(fate: Fate) -> bool:
    return fate.ending is not Ending.SERVED
