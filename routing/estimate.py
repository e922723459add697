"""How long one more contact will wait, and how far that may be off. Constant time, a handful of plain numbers.

The forecast counts those ahead and multiplies by the time one step of the line takes at the present staff (the
queue-length delay estimator; Ibrahim, Whitt: Real-time delay estimation based on delay history, M&SOM 11(3), 2009).
The step is not `work time / staff`: it is learned from the contacts that left the line for an agent, so it also knows
agents who are shared with other queues. Those who give up shorten the line (Erlang-A). The error follows what earlier
forecasts missed: it grows and shrinks until four of five were within it (Gibbs, Candès: Adaptive conformal inference
under distribution shift, NeurIPS 2021), so it holds whatever the reason for the misses.
"""

from dataclasses import dataclass
from math import exp, log, sqrt

COVERED = 0.8
"""Share of the forecasts whose error figure is to hold."""
_MEMORY = 30
"""Contacts over which the pace is averaged."""
_LOOSENED = 0.05
_FADES = 3_600_000
"""What was learned from the line fades in about this time while nobody moves in it, ms."""
_DRIFT = 0.2
"""How far the pace may change until the contact is served, as a share of the forecast."""
_USUAL_WORK = 180_000.0
_MOST_CAUTION = 20.0
_LEAST_CAUTION = 0.05


@dataclass(frozen=True, slots=True)
class Estimate:
    """The wait is `expected_ms`, four times of five within ± `error_ms`."""

    expected_ms: int
    error_ms: int


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
    gone: float = 0.0
    waited: float = 0.0
    """Those who gave up lately, and how long all waited meanwhile: their quotient is the rate of giving up."""
    caution: float = 1.0
    """What the error is multiplied by."""

    def finished(self, work: int) -> None:
        """An agent has done with a contact of the queue after `work` ms, wrap-up included."""
        self.works += 1
        self.work += (work - self.work) / min(self.works, 2 * _MEMORY)

    def started(self, waited: int, staff: int, now: int, forecast: Estimate | None = None) -> None:
        """A contact got an agent after `waited` ms; `forecast` is what it was told when it came."""
        gap = min(waited, now - self.last) if self.steps else waited
        self._learn_patience(waited, gone=0)
        if waited > 0:
            sample = gap * max(staff, 1) / max(self.work, 1.0)
            before = self._faded(now)
            self.steps += 1
            self.share = before + (sample - before) / min(self.steps + 2, _MEMORY)
            self.last = now
        if forecast is not None:
            missed = abs(waited - forecast.expected_ms) > forecast.error_ms
            self.caution *= exp(_LOOSENED * (missed - (1 - COVERED)))
            self.caution = min(max(self.caution, _LEAST_CAUTION), _MOST_CAUTION)

    def gave_up(self, waited: int) -> None:
        """A contact left the line after `waited` ms without an agent."""
        self._learn_patience(waited, gone=1)

    def estimate(self, ahead: int, staff: int, now: int) -> Estimate | None:
        """For a contact with `ahead` others before it, `staff` agents signed in; None: nobody is there who could serve.

        Not to be asked while an agent is on offer: then the wait is 0.
        """
        if staff <= 0:
            return None
        step = max(self._faded(now) * self.work / staff, 1.0)
        leaving = step * self.gone / self.waited if self.waited > 0 else 0.0
        steps = float(ahead + 1)
        if leaving * ahead > 0.001:
            steps = 1 + log((1 + (ahead + 0.5) * leaving) / (1 + 0.5 * leaving)) / leaving
        expected = step * steps
        error = self.caution * expected * sqrt(1 / (ahead + 1) + _DRIFT**2)
        return Estimate(round(expected), round(error))

    def _faded(self, now: int) -> float:
        """The share, the less trusted the longer the line has not moved."""
        if not self.steps:
            return self.share
        trust = exp(-max(now - self.last, 0) / _FADES)
        return self.share * trust + (1 - trust)

    def _learn_patience(self, waited: int, gone: int) -> None:
        keep = 1 - 1 / (4 * _MEMORY)
        self.gone = self.gone * keep + gone
        self.waited = self.waited * keep + waited
