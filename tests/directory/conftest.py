"""The demo's rows."""

import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.demo_data.load import load_demo


@pytest_asyncio.fixture()
async def demo(session: AsyncSession) -> AsyncSession:
    """The demo is loaded and committed."""
    await load_demo(session, "demo-password")
    await session.commit()
    return session
