"""Browsers for the stories that need them."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.console.conftest import console_files as console_files
from tests.rig.browser import Voices, voices
from tests.rig.chromium import chromium_command


@pytest_asyncio.fixture(scope="session")
async def speakers(console_files: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Voices]:
    """Chromiums by the tone they speak; the console they show is built."""
    chromium = await asyncio.to_thread(chromium_command, Path(os.environ.get("CTI_TEST_CACHE", ".cti-test")))
    async with voices(chromium, tmp_path_factory.mktemp("voices")) as made:
        yield made
