"""Nothing acknowledged is lost, nothing is there twice, the numbers have no gap: with real failures."""

import asyncio
import contextlib
import random
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from cti_server.floor.events import AgentConfigured, Recorded
from cti_server.floor.words import AgentId, Millis
from cti_server.store.embedded import Cluster
from cti_server.store.journal import FencedError, Journal, JournalAwayError
from cti_server.store.spool import Spool, SpoolFullError
from tests.rig.postgres import Database, own_postgres
from tests.store.proxy import proxied


def batch(first: int, size: int = 1) -> list[Recorded]:
    return [
        Recorded(seq, Millis(seq * 10), AgentConfigured(AgentId("1001"), f"event {seq}", {"zh": 5}))
        for seq in range(first, first + size)
    ]


@asynccontextmanager
async def opened(url: str, folder: Path, limit: int = 1 << 20, answer: float = 1.0) -> AsyncIterator[Journal]:
    journal = Journal(url, Spool(folder, limit), answer_seconds=answer, first_wait=0.02, longest_wait=0.2)
    await journal.open()
    try:
        yield journal
    finally:
        await journal.close()


async def until(condition: Callable[[], bool], deadline: float = 30) -> None:
    async with asyncio.timeout(deadline):
        while not condition():  # noqa: ASYNC110 (the condition is inside a server or another process)
            await asyncio.sleep(0.01)


async def stored(url: str) -> list[tuple[int, str]]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT seq, data->>'name' AS name FROM journal ORDER BY seq")
    finally:
        await connection.close()
    return [(row["seq"], row["name"]) for row in rows]


def expected(last: int) -> list[tuple[int, str]]:
    return [(seq, f"event {seq}") for seq in range(1, last + 1)]


async def test_append_read_and_open_again(database: Database, tmp_path: Path) -> None:
    async with opened(database.server, tmp_path) as journal:
        await journal.append(batch(1, 5))
        await journal.append(batch(6))
        assert await journal.read(0, 100) == batch(1, 6)
        assert await journal.read(2, 3) == batch(3, 3)
        assert journal.state == "postgres"
    again = Journal(database.server, Spool(tmp_path))
    start = await again.open()
    await again.close()
    assert start.last_seq == 6
    assert start.epoch


@pytest.mark.parametrize("wrong", [batch(2), batch(5), [*batch(1), *batch(3)], batch(0)])
async def test_a_gap_is_refused(database: Database, tmp_path: Path, wrong: list[Recorded]) -> None:
    async with opened(database.server, tmp_path) as journal:
        with pytest.raises(ValueError, match="without gaps"):
            await journal.append(wrong)
        await journal.append(batch(1))


async def test_a_second_server_is_refused(database: Database, tmp_path: Path) -> None:
    async with opened(database.server, tmp_path / "a"):
        with pytest.raises(FencedError, match="another cti server"):
            await Journal(database.server, Spool(tmp_path / "b")).open()


async def test_without_postgres_it_does_not_open(tmp_path: Path) -> None:
    journal = Journal(f"postgresql://cti@/cti?host={tmp_path}", Spool(tmp_path))
    with pytest.raises(JournalAwayError, match="CTI_DATABASE_URL"):
        await journal.open()


async def test_a_broken_connection_gets_its_lock_back(database: Database, tmp_path: Path) -> None:
    admin = await asyncpg.connect(database.superuser)
    async with opened(database.server, tmp_path) as journal:
        for first in range(1, 60, 3):
            await journal.append(batch(first, 3))
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'cti-journal-%'"
            )
        await until(lambda: journal.state == "postgres" and journal.spooled_bytes == 0)
        assert journal.counters.outages > 0
    await admin.close()
    assert await stored(database.server) == expected(60)


async def test_whoever_was_replaced_stops(database: Database, tmp_path: Path) -> None:
    """The old server's connection breaks, a new one opens the journal: the old one may write no more."""
    admin = await asyncpg.connect(database.superuser)
    slow = Journal(database.server, Spool(tmp_path / "old"), first_wait=1.0)
    await slow.open()
    await slow.append(batch(1))
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'cti-journal-%'"
    )
    await admin.close()
    await until(lambda: slow.state == "spooling")
    async with opened(database.server, tmp_path / "new") as new:
        await new.append(batch(2))
        async with asyncio.timeout(20):
            error = await slow.wait_fenced()
        assert "another cti server" in str(error)
        with pytest.raises(FencedError):
            await slow.append(batch(2))
    await slow.close()
    assert await stored(database.server) == expected(2)


async def test_a_spool_of_a_replaced_server_is_kept_aside(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "old"
    old = Journal(database.server, Spool(folder), answer_seconds=0.0, first_wait=60)
    await old.open()
    await old.append(batch(1, 2))
    assert old.state == "spooling"
    await old.close()
    async with opened(database.server, tmp_path / "new") as new:
        await new.append(batch(new.last_seq + 1, 2))
    async with opened(database.server, folder):
        pass
    assert [path.name for path in folder.iterdir()] == ["diverged-1.spool"]
    assert await stored(database.server) == expected(2)


async def test_a_cancelled_append_is_still_carried_out(database: Database, tmp_path: Path) -> None:
    async with opened(database.server, tmp_path) as journal:
        work = asyncio.create_task(journal.append(batch(1, 3)))
        await asyncio.sleep(0)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        await journal.append(batch(4))
    assert await stored(database.server) == expected(4)


@pytest.mark.parametrize("how", ["immediate", "fast", "kill"])
async def test_postgres_goes_and_comes_back_during_appends(tmp_path: Path, how: str) -> None:
    async with own_postgres() as postgres, opened(postgres.database.server, tmp_path) as journal:
        last, stop = 0, asyncio.Event()

        async def write() -> None:
            nonlocal last
            while not stop.is_set():
                size = random.randint(1, 5)
                await journal.append(batch(last + 1, size))
                last += size
                await asyncio.sleep(0.001)

        writing = asyncio.create_task(write())
        for _ in range(2):
            enough = last + 20
            await until(lambda enough=enough: last > enough)  # type: ignore[misc]  # mypy and defaults of lambdas
            if how == "kill":
                postgres.kill()
            else:
                await postgres.stop(how)
            await until(lambda: journal.state == "spooling" and journal.spooled_bytes > 0)
            await postgres.start()
            await until(lambda: journal.state == "postgres")
        stop.set()
        await writing
        assert journal.counters.outages >= 2
        assert journal.counters.drained >= journal.counters.spooled > 0
        assert await stored(postgres.database.server) == expected(last)
    assert not (tmp_path / "journal.spool").exists()


async def test_a_commit_whose_answer_was_lost_is_there_once(
    postgres: Cluster, database: Database, tmp_path: Path
) -> None:
    name = database.server.split("?")[0].rsplit("/", 1)[1]
    async with proxied(postgres.socket_folder / ".s.PGSQL.5432") as proxy:
        url = f"postgresql://cti@127.0.0.1:{proxy.port}/{name}?sslmode=disable"
        async with opened(url, tmp_path) as journal:
            for first in range(1, 50, 5):
                proxy.swallow_next()
                await journal.append(batch(first, 5))
                await until(lambda: journal.state == "postgres" and journal.spooled_bytes == 0)
            assert proxy.swallowed == 10
            assert journal.counters.outages == 10
    assert await stored(database.server) == expected(50)


async def test_a_silent_postgres_costs_one_second_not_the_call(
    postgres: Cluster, database: Database, tmp_path: Path
) -> None:
    name = database.server.split("?")[0].rsplit("/", 1)[1]
    async with proxied(postgres.socket_folder / ".s.PGSQL.5432") as proxy:
        url = f"postgresql://cti@127.0.0.1:{proxy.port}/{name}?sslmode=disable"
        async with opened(url, tmp_path, answer=0.3) as journal:
            proxy.stall(True)
            began = asyncio.get_running_loop().time()
            await journal.append(batch(1))
            assert asyncio.get_running_loop().time() - began < 2
            assert journal.state == "spooling"
            for first in range(2, 12):
                await journal.append(batch(first))
            proxy.stall(False)
            await until(lambda: journal.state == "postgres")
    assert await stored(database.server) == expected(11)


async def test_a_full_disk_is_told_and_heals(tmp_path: Path) -> None:
    async with own_postgres() as postgres, opened(postgres.database.server, tmp_path, limit=2_000) as journal:
        await postgres.stop()
        await until(lambda: journal.state == "spooling")
        last = 0
        with contextlib.suppress(SpoolFullError):
            while True:
                await journal.append(batch(last + 1, 2))
                last += 2
        assert last > 4
        with pytest.raises(SpoolFullError, match="bound"):
            await journal.append(batch(last + 1, 2))
        await postgres.start()
        await until(lambda: journal.state == "postgres")
        await journal.append(batch(last + 1, 2))
        assert await stored(postgres.database.server) == expected(last + 2)


@pytest.mark.parametrize("where", ["postgres", "away"])
async def test_a_killed_server_loses_nothing_acknowledged(database: Database, tmp_path: Path, where: str) -> None:
    """SIGKILL at any moment, many rounds; whatever was acknowledged is in the journal after the next start."""
    acknowledged = 0
    for _ in range(12):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.store.kill_me", database.server, str(tmp_path), where,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdout is not None
        async with asyncio.timeout(60):
            for _ in range(random.randint(1, 60)):
                acknowledged = int(await process.stdout.readline())
        await asyncio.sleep(random.random() * 0.01)  # any moment, not just after an answer
        process.kill()
        rest = await process.stdout.read()
        await process.wait()
        whole = [int(line) for line in rest.split(b"\n")[:-1]]
        acknowledged = whole[-1] if whole else acknowledged
        async with opened(database.server, tmp_path) as journal:
            assert journal.last_seq >= acknowledged
        seqs = [seq for seq, _ in await stored(database.server)]
        assert seqs == list(range(1, journal.last_seq + 1))
