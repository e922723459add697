"""What people who wait are told of their estimated wait: a round figure, only when it is good enough, and never one
that grows without saying so.
"""

from dataclasses import dataclass
from math import hypot, sqrt

from routing.estimate import Estimate

ROUND = (1, 2, 3, 5, 10, 15, 20, 30)
"""Estimates are rounded up to these minutes: nobody can promise seventeen."""
LONGER = 31
"""Minutes that stand for 'more than thirty'."""
_MINUTE = 60_000
_SLACK = 0.25
"""Share of what was told by which it may be late before people are told so; a minute at least."""
_MOST_SLIPS = 2
"""Who was put off twice hears no more figures: they were no good."""


@dataclass(frozen=True, slots=True)
class Promise:
    """Somebody was told `minutes`, and so expects to be served by `until` (ms since 1970). `slips`: how often it had to
    be put off; he was told then that it takes longer than expected."""

    minutes: int
    until: int
    slips: int = 0


def rounded(expected_ms: float) -> int:
    """The minutes people are told."""
    return next((minutes for minutes in ROUND if expected_ms <= minutes * _MINUTE), LONGER)


def is_good(estimate: Estimate, works: int) -> bool:
    """Whether it can be told: four of five wait within half of the figure around it, or within a minute.

    `works`: how many contacts the mean work time was learned from; it is uncertain by its own share.
    """
    if works <= 0:
        return False
    error = hypot(estimate.error_ms, estimate.expected_ms / sqrt(works))
    minutes = rounded(estimate.expected_ms)
    said = estimate.expected_ms if minutes == LONGER else minutes * _MINUTE
    return error <= max(_MINUTE, said / 2)


def promise(before: Promise | None, estimate: Estimate, works: int, now: int) -> Promise | None:
    """What somebody is told at `now`, after `before`; None: nothing. One slip more: it takes longer than expected."""
    if not is_good(estimate, works):
        return None
    minutes = rounded(estimate.expected_ms)
    until = now + minutes * _MINUTE
    if before is None:
        return Promise(minutes, until)
    if before.slips >= _MOST_SLIPS:
        return None
    if before.minutes == LONGER:
        return Promise(minutes, until, before.slips)
    late = now + estimate.expected_ms - before.until
    if late > max(_MINUTE, before.minutes * _MINUTE * _SLACK):
        return Promise(minutes, until, before.slips + 1)
    minutes = min(minutes, before.minutes)
    return Promise(minutes, min(before.until, now + minutes * _MINUTE), before.slips)
