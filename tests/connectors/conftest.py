"""One back office for all tests that do not hurt it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.rig.back_office import BackOffice, back_office


@pytest_asyncio.fixture(scope="session")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BackOffice]:
    async with back_office(tmp_path_factory.mktemp("office")) as running:
        yield running
