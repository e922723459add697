"""How long one more contact will wait, and how far that may be off. Constant time, a handful of plain numbers.

Three simple views are averaged, each weighted by how well it did lately, so what fits the queue wins (Ibrahim, Whitt:
Real-time delay estimation based on delay history, M&SOM 11(3), 2009, compare the kinds):

- by the book: those ahead, and the mean work time over the staff, which is right for agents of one queue alone;
- by the line: the same with the pace seen lately, which also knows agents who are shared with other queues;
- by the last: what those waited who got an agent last, which also knows a line one cannot see, such as the long one of
  another queue in front of the same agents.

Those who give up shorten the line (Erlang-A). The error follows what earlier forecasts missed: it grows and shrinks
until four of five were within it (Gibbs, Candès: Adaptive conformal inference under distribution shift, NeurIPS 2021),
so it holds whatever the reason for the misses.
"""

from dataclasses import dataclass
from math import exp, log, sqrt

COVERED = 0.8
"""Share of the forecasts whose error figure is to hold."""
_MEMORY = 40
"""Contacts over which the pace is averaged."""
_LATELY = 2
"""Contacts over which the last waits are averaged."""
_LOOSENED = 0.05
_FRESH = 1_800_000
_FADES = 3_600_000
"""After half an hour in which nobody moves in the line, what was learned from it fades in about an hour; ms."""
_DRIFT = 0.2
"""How far the pace may change until the contact is served, as a share of the forecast."""
_USUAL_WORK = 180_000.0
_MOST_CAUTION = 20.0
_LEAST_CAUTION = 0.05

Views = tuple[float, float, float]
"""By the book, by the line, by the last."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The wait is `expected_ms`, four times of five within ± `error_ms`. `views`: what it was averaged of, ms."""

    expected_ms: int
    error_ms: int
    views: tuple[int, ...] = ()


@dataclass(slots=True)
class Pace:
    """How one queue moves. The numbers are all there is to keep in a snapshot."""

    work: float = _USUAL_WORK
    """Mean time an agent spends on a contact of the queue, ms."""
    works: int = 0
    share: float = 1.0
    """Mean time between two contacts of the line that get an agent, times the staff, as a share of `work`."""
    steps: int = 0
    last: int = 0
    """When the line moved last."""
    lately: float = 0.0
    """What those waited who got an agent last."""
    gone: float = 0.0
    waited: float = 0.0
    """Those who gave up lately, and how long all waited meanwhile: their quotient is the rate of giving up."""
    missed: Views = (1.0, 1.0, 4.0)
    """Mean square of how far each view was off lately, as a share of what was said."""
    caution: float = 1.0
    """What the error is multiplied by."""

    def finished(self, work: int) -> None:
        """An agent has done with a contact of the queue after `work` ms, wrap-up included."""
        self.works += 1
        self.work += (work - self.work) / min(self.works, 4 * _MEMORY)

    def started(self, waited: int, staff: int, now: int, forecast: Estimate | None = None) -> None:
        """A contact got an agent after `waited` ms; `forecast` is what it was told when it came."""
        gap = min(waited, now - self.last) if self.steps else waited
        self._learn_patience(waited, gone=0)
        if waited > 0:
            sample = gap * max(staff, 1) / max(self.work, 1.0)
            before = self._faded(now)
            self.steps += 1
            self.share = before + (sample - before) / min(self.steps + 2, _MEMORY)
            self.lately += (waited - self.lately) / min(self.steps, _LATELY)
            self.last = now
        if forecast is not None:
            self._learn_misses(waited, forecast)

    def gave_up(self, waited: int) -> None:
        """A contact left the line after `waited` ms without an agent."""
        self._learn_patience(waited, gone=1)

    def estimate(self, ahead: int, staff: int, now: int) -> Estimate | None:
        """For a contact with `ahead` others before it, `staff` agents signed in; None: nobody is there who could serve.

        Not to be asked while an agent is on offer: then the wait is 0.
        """
        if staff <= 0:
            return None
        step = max(self.work / staff, 1.0)
        book = self._through(ahead, step)
        views = (book, self._through(ahead, max(self._faded(now) * step, 1.0)), self.lately if self.steps else book)
        weights = [missed**-2 for missed in self.missed]
        expected = sum(weight * view for weight, view in zip(weights, views, strict=True)) / sum(weights)
        error = self.caution * expected * sqrt(1 / (ahead + 1) + _DRIFT**2)
        return Estimate(round(expected), round(error), tuple(round(view) for view in views))

    def _through(self, ahead: int, step: float) -> float:
        """Until all `ahead` and one more got an agent or gave up, when an agent is free every `step` ms."""
        leaving = step * self.gone / self.waited if self.waited > 0 else 0.0
        steps = float(ahead + 1)
        if leaving * ahead > 0.001:
            steps = 1 + log((1 + (ahead + 0.5) * leaving) / (1 + 0.5 * leaving)) / leaving
        return step * steps

    def _faded(self, now: int) -> float:
        """The share, the less trusted the longer the line has not moved."""
        if not self.steps:
            return self.share
        trust = exp(-max(now - self.last - _FRESH, 0) / _FADES)
        return self.share * trust + (1 - trust)

    def _learn_misses(self, waited: int, forecast: Estimate) -> None:
        missed = abs(waited - forecast.expected_ms) > forecast.error_ms
        self.caution *= exp(_LOOSENED * (missed - (1 - COVERED)))
        self.caution = min(max(self.caution, _LEAST_CAUTION), _MOST_CAUTION)
        if len(forecast.views) != len(self.missed):
            return
        scale = max(forecast.expected_ms, 1_000)
        off = [((waited - view) / scale) ** 2 for view in forecast.views]
        book, line, last = (before + (now - before) / _MEMORY for before, now in zip(self.missed, off, strict=True))
        self.missed = (book, line, last)

    def _learn_patience(self, waited: int, gone: int) -> None:
        keep = 1 - 1 / (4 * _MEMORY)
        self.gone = self.gone * keep + gone
        self.waited = self.waited * keep + waited
