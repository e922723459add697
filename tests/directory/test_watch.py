"""A running server hears of changes, whoever makes them, and looks again after the database was away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from cti_server.store.watch import watch
from tests.rig.postgres import Database

ADD = 'INSERT INTO skills (id, name) VALUES ($1, \'{"zh": "粤语", "en": "Cantonese"}\')'


@asynccontextmanager
async def watching(url: str) -> AsyncIterator["asyncio.Queue[None]"]:
    heard: asyncio.Queue[None] = asyncio.Queue()

    async def changed() -> None:
        heard.put_nowait(None)

    task = asyncio.create_task(watch(url, "directory", changed))
    try:
        await asyncio.wait_for(heard.get(), 10)  # it looks once when it starts
        yield heard
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_every_change_is_heard(database: Database) -> None:
    async with watching(database.server) as heard:
        connection = await asyncpg.connect(database.server)
        for skill in ("cantonese", "hokkien"):
            await connection.execute(ADD, skill)
            await asyncio.wait_for(heard.get(), 5)
        for change in (
            "DELETE FROM skills WHERE id = 'hokkien'",
            "INSERT INTO queues (id, name) VALUES ('general', '{}')",
            "INSERT INTO agents (id, name) VALUES ('1001', '王芳')",
            "INSERT INTO agent_queues (agent_id, queue_id) VALUES ('1001', 'general')",
            "INSERT INTO calendars (id, document) VALUES ('office', '{}')",
            "UPDATE agent_queues SET reserve = true",
        ):
            await connection.execute(change)
            await asyncio.wait_for(heard.get(), 5)
        await connection.close()


async def test_one_transaction_is_one_piece_of_news(database: Database) -> None:
    async with watching(database.server) as heard:
        connection = await asyncpg.connect(database.server)
        async with connection.transaction():
            await connection.execute(ADD, "cantonese")
            await connection.execute(ADD, "hokkien")
        await asyncio.wait_for(heard.get(), 5)
        await connection.execute("SELECT 1")
        assert heard.empty()
        await connection.close()


async def test_after_a_lost_connection_it_looks_again(database: Database) -> None:
    async with watching(database.server) as heard:
        admin = await asyncpg.connect(database.superuser)
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'cti-directory' AND datname = current_database()"
        )
        await asyncio.wait_for(heard.get(), 15)
        await admin.close()
