"""The breaker against a plain account of what it promises, in any order of calls, ends and time."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, consumes, invariant, multiple, rule

from cti_server.connectors.breaker import Breaker, Permit, State

FAILURES, REST = 2, 10.0


class BreakerMachine(RuleBasedStateMachine):
    permits = Bundle("permits")

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker(FAILURES, REST)
        self.now = 0.0
        self.in_a_row = 0
        self.opened_at: float | None = None
        self.era = 0
        """Grows when it opens and when it closes: ends of calls from an earlier one count nothing."""
        self.eras: dict[Permit, int] = {}
        self.trial: Permit | None = None

    @property
    def resting(self) -> bool:
        return self.opened_at is not None and self.now < self.opened_at + REST

    @rule(seconds=st.floats(0.1, 2 * REST))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=permits)
    def enter(self) -> Permit | MultipleResults[Permit]:
        expected = not self.resting and (self.opened_at is None or self.trial is None)
        assert self.breaker.lets_in(self.now) is expected
        permit = self.breaker.enter(self.now)
        assert (permit is not None) is expected
        if permit is None:
            return multiple()
        self.eras[permit] = self.era
        if self.opened_at is not None:
            self.trial = permit
        return permit

    def _ends(self, permit: Permit) -> bool:
        if permit is self.trial:
            self.trial = None
        return self.eras[permit] == self.era

    @rule(permit=consumes(permits))
    def fails(self, permit: Permit) -> None:
        trial = permit is self.trial
        counts = self._ends(permit)
        self.breaker.failed(permit, self.now)
        self.breaker.failed(permit, self.now)  # said twice, counts once
        if counts:
            self.in_a_row += 1
            if trial or self.in_a_row >= FAILURES:
                self.opened_at, self.in_a_row, self.era = self.now, 0, self.era + 1

    @rule(permit=consumes(permits))
    def succeeds(self, permit: Permit) -> None:
        trial = permit is self.trial
        counts = self._ends(permit)
        self.breaker.succeeded(permit)
        self.breaker.failed(permit, self.now)  # too late
        if counts:
            self.in_a_row = 0
            if trial:
                self.opened_at, self.era = None, self.era + 1

    @rule(permit=consumes(permits))
    def nobody_waits(self, permit: Permit) -> None:
        self._ends(permit)
        self.breaker.gave_up(permit)

    @invariant()
    def state_is_told(self) -> None:
        state = self.breaker.state(self.now)
        assert state is (State.CLOSED if self.opened_at is None else State.OPEN if self.resting else State.HALF_OPEN)


TestBreaker = BreakerMachine.TestCase
TestBreaker.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_ends_of_calls_from_before_it_opened_count_nothing() -> None:
    breaker = Breaker(1, 10)
    permits = [permit for permit in (breaker.enter(0) for _ in range(4)) if permit is not None]
    breaker.failed(permits[0], 0)
    breaker.succeeded(permits[1])
    assert breaker.state(9) is State.OPEN
    breaker.failed(permits[2], 9)
    assert breaker.state(10) is State.HALF_OPEN
    trial = breaker.enter(10)
    assert trial is not None
    breaker.succeeded(trial)
    breaker.failed(permits[3], 11)
    assert breaker.state(11) is State.CLOSED


def test_a_system_that_is_back_is_asked_again() -> None:
    breaker = Breaker(2, 10)
    for _ in range(2):
        permit = breaker.enter(0)
        assert permit is not None
        breaker.failed(permit, 0)
    assert breaker.enter(9.9) is None
    trial = breaker.enter(10)
    assert trial is not None
    assert breaker.enter(10) is None, "one trial at a time"
    breaker.succeeded(trial)
    assert breaker.state(10) is State.CLOSED
    assert breaker.enter(10) is not None


@pytest.mark.parametrize("end", ["failed", "gave_up"])
def test_a_trial_that_says_nothing_does_not_close_the_door_for_ever(end: str) -> None:
    breaker = Breaker(1, 10)
    first = breaker.enter(0)
    assert first is not None
    breaker.failed(first, 0)
    trial = breaker.enter(10)
    assert trial is not None
    if end == "failed":
        breaker.failed(trial, 10)
        assert breaker.enter(19) is None
        assert breaker.enter(20) is not None
    else:
        breaker.gave_up(trial)
        assert breaker.enter(10) is not None
