"""How long callers would have waited who were answered first: the Kaplan–Meier estimate of patience.

Who was answered after t was patient for t at least; nobody knows how much longer. The estimate uses both: those who
gave up, and for how long the others were seen not to. (E. L. Kaplan, P. Meier: Nonparametric estimation from
incomplete observations, JASA 53, 1958; for call centers L. Brown et al., JASA 100, 2005.)
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from random import Random


@dataclass(frozen=True, slots=True)
class Patience:
    """`times` (ms, rising) at which somebody gave up, and the share that is patient for longer than each."""

    times: tuple[int, ...] = ()
    longer: tuple[float, ...] = ()

    def draw(self, random: Random, than: int) -> int | None:
        """The patience of one who is known to wait longer `than` that; None: as long as it takes."""
        at = bisect_right(self.times, than)
        left = self.longer[at - 1] if at else 1.0
        share = random.random() * left
        return next(
            (time for time, longer in zip(self.times[at:], self.longer[at:], strict=True) if longer <= share), None
        )


def patience_of(waits: Iterable[tuple[int, bool]]) -> Patience:
    """From (how long one waited, whether he gave up then)."""
    ordered = sorted(waits)
    there = len(ordered)
    share = 1.0
    times: list[int] = []
    longer: list[float] = []
    for time, group in groupby(ordered, key=lambda wait: wait[0]):
        gave_up = [gone for _, gone in group]
        if any(gave_up):
            share *= 1 - sum(gave_up) / there
            times.append(time)
            longer.append(share)
        there -= len(gave_up)
    return Patience(tuple(times), tuple(longer))
