"""The real application on a real port: engine, hub, PostgreSQL with the demo's data, uvicorn."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.rig.postgres import Database
from tests.web.site import Site, running_site


@pytest_asyncio.fixture()
async def site(demo_database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(demo_database, tmp_path) as running:
        yield running
