"""A migrated database, sessions on it as the server's own role, and the demo's rows."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cti_server.customers.places import Places
from cti_server.demo_data import load_demo
from cti_server.store.base import create_engine, session_factory
from tests.rig.postgres import Database


@pytest.fixture(scope="session")
def places() -> Places:
    return Places()


@pytest_asyncio.fixture()
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database.server)
    yield engine
    await engine.dispose()


@pytest_asyncio.fixture()
async def session(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    async with session_factory(engine)() as session:
        yield session


@pytest_asyncio.fixture()
async def demo(session: AsyncSession) -> AsyncSession:
    """The demo is loaded and committed."""
    await load_demo(session, "demo-password")
    await session.commit()
    return session
