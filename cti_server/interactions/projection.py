"""Keeps the tables of interactions true to the journal: follows committed events and writes rows, exactly once.

Events come in memory (`offer`), a batch at most every 200 ms; what was missed, at the start or while PostgreSQL was
away, is read from the journal. The cursor moves in the transaction that writes the rows.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn

import asyncpg
import structlog

from cti_server.floor.events import Recorded
from cti_server.interactions.fold import Fold
from cti_server.interactions.write import load_live, write
from cti_server.store.base import plain_url
from cti_server.store.journal import JournalAwayError
from cti_server.store.journal_connection import AWAY

NAME = "interactions"
_GATHER_SECONDS = 0.2
_MOST_AT_ONCE = 500
_MOST_KEPT = 20_000
_STATEMENT_SECONDS = 10

log = structlog.get_logger()


class _CursorMovedError(Exception):
    """Somebody else wrote this batch."""


Writer = Callable[[asyncpg.Connection, Sequence[Recorded]], Awaitable[None]]
"""Writes what else follows from these events, within the transaction of their rows."""


class Projection:
    """`read(after, limit)` gives journal entries (`Journal.read`). `run` it as a task; `offer` it every commit."""

    def __init__(
        self, url: str, read: Callable[[int, int], Awaitable[list[Recorded]]], also: Sequence[Writer] = ()
    ) -> None:
        self.cursor = 0
        """The last event whose rows are committed."""
        self.skipped = 0
        """Events that could not be written as rows (a defect, logged); they are in the journal."""
        self._url = plain_url(url)
        self._read = read
        self._also = also
        self._offered: deque[Recorded] = deque()
        self._newest = 0
        self._more = asyncio.Event()
        self._moved = asyncio.Condition()
        self._fold = Fold({})

    @property
    def behind(self) -> int:
        """How many events have no rows yet."""
        return max(0, self._newest - self.cursor)

    def offer(self, batch: Sequence[Recorded]) -> None:
        """Committed events, in order. Never blocks; beyond a bound they are forgotten here and read again later."""
        if not batch:
            return
        self._newest = batch[-1].seq
        self._offered.extend(batch)
        if len(self._offered) > _MOST_KEPT:
            self._offered.clear()
        self._more.set()

    async def reached(self, seq: int) -> None:
        """Wait until the rows of event `seq` are committed; give it a deadline."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.cursor >= seq)

    async def run(self) -> NoReturn:
        """Until cancelled. While PostgreSQL is away it waits and tries again."""
        pause = 0.2
        while True:
            try:
                connection = await asyncpg.connect(
                    self._url,
                    timeout=5,
                    command_timeout=_STATEMENT_SECONDS,
                    server_settings={"application_name": "cti-projection"},
                )
                try:
                    await self._load(connection)
                    pause = 0.2
                    await self._follow(connection)
                finally:
                    connection.terminate()
            except (*AWAY, JournalAwayError, asyncpg.PostgresError, _CursorMovedError) as error:
                log.warning("projection_waits", why=str(error) or type(error).__name__, behind=self.behind)
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 (jitter)
            pause = min(pause * 2, 5.0)

    async def _load(self, connection: asyncpg.Connection) -> None:
        """Start from what is committed; whatever was folded but not written is folded again."""
        await connection.execute(
            "INSERT INTO projection_cursor (name, seq) VALUES ($1, 0) ON CONFLICT DO NOTHING", NAME
        )
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            cursor = await connection.fetchval("SELECT seq FROM projection_cursor WHERE name = $1", NAME)
            self._fold = Fold(await load_live(connection))
        await self._move(int(cursor))

    async def _follow(self, connection: asyncpg.Connection) -> NoReturn:
        missed = True
        while True:
            batch = await self._read(self.cursor, _MOST_AT_ONCE) if missed else await self._gather()
            if batch and batch[0].seq == self.cursor + 1:
                await self._write_all(connection, batch)
            missed = self._misses(found=bool(batch), missed=missed)
            if missed and not batch:
                await asyncio.sleep(0.5)  # it is still on its way from the spool into the table

    def _misses(self, *, found: bool, missed: bool) -> bool:
        """Whether the next event has to come from the journal, because memory does not have it."""
        while self._offered and self._offered[0].seq <= self.cursor:
            self._offered.popleft()
        if self._offered:
            return self._offered[0].seq != self.cursor + 1
        return self._newest > self.cursor or (missed and found)

    async def _gather(self) -> list[Recorded]:
        await self._more.wait()
        if len(self._offered) < _MOST_AT_ONCE:
            await asyncio.sleep(_GATHER_SECONDS)
        batch = [self._offered.popleft() for _ in range(min(_MOST_AT_ONCE, len(self._offered)))]
        if not self._offered:
            self._more.clear()
        return batch

    async def _write_all(self, connection: asyncpg.Connection, batch: Sequence[Recorded]) -> None:
        try:
            await self._write(connection, batch)
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
            # One event that cannot be a row must not hold back all that follow.
            log.error("projection_batch_refused", first=batch[0].seq, last=batch[-1].seq, why=type(error).__name__)
            await self._load(connection)
            for recorded in batch:
                await self._write_or_skip(connection, recorded)

    async def _write_or_skip(self, connection: asyncpg.Connection, recorded: Recorded) -> None:
        try:
            await self._write(connection, [recorded])
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
            log.error("projection_event_skipped", seq=recorded.seq, type=recorded.type, why=type(error).__name__)
            self.skipped += 1
            await self._load(connection)
            await self._advance(connection, recorded.seq)
            await self._move(recorded.seq)

    async def _write(self, connection: asyncpg.Connection, batch: Sequence[Recorded]) -> None:
        for recorded in batch:
            self._fold.take(recorded)
        changes = self._fold.changes()
        async with connection.transaction():
            await self._advance(connection, batch[-1].seq)
            await write(connection, changes)
            for writer in self._also:
                await writer(connection, batch)
        await self._move(batch[-1].seq)

    async def _advance(self, connection: asyncpg.Connection, seq: int) -> None:
        done = await connection.execute(
            "UPDATE projection_cursor SET seq = $2 WHERE name = $1 AND seq = $3", NAME, seq, self.cursor
        )
        if done != "UPDATE 1":
            raise _CursorMovedError(f"the cursor is not at {self.cursor} any more")

    async def _move(self, seq: int) -> None:
        async with self._moved:
            self.cursor = seq
            self._newest = max(self._newest, seq)
            self._moved.notify_all()
