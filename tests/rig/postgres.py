"""A real PostgreSQL for tests: one server for the session, one migrated database per test.

`database` is what nearly every test wants. Tests that stop or kill the server take `own_postgres` instead.
`engine` and `session` are on that database, as the server's own role. They are registered in tests/conftest.py.
"""

import asyncio
import itertools
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import asyncpg
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cti_server.store.base import create_engine, session_factory
from cti_server.store.embedded import DATABASE, OWNER, SERVER, SUPERUSER, Cluster, running
from cti_server.store.migrate import upgrade

QUICK = {"fsync": "off", "full_page_writes": "off"}
"""Nothing here must survive a power cut. Commits stay synchronous: they must survive a killed server."""

_names = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Database:
    """URLs of one migrated database: for the server's role, for the owner of the tables, for the superuser."""

    server: str
    owner: str
    superuser: str


def urls(cluster: Cluster, name: str = DATABASE) -> Database:
    return Database(cluster.url(SERVER, name), cluster.url(OWNER, name), cluster.url(SUPERUSER, name))


@asynccontextmanager
async def own_postgres() -> AsyncIterator["OwnPostgres"]:
    """A server of one's own with a migrated database, to be stopped, killed and started at will."""
    with TemporaryDirectory(prefix="cti-rig-") as home:
        async with running(Path(home), QUICK) as cluster:
            await upgrade(cluster.url(OWNER), cluster.url(SERVER))
            yield OwnPostgres(cluster, urls(cluster))


@dataclass(frozen=True, slots=True)
class OwnPostgres:
    cluster: Cluster
    database: Database

    async def stop(self, mode: str = "immediate") -> None:
        await asyncio.to_thread(self.cluster.stop, mode)

    async def start(self) -> None:
        await asyncio.to_thread(self.cluster.start)

    def kill(self) -> None:
        """SIGKILL to the postmaster; its backends follow on their own."""
        pid = self.cluster.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)


@pytest_asyncio.fixture(scope="session")
async def postgres() -> AsyncIterator[Cluster]:
    """The session's server; its database `cti` is migrated and serves as the template of all others.

    Not below pytest's own temporary folder: every pytest that starts closes that one to other users, and run as root
    PostgreSQL is another user. All conftests that register this fixture share one server.
    """
    home = Path(gettempdir()) / f"cti-rig-{os.getuid()}-{os.getpid()}"
    async with running(home, QUICK) as cluster:
        await upgrade(cluster.url(OWNER), cluster.url(SERVER))
        yield cluster
    if cluster.pid() is None:
        shutil.rmtree(home)


@pytest_asyncio.fixture()
async def database(postgres: Cluster) -> AsyncIterator[Database]:
    """A fresh, migrated, empty database."""
    name = f"test_{os.getpid()}_{next(_names)}"
    admin = await asyncpg.connect(postgres.url(SUPERUSER, "postgres"))
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {DATABASE} OWNER {OWNER} STRATEGY file_copy")
        await admin.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")  # a copy does not inherit these rights
        await admin.execute(f"GRANT CONNECT ON DATABASE {name} TO {SERVER}")
        yield urls(postgres, name)
    finally:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.close()


@pytest_asyncio.fixture()
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database.server)
    yield engine
    await engine.dispose()


@pytest_asyncio.fixture()
async def session(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    async with session_factory(engine)() as session:
        yield session
