"""How late the event loop runs: every call shares it, so its longest stall is what a caller waits at worst."""

import asyncio
from collections import deque
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

BEAT = 0.010
WINDOW = 30.0
_WORTH_COUNTING = 0.020


class StallWatch(Collector):
    """A heartbeat every 10 ms that notes how late it is. `run` it as a task."""

    def __init__(self) -> None:
        self.stalls = 0
        """Stalls above 20 ms since the start."""
        self._clock = asyncio.get_running_loop().time
        self._worst: deque[tuple[float, float]] = deque()
        """(when, seconds late), each later and smaller than the one before: the first is the longest in the window."""

    @property
    def longest(self) -> float:
        """Seconds of the longest stall that ended in the last 30 s."""
        self._forget(self._clock())
        return self._worst[0][1] if self._worst else 0.0

    async def run(self) -> None:
        while True:
            due = self._clock() + BEAT
            await asyncio.sleep(BEAT)
            self._note(self._clock(), due)

    def _note(self, now: float, due: float) -> None:
        late = now - due
        if late > _WORTH_COUNTING:
            self.stalls += 1
        while self._worst and self._worst[-1][1] <= late:
            self._worst.pop()
        self._worst.append((now, late))
        self._forget(now)

    def _forget(self, now: float) -> None:
        while self._worst and self._worst[0][0] < now - WINDOW:
            self._worst.popleft()

    @override
    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "cti_loop_stall_seconds", "Longest stall of the event loop in the last 30 s", value=self.longest
        )
        yield CounterMetricFamily("cti_loop_stalls", "Stalls of the event loop above 20 ms", value=self.stalls)
