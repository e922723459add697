"""How late the event loop runs: every call shares it, so its longest stall is what a caller waits at worst."""

import asyncio
import gc
import time
from collections import deque
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

BEAT = 0.010
WINDOW = 30.0
_WORTH_COUNTING = 0.020


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


class StallWatch(Collector):
    """A heartbeat every 10 ms that notes how late it is, and how much of that the loop's own thread worked.

    A stall without work of our own means that other programs had the CPU: the machine is too small.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._late, self._worked = _Longest(), _Longest()
        self._stalls = 0
        self._due = self._work = 0.0

    async def run(self) -> None:
        """Until cancelled."""
        self._again()
        try:
            await self._loop.create_future()
        finally:
            self._timer.cancel()

    def _again(self) -> None:
        self._due, self._work = self._loop.time() + BEAT, time.thread_time()
        self._timer = self._loop.call_at(self._due, self._beat)

    def _beat(self) -> None:
        now = self._loop.time()
        late = now - self._due
        self._stalls += late > _WORTH_COUNTING
        self._late.note(now, late)
        self._worked.note(now, min(late, time.thread_time() - self._work))
        self._again()

    @override
    def collect(self) -> Iterator[Metric]:
        now = self._loop.time()
        yield GaugeMetricFamily(
            "cti_loop_stall_seconds", "Longest stall of the event loop in the last 30 s", value=self._late.at(now)
        )
        yield GaugeMetricFamily(
            "cti_loop_stall_own_seconds",
            "Longest part of a stall that was work of the event loop itself, in the last 30 s",
            value=self._worked.at(now),
        )
        yield CounterMetricFamily("cti_loop_stalls", "Stalls of the event loop above 20 ms", value=self._stalls)
