"""One connection to the journal's table that holds the lock of the only writer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from cti_server.store.wire import Row

WRITER_LOCK = 0x4354_494A_0001
"""Key of the session-level advisory lock: whoever holds it is the one server that writes this journal."""

_INSERT = """
    INSERT INTO journal (seq, at, type, interaction_id, agent_id, data)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[]::jsonb[])
"""
_INSERT_AGAIN = _INSERT + "ON CONFLICT (seq) DO NOTHING"
_HOLDER = """
    SELECT a.pid, a.application_name, a.backend_start FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (l.classid::bigint << 32 | l.objid::bigint) = $1
"""

AWAY = (
    OSError,  # includes TimeoutError
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what asyncpg says when the server's farewell crosses our statement
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutdown, crash, starting up, cancelled statement
    asyncpg.InsufficientResourcesError,  # disk full, out of memory, too many connections
    asyncpg.ReadOnlySQLTransactionError,  # a fail-over left us on the standby
    asyncpg.PostgresSystemError,  # I/O error
    asyncpg.InvalidAuthorizationSpecificationError,
)
"""What means "PostgreSQL does not take this now", as opposed to "this is wrong"."""


class FencedError(Exception):
    """Another server writes this journal. This one must stop: what it decides counts no more."""


@dataclass(frozen=True, slots=True)
class Identity:
    """`epoch`: which journal. `fence`: how many servers have opened it; ours is the last, or we were replaced."""

    epoch: str
    fence: int


class WriterConnection:
    """Made by `connect`. Every call has a deadline, after which the connection is dropped, never waited for."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    @classmethod
    async def connect(cls, url: str, name: str, *, patience: float, deadline: float = 3.0) -> "WriterConnection":
        """Connect and take the lock. `name` is how a session of our own is recognised after a broken connection.

        Errors: FencedError when another server still holds the lock after `patience` seconds; one of AWAY.
        """
        settings = {
            "application_name": name,
            "statement_timeout": "0",
            "idle_session_timeout": "0",
            # When our machine vanishes, its lock shall not outlive it by the two hours of TCP's defaults.
            "tcp_keepalives_idle": "5",
            "tcp_keepalives_interval": "2",
            "tcp_keepalives_count": "3",
            "tcp_user_timeout": "10000",
        }
        connection = await asyncpg.connect(url, timeout=deadline, server_settings=settings)
        made = cls(connection)
        try:
            async with asyncio.timeout(patience + deadline):
                await made._lock(name, patience)
        except BaseException:
            connection.terminate()
            raise
        return made

    async def identity(self) -> Identity:
        row = await self._connection.fetchrow("SELECT epoch::text, fence FROM journal_identity", timeout=5)
        return Identity(row["epoch"], row["fence"])

    async def raise_fence(self) -> Identity:
        """From now on a server that opened the journal earlier knows that it was replaced."""
        row = await self._connection.fetchrow(
            "UPDATE journal_identity SET fence = fence + 1 RETURNING epoch::text, fence", timeout=5
        )
        return Identity(row["epoch"], row["fence"])

    async def last_seq(self) -> int:
        return int(await self._connection.fetchval("SELECT coalesce(max(seq), 0) FROM journal", timeout=5))

    async def insert(self, rows: Sequence[Row], deadline: float, *, again: bool = False) -> None:
        """Commit `rows` as one statement. `again`: they may be there already, from a commit whose answer was lost.

        Errors: one of AWAY, after which nobody knows whether the rows are there; asyncpg.UniqueViolationError.
        """
        # Not wait_for: on a timeout asyncpg would open a second connection to cancel, to a server that is gone.
        give_up = asyncio.get_running_loop().call_later(deadline, self._connection.terminate)
        try:
            await self._connection.execute(_INSERT_AGAIN if again else _INSERT, *zip(*rows, strict=True))
        except AttributeError as error:  # asyncpg's protocol object is gone when it is dropped between two of its steps
            raise ConnectionResetError("the connection was dropped") from error
        finally:
            give_up.cancel()

    def on_lost(self, tell: "asyncio.Event") -> None:
        """Set `tell` when the connection breaks."""
        self._connection.add_termination_listener(lambda _: tell.set())

    def terminate(self) -> None:
        """Drop the connection at once, and the lock with it."""
        self._connection.terminate()

    async def close(self) -> None:
        try:
            await self._connection.close(timeout=2)
        except AWAY:
            self._connection.terminate()

    async def _lock(self, name: str, patience: float) -> None:
        end = asyncio.get_running_loop().time() + patience
        while not await self._connection.fetchval("SELECT pg_try_advisory_lock($1)", WRITER_LOCK):
            holder = await self._connection.fetchrow(_HOLDER, WRITER_LOCK)
            if holder is not None and holder["application_name"] == name:
                await self._connection.execute("SELECT pg_terminate_backend($1)", holder["pid"])
            elif asyncio.get_running_loop().time() > end:
                since = f", connected since {holder['backend_start']:%Y-%m-%d %H:%M:%S}" if holder else ""
                raise FencedError(
                    f"another cti server already works with this database{since}: stop it first, "
                    "or give this one its own CTI_HOME or CTI_DATABASE_URL"
                )
            await asyncio.sleep(0.05)
