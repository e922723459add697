"""How much work a piece of code does, counted in calls: the same on every machine, however busy it is.

For tests of code that must not take long on hostile or large input. A clock would also measure the machine.
"""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType


@dataclass
class Effort:
    """What was counted so far."""

    calls: int = 0
    """Calls of Python and of built-in functions. One built-in call that takes long counts as one."""


@contextlib.contextmanager
def effort() -> Iterator[Effort]:
    """Counts while the block runs, in this thread."""
    spent = Effort()

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        if event in {"call", "c_call"}:
            spent.calls += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield spent
    finally:
        sys.setprofile(before)
