"""What several folders of tests share. A fixture is imported here only: a second import would make a second one."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from hypothesis import HealthCheck, settings

from tests.rig.center import Center, make_template, running_center, state_folder
from tests.rig.demo import demo_database as demo_database
from tests.rig.demo import demo_template as demo_template
from tests.rig.postgres import database as database
from tests.rig.postgres import engine as engine
from tests.rig.postgres import postgres as postgres
from tests.rig.postgres import session as session

# A clock decides no test: on a busy machine an example may take its time.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest_asyncio.fixture(scope="session")
async def center_template() -> AsyncIterator[Path]:
    """A state folder to be copied: the demo's data, short times in the queues, tones instead of prompts."""
    home = state_folder()
    await make_template(home)
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest_asyncio.fixture(scope="session")
async def shared_center(center_template: Path) -> AsyncIterator[Center]:
    async with running_center(center_template) as center:
        yield center


@pytest_asyncio.fixture()
async def center(shared_center: Center) -> AsyncIterator[Center]:
    """The shared call center; after each story everything is ended and what must always hold is checked."""
    await shared_center.floor.wake()
    try:
        yield shared_center
        await shared_center.settle()
    finally:
        print(shared_center.logs())  # noqa: T201 - pytest shows it with a failure


@pytest_asyncio.fixture()
async def own_center(center_template: Path) -> AsyncIterator[Center]:
    """A call center of one's own, to be hurt; checked in the end all the same."""
    async with running_center(center_template) as center:
        yield center
        await center.settle()
