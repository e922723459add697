"""Browsers for the stories that need them."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.console.conftest import console_files as console_files
from tests.rig.browser import Voices, voices
from tests.rig.center import Center, running_center
from tests.rig.chromium import chromium_command
from tests.rig.far_end import far_end
from tests.rig.outside import QUICK, Outside


@pytest_asyncio.fixture(scope="session")
async def speakers(console_files: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Voices]:
    """Chromiums by the tone they speak; the console they show is built."""
    chromium = await asyncio.to_thread(chromium_command, Path(os.environ.get("CTI_TEST_CACHE", ".cti-test")))
    async with voices(chromium, tmp_path_factory.mktemp("voices")) as made:
        yield made


@pytest_asyncio.fixture(scope="session")
async def kept_outside(center_template: Path) -> AsyncIterator[Outside]:
    async with far_end() as far, running_center(center_template, trunk_out_port=str(far.port), **QUICK) as center:
        yield Outside(center, far)


@pytest_asyncio.fixture()
async def outside(kept_outside: Outside) -> AsyncIterator[Outside]:
    """The shared call center that rings people; nobody was rung yet. It may be killed: it has to run in the end."""
    await kept_outside.center.floor.wake()
    kept_outside.center.floor.forget()
    kept_outside.far.rung.clear()
    kept_outside.far.manner = "answer"
    yield kept_outside
    await kept_outside.center.settle()


@pytest_asyncio.fixture(scope="session")
async def kept_to_be_hurt(center_template: Path) -> AsyncIterator[Center]:
    async with running_center(center_template) as center:
        yield center


@pytest_asyncio.fixture()
async def hurt_center(kept_to_be_hurt: Center) -> AsyncIterator[Center]:
    """A shared call center whose server may be killed, if it runs again in the end."""
    await kept_to_be_hurt.floor.wake()
    kept_to_be_hurt.floor.forget()
    yield kept_to_be_hurt
    await kept_to_be_hurt.settle()
