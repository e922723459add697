"""Where numbers are from, and the demo's customers."""

from datetime import UTC, datetime

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.customers.places import Places
from cti_server.demo_data.load import load_customers


@pytest.fixture(scope="session")
def places() -> Places:
    return Places()


@pytest_asyncio.fixture()
async def demo(session: AsyncSession) -> AsyncSession:
    """The demo's customers and their history are there."""
    await load_customers(session, datetime.now(UTC))
    await session.commit()
    return session
