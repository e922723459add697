"""The floor's clock: wall time that never runs backwards."""

import time
from dataclasses import dataclass, field

from cti_server.floor.words import Millis


@dataclass(slots=True)
class Clock:
    """Milliseconds since the epoch: the wall at start, moved on by the monotonic clock, never below `not_before`.

    A wall clock that is set back (NTP, an operator) would reorder events and stretch deadlines; this one is only read
    once. A restart reads it again.
    """

    not_before: Millis = field(default=Millis(0))
    _offset: int = field(init=False)

    def __post_init__(self) -> None:
        self._offset = max(_wall(), self.not_before) - _monotonic()

    def __call__(self) -> Millis:
        return Millis(self._offset + _monotonic())


def _wall() -> int:
    return time.time_ns() // 1_000_000


def _monotonic() -> int:
    return time.monotonic_ns() // 1_000_000
