"""A figure of several independent runs, with the interval the true one is in."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

_T = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
"""Two-sided 95 % quantiles of Student's t for 1 … 30 degrees of freedom."""
_NORMAL = 1.960


@dataclass(frozen=True, slots=True)
class Interval:
    """95 %: `mean` ± `half`."""

    mean: float
    half: float

    def __contains__(self, figure: float) -> bool:
        return abs(figure - self.mean) <= self.half


def interval(figures: Sequence[float]) -> Interval:
    """Of figures of independent runs, two at least."""
    freedom = len(figures) - 1
    t = _T[freedom - 1] if freedom <= len(_T) else _NORMAL
    return Interval(fmean(figures), t * stdev(figures) / sqrt(len(figures)))
