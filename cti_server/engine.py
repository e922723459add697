"""The single writer: every input goes through `floor.step` here, its events through the journal, then to the world.

Order is the whole point. One input is stepped at a time; events are committed as decided (many steps
share one commit: group commit); listeners see events and the telephone system gets effects only after the commit. While
a commit runs, the floor goes on deciding, so a slow disk costs latency but no throughput.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from cti_server.floor.deciding import BrokenStepError, Step
from cti_server.floor.effects import Effect
from cti_server.floor.events import Recorded
from cti_server.floor.inputs import Input, TimePassed
from cti_server.floor.model import Floor
from cti_server.floor.step import next_due, step
from cti_server.floor.words import Millis
from cti_server.store.spool import SpoolFullError

Listener = Callable[[Sequence[Recorded]], None]

_MOST_UNSAVED = 50_000
"""Events kept in memory when neither the database nor the disk takes them; beyond, no new calls are let in."""

log = structlog.get_logger()


class Log(Protocol):
    """Where events become safe. `append` returns once they are; see `store.journal`."""

    async def append(self, batch: Sequence[Recorded]) -> None: ...


@dataclass(slots=True)
class _Pending:
    step: Step
    waiter: asyncio.Future[None] | None


class Engine:
    """Owns the live floor. `floor` may be read by anybody, and is ahead of what is committed by milliseconds."""

    def __init__(self, floor: Floor, epoch: str, journal: Log, clock: Callable[[], Millis]) -> None:
        self.floor = floor
        self.epoch = epoch
        self._journal = journal
        self._clock = clock
        self._listeners: list[Listener] = []
        self._performers: list[Callable[[Effect], None]] = []
        self._pending: list[_Pending] = []
        self._unsaved = 0
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at: Millis | None = None

    @property
    def overloaded(self) -> bool:
        """True when events can be kept nowhere but in memory and that is nearly full: let no new calls in."""
        return self._unsaved >= _MOST_UNSAVED

    def now(self) -> Millis:
        return self._clock()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """`listener` gets every committed batch, in order, and must not block. Returns the way to unsubscribe."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def perform_with(self, perform: Callable[[Effect], None]) -> None:
        """`perform` starts each effect after its events are committed; it must not block or raise."""
        self._performers.append(perform)

    def submit(self, fact: Input) -> None:
        """A fact: stepped now, committed soon."""
        self._take(fact, None)

    async def request(self, request: Input) -> tuple[Recorded, ...]:
        """A request: its events, once they are committed. Raises RefusedError when it cannot be done."""
        waiter = asyncio.get_running_loop().create_future()
        done = self._take(request, waiter)
        await waiter
        return done.events

    async def run(self) -> None:
        """Commit and publish until cancelled; what was decided by then is still committed."""
        self._arm()
        try:
            while True:
                await self._wake.wait()
                await self._commit()
        finally:
            if self._timer is not None:
                self._timer.cancel()
            if self._pending:
                await self._commit()

    def _take(self, fact: Input, waiter: asyncio.Future[None] | None) -> Step:
        try:
            done = step(self.floor, fact, self._clock())
        except BrokenStepError as error:
            log.exception("floor_rule_failed", input=type(fact).__name__)
            done = error.step
        if done.events or done.effects or waiter is not None:
            self._pending.append(_Pending(done, waiter))
            self._unsaved += len(done.events)
            self._wake.set()
        self._arm()
        return done

    def _arm(self) -> None:
        """One timer for the earliest deadline; it is moved, never polled."""
        due = next_due(self.floor)
        if due == self._timer_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._timer_at = None, due
        if due is not None:
            delay = max(0, due - self._clock()) / 1000
            self._timer = asyncio.get_running_loop().call_later(delay, self._time_passed)

    def _time_passed(self) -> None:
        self._timer, self._timer_at = None, None
        self._take(TimePassed(), None)

    async def _commit(self) -> None:
        batch, self._pending = self._pending, []
        self._wake.clear()
        events = [recorded for pending in batch for recorded in pending.step.events]
        if events:
            await self._save(events)
            self._unsaved -= len(events)
            self._publish(events)
        for pending in batch:
            for effect in pending.step.effects:
                for perform in self._performers:
                    perform(effect)
            if pending.waiter is not None and not pending.waiter.done():
                pending.waiter.set_result(None)

    async def _save(self, events: Sequence[Recorded]) -> None:
        """Until it is safe: with database and disk both refusing, calls go on from memory and nothing is published."""
        while True:
            try:
                await self._journal.append(events)
            except SpoolFullError as error:
                log.error("journal_full", unsaved=self._unsaved, detail=str(error))
                await asyncio.sleep(0.5)
            else:
                return

    def _publish(self, events: Sequence[Recorded]) -> None:
        for listener in self._listeners:
            try:
                listener(events)
            except Exception:
                log.exception("listener_failed")
