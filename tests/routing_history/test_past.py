"""The floor before an event, from PostgreSQL: from the journal alone, from images, and when they do not reach."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from cti_server.floor import inputs as i
from cti_server.floor.apply import apply
from cti_server.floor.events import OfferMade
from cti_server.floor.model import Floor
from cti_server.floor.snapshot import dump_floor
from cti_server.routing_history import past
from cti_server.routing_history.explained import explanation
from cti_server.routing_history.images import keep_images, make_image
from cti_server.routing_history.past import PastUnknownError, floor_before, shape
from cti_server.store.journal import Journal
from cti_server.store.spool import Spool
from tests.floor.faults import finish
from tests.floor.world import ANNE, BERT, World
from tests.rig.postgres import Database


def day() -> World:
    """Some calls, one after the other and some waiting."""
    history = World.open()
    history.ready(ANNE, BERT)
    for _ in range(12):
        history.call()
    for number in range(1, 9):
        finish(history, next(x.id for x in history.floor.interactions.values() if x.offer is not None))
        if number % 3 == 0:
            history.feed(i.NotReadyRequested(BERT, "lunch"))
            history.ready(BERT)
    return history


@asynccontextmanager
async def kept(database: Database, folder: Path, history: World) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the server's role to a database whose journal is `history`."""
    journal = Journal(database.server, Spool(folder))
    await journal.open()
    await journal.append(history.events)
    await journal.close()
    connection = await asyncpg.connect(database.server)
    try:
        yield connection
    finally:
        await connection.close()


def shown(floor: Floor) -> object:
    """All of it; jsonb keeps the keys of a mapping in an order of its own."""
    return json.loads(dump_floor(floor))


def folded(history: World, seq: int) -> object:
    floor = Floor()
    for recorded in history.events[: seq - 1]:
        apply(floor, recorded)
    return shown(floor)


async def test_every_offer_from_the_journal_with_and_without_images(database: Database, tmp_path: Path) -> None:
    history = day()
    async with kept(database, tmp_path, history) as connection:
        made = [recorded for recorded in history.events if isinstance(recorded.event, OfferMade)]
        assert len(made) >= 8
        plain = [await explanation(connection, str(x.event.offer)) for x in made if isinstance(x.event, OfferMade)]
        assert all(told is not None and told.reproduced for told in plain)
        images = 0
        while await asyncio.to_thread(make_image, database.server, 25):
            images += 1
        assert images == len(history.events) // 25
        assert await connection.fetchval("SELECT count(*) FROM floor_images") == images
        again = [await explanation(connection, str(x.event.offer)) for x in made if isinstance(x.event, OfferMade)]
        assert again == plain
        for seq in (1, 26, len(history.events) + 1):
            assert shown(await floor_before(connection, seq)) == folded(history, seq)


async def test_an_offer_nobody_made(database: Database, tmp_path: Path) -> None:
    async with kept(database, tmp_path, day()) as connection:
        for name in ("call-1.99", "call-99.1", "", "'; DROP TABLE journal; --"):
            assert await explanation(connection, name) is None


async def test_only_the_newest_images_are_kept(database: Database, tmp_path: Path) -> None:
    async with kept(database, tmp_path, day()) as connection:
        while await asyncio.to_thread(make_image, database.server, 20, 3):
            pass
        rows = await connection.fetch("SELECT seq FROM floor_images ORDER BY seq")
        newest = int(await connection.fetchval("SELECT max(seq) FROM journal")) // 20 * 20
        assert [row["seq"] for row in rows] == [newest - 40, newest - 20, newest]


async def test_a_trimmed_journal_is_told_unless_an_image_bridges_it(database: Database, tmp_path: Path) -> None:
    history = day()
    async with kept(database, tmp_path, history) as connection:
        while await asyncio.to_thread(make_image, database.server, 30):
            pass
        owner = await asyncpg.connect(database.owner)
        await owner.execute("DELETE FROM journal WHERE seq <= 30")
        await owner.close()
        assert shown(await floor_before(connection, 40)) == folded(history, 40)
        with pytest.raises(PastUnknownError, match="event 1 is not in the journal") as failed:
            await floor_before(connection, 20)
        assert "日志缺少第 1 号事件" in failed.value.text["zh"]


async def test_an_image_of_another_version_is_not_read(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = day()
    async with kept(database, tmp_path, history) as connection:
        await connection.execute("INSERT INTO floor_images VALUES (60, 'older', $1)", zlib.compress(b"{}"))
        assert shown(await floor_before(connection, 70)) == folded(history, 70), "the journal alone is enough"
        monkeypatch.setattr(past, "MOST_FOLDED", 50)
        with pytest.raises(PastUnknownError, match="the nearest image before event 70 is at 0, too far"):
            await floor_before(connection, 70)
        monkeypatch.undo()
        assert await asyncio.to_thread(make_image, database.server, 60), "the old one is replaced"
        assert shown(await floor_before(connection, 70)) == folded(history, 70)


@pytest.mark.parametrize("image", [b"no image", zlib.compress(b"{}"), zlib.compress(b"[1")])
async def test_a_damaged_image_is_told(database: Database, tmp_path: Path, image: bytes) -> None:
    async with kept(database, tmp_path, day()) as connection:
        await connection.execute("INSERT INTO floor_images VALUES (60, $1, $2)", shape(), image)
        with pytest.raises(PastUnknownError, match="another version"):
            await floor_before(connection, 70)


async def test_an_event_of_another_version_is_told(database: Database, tmp_path: Path) -> None:
    async with kept(database, tmp_path, day()) as connection:
        owner = await asyncpg.connect(database.owner)
        await owner.execute("UPDATE journal SET type = 'FromTheFuture' WHERE seq = 5")
        await owner.close()
        with pytest.raises(PastUnknownError, match="FromTheFuture"):
            await floor_before(connection, 20)


async def test_images_are_made_as_the_journal_grows() -> None:
    newest, left, asked = 9_999, [True, True, False], asyncio.Event()

    async def make() -> bool:
        made = left.pop(0)
        if not left:
            asked.set()
        return made

    keeping = asyncio.create_task(keep_images(make, lambda: newest, look=0.001))
    await asyncio.wait_for(asked.wait(), 5)
    keeping.cancel()
    assert left == []


async def test_a_database_that_is_away_is_tried_again() -> None:
    tries = 0
    asked = asyncio.Event()

    async def make() -> bool:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ConnectionError("away")
        asked.set()
        return False

    keeping = asyncio.create_task(keep_images(make, lambda: 10, look=0.001))
    await asyncio.wait_for(asked.wait(), 5)
    keeping.cancel()
    with pytest.raises(ConnectionError, match="the database is away"):
        await asyncio.to_thread(make_image, "postgresql://nobody@127.0.0.1:1/nothing")
