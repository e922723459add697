"""How late the event loop runs: every call shares it, so its longest stall is what a caller waits at worst."""

import asyncio
import gc
import selectors
import time
from collections import deque
from collections.abc import Coroutine, Iterator
from typing import TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

WINDOW = 30.0
_WORTH_NOTING = 0.001
_WORTH_COUNTING = 0.020

T = TypeVar("T")


def settle_memory() -> None:
    """Call it once everything is set up: what was made so far stays, and no garbage collection walks it during calls.

    A full collection stalled the loop for 190 ms; later ones are also rarer than by Python's own setting, as what lives
    long here is mostly no garbage.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(700, 10, 100)


class _Longest:
    """The greatest of the values noted in the last 30 s."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque()
        """(when, value), each later and smaller than the one before: the first is the answer."""

    def note(self, now: float, value: float) -> None:
        while self._seen and self._seen[-1][1] <= value:
            self._seen.pop()
        self._seen.append((now, value))

    def at(self, now: float) -> float:
        while self._seen and self._seen[0][0] < now - WINDOW:
            self._seen.popleft()
        return self._seen[0][1] if self._seen else 0.0


class Turns:
    """How long each turn of an event loop took: what it did between two looks at its sockets and timers.

    No heartbeat: an idle loop sleeps. A turn that took long without work of its own means that other programs had the
    CPU, and so does a loop that is woken late for a timer: the machine is too small.
    """

    def __init__(self) -> None:
        self.longest, self.own = _Longest(), _Longest()
        self.stalls = 0
        self._began, self._work = time.monotonic(), time.thread_time()

    def ends(self) -> float:
        """The loop goes to look; when that was."""
        now = time.monotonic()
        if now - self._began > _WORTH_NOTING:
            self._note(now, now - self._began, time.thread_time() - self._work)
        return now

    def begins(self, due: float | None) -> None:
        """It goes on; `due`: the timer that woke it, None for a socket."""
        self._began, self._work = time.monotonic(), time.thread_time()
        if due is not None and self._began - due > _WORTH_NOTING:
            self._note(self._began, self._began - due, 0.0)

    def _note(self, now: float, took: float, work: float) -> None:
        self.stalls += took > _WORTH_COUNTING
        self.longest.note(now, took)
        self.own.note(now, min(took, work))


class _TimedSelector(selectors.DefaultSelector):
    def __init__(self, turns: Turns) -> None:
        super().__init__()
        self._turns = turns

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        asked = self._turns.ends()
        ready = super().select(timeout)
        self._turns.begins(asked + timeout if timeout and not ready else None)
        return ready


class WatchedLoop(asyncio.SelectorEventLoop):
    """An event loop whose turns are timed."""

    def __init__(self) -> None:
        self.turns = Turns()
        super().__init__(_TimedSelector(self.turns))


def run_watched(main: Coroutine[None, None, T]) -> T:
    """As `asyncio.run`, on a loop whose turns are timed."""
    with asyncio.Runner(loop_factory=WatchedLoop) as runner:
        return runner.run(main)


class StallWatch(Collector):
    """What `Turns` found, as metrics."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    @override
    def collect(self) -> Iterator[Metric]:
        now = time.monotonic()
        yield GaugeMetricFamily(
            "cti_loop_stall_seconds",
            "Longest stall of the event loop in the last 30 s",
            value=self._turns.longest.at(now),
        )
        yield GaugeMetricFamily(
            "cti_loop_stall_own_seconds",
            "Longest part of a stall that was work of the event loop itself, in the last 30 s",
            value=self._turns.own.at(now),
        )
        yield CounterMetricFamily("cti_loop_stalls", "Stalls of the event loop above 20 ms", value=self._turns.stalls)
