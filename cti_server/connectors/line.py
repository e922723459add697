"""The way to one source: so many calls at a time, none while it is broken, and never longer than a caller can wait."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from cti_server.connectors.breaker import Breaker, Permit, State
from cti_server.connectors.values import ConnectorError, Signature, Values, Why

_FAILURES = frozenset((Why.TIMEOUT, Why.UNREACHABLE, Why.BAD_ANSWER, Why.BUSY))
"""What a broken system does; a `refused` or `not_found` is the answer of one that works."""
BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

log = structlog.get_logger()


class Source(Protocol):
    """What answers. `ask` is cancelled when its time is over."""

    @property
    def signatures(self) -> Mapping[str, Signature]: ...

    async def ask(self, action: str, arguments: Mapping[str, str], seconds: float, key: str | None) -> Values: ...

    async def close(self) -> None: ...


@dataclass(slots=True)
class Figures:
    """Since the start. `calls`: (action, "ok" or why); `buckets`: how many took at most each of `BOUNDS` seconds."""

    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0

    def note(self, action: str, result: str, seconds: float) -> None:
        self.calls[action, result] += 1
        self.seconds += seconds
        self.buckets[sum(seconds > bound for bound in BOUNDS)] += 1


@dataclass(slots=True)
class _Call:
    """`permit` is None until it may go on; `queued`: others were before it."""

    queued: bool
    permit: Permit | None = None


class Line:
    """`concurrency` calls at a time, `waiting` more wait for their turn; others are turned away at once."""

    def __init__(
        self,
        name: str,
        source: Source,
        breaker: Breaker,
        concurrency: int,
        waiting: int,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.source = source
        self.figures = Figures()
        self._breaker = breaker
        self._slots = asyncio.Semaphore(concurrency)
        self._room = concurrency + waiting
        self._inside = 0
        self._now = now
        self._left: set[asyncio.Task[Values]] = set()

    @property
    def inside(self) -> int:
        """Calls under way and waiting."""
        return self._inside

    @property
    def state(self) -> State:
        return self._breaker.state(self._now())

    async def call(self, action: str, arguments: Mapping[str, str], seconds: float, key: str | None) -> Values:
        """The source's answer; ConnectorError when there is none within `seconds`."""
        began = self._now()
        try:
            answer = await self._bounded(action, arguments, seconds, key)
        except ConnectorError as error:
            self.figures.note(action, error.why, self._now() - began)
            log.info("connector_failed", connector=self.name, action=action, why=error.why.value, detail=error.detail)
            raise
        except Exception:
            # A fault of ours: the caller goes on with the step's fallback all the same.
            self.figures.note(action, Why.BAD_ANSWER, self._now() - began)
            log.exception("connector_broken", connector=self.name, action=action)
            raise ConnectorError(Why.BAD_ANSWER, "a fault of this server; its log has more") from None
        self.figures.note(action, "ok", self._now() - began)
        return answer

    async def close(self) -> None:
        for task in self._left:
            task.cancel()
        if self._left:
            await asyncio.wait(self._left, timeout=2)
        await self.source.close()

    async def _bounded(self, action: str, arguments: Mapping[str, str], seconds: float, key: str | None) -> Values:
        if not self._breaker.lets_in(self._now()):
            raise _resting()
        if self._inside >= self._room:
            raise ConnectorError(Why.BUSY, "too many calls at once")
        call = _Call(queued=self._slots.locked())
        task = asyncio.create_task(self._through(call, action, arguments, seconds, key))
        self._inside += 1
        task.add_done_callback(self._ended)
        # Not wait_for: what hangs may refuse to be cancelled for longer than a caller can wait.
        try:
            await asyncio.wait({task}, timeout=seconds)
        except asyncio.CancelledError:
            self._leave(task)
            if call.permit is not None:
                self._breaker.gave_up(call.permit)
            raise
        if task.done():
            return task.result()
        self._leave(task)
        if call.permit is None and call.queued:
            raise ConnectorError(Why.BUSY, "its turn did not come in time")
        if call.permit is not None:
            self._failed(call.permit)
        raise ConnectorError(Why.TIMEOUT, "no answer in time")

    async def _through(
        self, call: _Call, action: str, arguments: Mapping[str, str], seconds: float, key: str | None
    ) -> Values:
        began = self._now()
        async with self._slots:
            call.permit = self._breaker.enter(self._now())
            if call.permit is None:
                raise _resting()
            return await self._asked(call.permit, action, arguments, seconds - (self._now() - began), key)

    async def _asked(
        self, permit: Permit, action: str, arguments: Mapping[str, str], seconds: float, key: str | None
    ) -> Values:
        try:
            answer = await self.source.ask(action, arguments, seconds, key)
        except ConnectorError as error:
            if error.why in _FAILURES:
                self._failed(permit)
            else:
                self._breaker.succeeded(permit)
            raise
        except BaseException:
            # Cancelled, or a bug: who waited has settled it already; if nobody did, the trial is free again.
            self._breaker.gave_up(permit)
            raise
        self._breaker.succeeded(permit)
        return answer

    def _failed(self, permit: Permit) -> None:
        before = self.state
        self._breaker.failed(permit, self._now())
        if self.state is State.OPEN and before is not State.OPEN:
            log.warning("connector_left_alone", connector=self.name, seconds=self._breaker.rest)

    def _leave(self, task: asyncio.Task[Values]) -> None:
        task.cancel()
        self._left.add(task)

    def _ended(self, task: asyncio.Task[Values]) -> None:
        self._inside -= 1
        self._left.discard(task)
        if not task.cancelled():
            task.exception()


def _resting() -> ConnectorError:
    return ConnectorError(Why.UNREACHABLE, "it failed again and again and is left alone for a moment")
