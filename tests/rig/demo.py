"""Databases that hold the demo's data: one template for the session, a copy per test."""

import itertools
import os
from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio

from cti_server.demo_data.load import load_demo
from cti_server.store.base import create_engine, session_factory
from cti_server.store.embedded import DATABASE, OWNER, SERVER, SUPERUSER, Cluster
from tests.rig.passwords import quick_hashes
from tests.rig.postgres import Database, urls

PASSWORD = "correct-horse-8"

_names = itertools.count(1)


@pytest_asyncio.fixture(scope="session")
async def demo_template(postgres: Cluster) -> str:
    """Name of a database with the demo's data, to be copied."""
    name = f"web_template_{os.getpid()}"
    await _copy(postgres, DATABASE, name)
    engine = create_engine(postgres.url(SERVER, name))
    with quick_hashes():
        async with session_factory(engine).begin() as session:
            await load_demo(session, PASSWORD)
    await engine.dispose()
    return name


@pytest_asyncio.fixture()
async def demo_database(postgres: Cluster, demo_template: str) -> AsyncIterator[Database]:
    name = f"web_{os.getpid()}_{next(_names)}"
    await _copy(postgres, demo_template, name)
    yield urls(postgres, name)
    admin = await asyncpg.connect(postgres.url(SUPERUSER, "postgres"))
    await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await admin.close()


async def _copy(cluster: Cluster, template: str, name: str) -> None:
    admin = await asyncpg.connect(cluster.url(SUPERUSER, "postgres"))
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER} STRATEGY file_copy")
    await admin.execute(f"GRANT CONNECT ON DATABASE {name} TO {SERVER}")
    await admin.close()
