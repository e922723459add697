"""The append-only log of the floor: in PostgreSQL, or on the local disk for as long as PostgreSQL is away.

`append` returns when the batch is safe in one of the two. The order of the two never mixes: once a batch went to the
spool, all later ones do, until a background task has moved the whole spool into the table and switches back. A commit
whose answer was lost is in both places; `ON CONFLICT (seq) DO NOTHING` makes that harmless.
"""

import asyncio
import contextlib
import random
import uuid
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Literal, ParamSpec, TypeVar

import asyncpg
import structlog

from cti_server.floor.events import Recorded
from cti_server.store.base import plain_url
from cti_server.store.journal_connection import AWAY, FencedError, Identity, WriterConnection
from cti_server.store.spool import Spool, SpoolOwner
from cti_server.store.wire import Row, from_row, pack, to_row, unpack

__all__ = ["FencedError", "Journal", "JournalAwayError", "JournalCounters", "JournalStart"]

P = ParamSpec("P")
T = TypeVar("T")

_CHUNK_ROWS = 500  # a few milliseconds of the loop's time
_DRAIN_SECONDS = 5.0
_FLAP_SECONDS = 30.0

log = structlog.get_logger()


class JournalAwayError(Exception):
    """PostgreSQL cannot be reached, and this needs it."""


@dataclass(frozen=True, slots=True)
class JournalStart:
    """`epoch` names this journal for as long as its database lives; `last_seq` is 0 for an empty one."""

    epoch: str
    last_seq: int


@dataclass(slots=True)
class JournalCounters:
    """Events since the start; `outages` counts how often PostgreSQL went away."""

    appended: int = 0
    spooled: int = 0
    drained: int = 0
    outages: int = 0


class Journal:
    """The one writer of the journal. `append` in order of `seq`, from one task or many.

    `answer_seconds`: how long PostgreSQL may take for a batch before it counts as away. `first_wait`, `longest_wait`:
    bounds of the growing pauses between attempts to reach it again, in seconds.
    """

    def __init__(
        self,
        url: str,
        spool: Spool,
        *,
        answer_seconds: float = 1.0,
        first_wait: float = 0.2,
        longest_wait: float = 10.0,
    ) -> None:
        self.counters = JournalCounters()
        self._url = plain_url(url)
        self._spool = spool
        self._answer_seconds = answer_seconds
        self._first_wait = first_wait
        self._longest_wait = longest_wait
        self._name = f"cti-journal-{uuid.uuid4()}"
        self._turn = asyncio.Lock()
        self._writer: WriterConnection | None = None
        self._identity: Identity | None = None
        self._last_seq = 0
        self._lost = asyncio.Event()
        self._replaced = asyncio.Event()
        self._fenced: FencedError | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._reader: asyncpg.Connection | None = None
        self._reading = asyncio.Lock()

    @property
    def state(self) -> Literal["postgres", "spooling"]:
        return "postgres" if self._writer is not None else "spooling"

    @property
    def last_seq(self) -> int:
        """The last event that is safe."""
        return self._last_seq

    @property
    def spooled_bytes(self) -> int:
        return self._spool.size

    async def open(self) -> JournalStart:
        """Become the only writer, and move what an earlier run had to spool into the table.

        Errors: FencedError while another server runs; JournalAwayError; SpoolFullError does not happen here.
        """
        try:
            writer = await WriterConnection.connect(self._url, self._name, patience=5)
            try:
                started = await self._take_over(writer)
            except BaseException:
                writer.terminate()
                raise
        except AWAY as error:
            raise JournalAwayError(
                f"PostgreSQL cannot be reached ({error}): start it, or check CTI_DATABASE_URL"
            ) from error
        self._use(writer)
        self._keeper = asyncio.create_task(self._keep(), name="journal-keeper")
        return started

    async def append(self, batch: Sequence[Recorded]) -> None:
        """Make `batch` safe. It continues the journal: its first seq is `last_seq + 1`, without gaps (ValueError).

        A cancelled caller still waits for the end of it, so that the batch is known to be safe or not.
        Errors: SpoolFullError, when PostgreSQL is away and the disk takes no more either: the batch is not safe and may
        be tried again; FencedError: stop this server.
        """
        if not batch:
            return
        await _to_the_end(self._append(batch))

    async def read(self, after: int, limit: int) -> list[Recorded]:
        """Up to `limit` events with seq > `after`, oldest first; what is still spooled is not among them.

        Errors: JournalAwayError; floor.snapshot.UnknownEventError for a journal of a newer version.
        """
        async with self._reading:
            try:
                if self._reader is None or self._reader.is_closed():
                    self._reader = await asyncpg.connect(self._url, timeout=3)
                rows = await self._reader.fetch(
                    "SELECT seq, at, type, interaction_id, agent_id, data::text FROM journal "
                    "WHERE seq > $1 ORDER BY seq LIMIT $2",
                    after,
                    limit,
                    timeout=10,
                )
            except AWAY as error:
                if self._reader is not None:
                    self._reader.terminate()
                    self._reader = None
                raise JournalAwayError(f"the journal cannot be read now: {error}") from error
        return [from_row(tuple(row)) for row in rows]

    async def wait_fenced(self) -> FencedError:
        """Waits until another server has taken the journal over (for ever, normally)."""
        await self._replaced.wait()
        return self._fenced or FencedError()

    async def close(self) -> None:
        """Give the journal up. What is spooled stays on the disk for the next `open`."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        async with self._turn:
            for connection in (self._writer, self._reader):
                if connection is not None:
                    await connection.close()
            self._writer = self._reader = None
            self._spool.close()

    # -- writing ---------------------------------------------------------------------------------------------------

    async def _append(self, batch: Sequence[Recorded]) -> None:
        async with self._turn:
            if self._identity is None:
                raise RuntimeError("the journal is not open")
            if self._fenced is not None:
                raise self._fenced
            expected = self._last_seq + 1
            if [recorded.seq for recorded in batch] != list(range(expected, expected + len(batch))):
                raise ValueError(f"events {batch[0].seq}…{batch[-1].seq} do not follow {self._last_seq} without gaps")
            rows = [to_row(recorded) for recorded in batch]
            if not await self._to_postgres(rows):
                owner = SpoolOwner(self._identity.epoch, self._identity.fence)
                await _in_thread(self._spool.append, pack(rows), owner)
                self.counters.spooled += len(rows)
            self.counters.appended += len(rows)
            self._last_seq = batch[-1].seq

    async def _to_postgres(self, rows: list[Row]) -> bool:
        if self._writer is None:
            return False
        try:
            await self._writer.insert(rows, self._answer_seconds)
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError):
            raise  # ours to mend; on the disk it would block everything behind it
        except (*AWAY, asyncpg.PostgresError) as error:
            self._drop_writer(error)
            return False
        return True

    def _use(self, writer: WriterConnection) -> None:
        self._writer = writer
        self._lost = asyncio.Event()
        writer.on_lost(self._lost)

    def _drop_writer(self, why: object) -> None:
        if self._writer is None:
            return
        self._writer.terminate()
        self._writer = None
        self.counters.outages += 1
        log.error("postgres_away_spooling_to_disk", why=str(why) or type(why).__name__, last_seq=self._last_seq)
        self._lost.set()

    # -- coming back -----------------------------------------------------------------------------------------------

    async def _keep(self) -> None:
        """Wait for the connection to break, get it back, for ever. Breaking again soon makes the pauses longer."""
        pause, back_at = self._first_wait, 0.0
        clock = asyncio.get_running_loop().time
        while True:
            await self._lost.wait()
            async with self._turn:
                self._drop_writer("connection lost")
            pause = min(pause * 2, self._longest_wait) if clock() - back_at < _FLAP_SECONDS else self._first_wait
            try:
                await self._come_back(pause)
            except FencedError as error:
                log.critical("journal_fenced", detail=str(error))
                self._fenced = error
                self._replaced.set()
                return
            back_at = clock()

    async def _come_back(self, pause: float) -> None:
        while True:
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 (jitter)
            pause = min(pause * 2, self._longest_wait)
            writer: WriterConnection | None = None
            try:
                writer = await WriterConnection.connect(self._url, self._name, patience=2)
                if await writer.identity() != self._identity:
                    raise FencedError("another cti server has taken this journal over meanwhile: this one must stop")
                await self._drain_and_switch(writer)
            except (*AWAY, asyncpg.PostgresError) as error:
                log.warning("postgres_still_away", why=str(error) or type(error).__name__, bytes=self._spool.size)
                if writer is not None:
                    writer.terminate()
            except BaseException:
                if writer is not None:
                    writer.terminate()
                raise
            else:
                log.info("postgres_back", drained=self.counters.drained, last_seq=self._last_seq)
                return

    async def _take_over(self, writer: WriterConnection) -> JournalStart:
        found = await writer.identity()
        owner = await _in_thread(self._spool.recover)
        if owner is not None:
            if (owner.epoch, owner.fence) == (found.epoch, found.fence):
                await self._drain(writer, 0)
                await _in_thread(self._spool.clear)
            else:
                # Another server has written since, or it is another database: these events have no place there.
                kept = await _in_thread(self._spool.set_aside, "diverged")
                log.error("spool_of_another_journal_set_aside", file=str(kept), wrote=owner.fence, now=found.fence)
        self._identity = await writer.raise_fence()
        self._last_seq = await writer.last_seq()
        return JournalStart(self._identity.epoch, self._last_seq)

    async def _drain_and_switch(self, writer: WriterConnection) -> None:
        offset = await self._drain(writer, 0)
        async with self._turn:  # what was appended during the last chunk; nothing comes after it
            await self._drain(writer, offset)
            await _in_thread(self._spool.clear)
            self._use(writer)

    async def _drain(self, writer: WriterConnection, offset: int) -> int:
        while True:
            rows, after = await _in_thread(self._chunk, offset)
            if not rows:
                return after
            await writer.insert(rows, _DRAIN_SECONDS, again=True)
            self.counters.drained += len(rows)
            offset = after

    def _chunk(self, offset: int) -> tuple[list[Row], int]:
        rows: list[Row] = []
        for payload, after in self._spool.frames(offset):
            rows += unpack(payload)
            offset = after
            if len(rows) >= _CHUNK_ROWS:
                break
        return rows, offset


async def _to_the_end(work: Coroutine[None, None, T]) -> T:
    """Like awaiting `work`, but a cancelled caller waits until it is over."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()
        raise


async def _in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Blocking file work beside the loop. A thread cannot be cancelled, so nobody goes on before it is done."""
    return await _to_the_end(asyncio.to_thread(call, *args, **kwargs))
