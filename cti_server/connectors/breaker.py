"""A circuit breaker: what failed again and again is left alone for a while, then tried once. Time is passed in."""

from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    """The rest is over: one call may try; all others are still turned away."""


@dataclass(slots=True, eq=False)
class Permit:
    """Leave to make one call. Only what is said first of its end counts; each end is a method of `Breaker`."""

    epoch: int
    trial: bool
    settled: bool = False


@dataclass(slots=True)
class Breaker:
    """Opens after `failures` failures in a row for `rest` seconds. Calls that began before it opened change nothing."""

    failures: int
    rest: float
    _failed: int = field(default=0, init=False)
    _open_until: float | None = field(default=None, init=False)
    _trial: Permit | None = field(default=None, init=False)
    _epoch: int = field(default=0, init=False)

    def state(self, now: float) -> State:
        if self._open_until is None:
            return State.CLOSED
        return State.OPEN if now < self._open_until else State.HALF_OPEN

    def lets_in(self, now: float) -> bool:
        """Whether `enter` would give a permit."""
        state = self.state(now)
        return state is State.CLOSED or (state is State.HALF_OPEN and self._trial is None)

    def enter(self, now: float) -> Permit | None:
        """None: do not even try. A permit must be settled, whatever happens, by one of the three methods below."""
        if not self.lets_in(now):
            return None
        permit = Permit(self._epoch, trial=self._open_until is not None)
        if permit.trial:
            self._trial = permit
        return permit

    def succeeded(self, permit: Permit) -> None:
        if self._counts(permit):
            self._failed, self._open_until = 0, None
            if permit.trial:
                self._epoch += 1

    def failed(self, permit: Permit, now: float) -> None:
        if not self._counts(permit):
            return
        self._failed += 1
        if permit.trial or self._failed >= self.failures:
            self._open_until = now + self.rest
            self._failed = 0
            self._epoch += 1

    def gave_up(self, permit: Permit) -> None:
        """Nobody waited for the end (the caller hung up): it says nothing, and another may try."""
        self._counts(permit)

    def _counts(self, permit: Permit) -> bool:
        if permit.settled:
            return False
        permit.settled = True
        if self._trial is permit:
            self._trial = None
        return permit.epoch == self._epoch
