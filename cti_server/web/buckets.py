"""Token buckets: so many at once, then so many a minute. Bounded, in memory; a restart forgives."""

from collections import OrderedDict
from collections.abc import Callable, Hashable


class Buckets:
    """One bucket per key; the least recently used are forgotten beyond `max_keys`."""

    def __init__(self, burst: int, per_second: float, clock: Callable[[], float], *, max_keys: int = 10_000) -> None:
        self._burst = burst
        self._per_second = per_second
        self._clock = clock
        self._max_keys = max_keys
        self._levels: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, key: Hashable) -> float:
        """0.0 when there is a token (it is taken), else the seconds until there is one."""
        now = self._clock()
        level, then = self._levels.pop(key, (float(self._burst), now))
        level = min(self._burst, level + (now - then) * self._per_second)
        wait = 0.0 if level >= 1 else (1 - level) / self._per_second
        self._levels[key] = (level - 1 if wait == 0.0 else level, now)
        if len(self._levels) > self._max_keys:
            self._levels.popitem(last=False)
        return wait

    def forgive(self, key: Hashable) -> None:
        """Somebody proved to be who he says: his failures do not count any more."""
        self._levels.pop(key, None)
