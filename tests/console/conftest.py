"""The built console, served by the real application with the demo's data, in a real Chromium."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.rig.chromium import FLAGS, chromium_command
from tests.rig.postgres import Database
from tests.web.site import Site, running_site

expect.set_options(timeout=15_000)  # a busy machine draws slowly

SOURCES = Path(__file__).parents[2] / "agent_console"
OpenPage = Callable[..., AbstractAsyncContextManager[Page]]


def _stale(built: Path) -> bool:
    if not built.exists():
        return True
    watched = [*(SOURCES / "src").rglob("*"), SOURCES / "index.html", SOURCES / "package-lock.json"]
    return max(path.stat().st_mtime for path in watched) > built.stat().st_mtime


async def _npm(*arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        "npm", *arguments, cwd=SOURCES, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 150)
    assert process.returncode == 0, output.decode()


@pytest_asyncio.fixture(scope="session")
async def console_files() -> Path:
    """The console's built files, built first when there are none or the sources are newer."""
    if _stale(SOURCES / "dist" / "widget.js"):
        if not (SOURCES / "node_modules").exists():
            await _npm("ci")
        await _npm("run", "build")
    return SOURCES / "dist"


@pytest_asyncio.fixture(scope="session")
async def chromium(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    found = await asyncio.to_thread(chromium_command, Path(os.environ.get("CTI_TEST_CACHE", ".cti-test")))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found.command[0],
            args=[*found.command[1:], *FLAGS],
            env={**os.environ, **found.environment},
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture()
async def site(demo_database: Database, console_files: Path, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(demo_database, tmp_path, console=console_files) as running:
        yield running


@pytest_asyncio.fixture()
async def open_page(chromium: Browser, site: Site) -> OpenPage:
    """Open a page of the console; whatever the browser complains of (scripts, policy) fails the test."""

    @asynccontextmanager
    async def opened(
        path: str, language: str = "zh", width: int = 1440, height: int = 900, zone: str | None = None
    ) -> AsyncIterator[Page]:
        context = await chromium.new_context(
            viewport={"width": width, "height": height},
            permissions=["microphone"],
            base_url=site.url,
            timezone_id=zone,
        )
        await context.add_init_script(
            f"localStorage.getItem('cti.language') ?? localStorage.setItem('cti.language', '{language}')"
        )
        page = await context.new_page()
        page.set_default_timeout(10_000)
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None
        )
        await page.goto(path)
        yield page
        await context.close()
        assert complaints == []

    return opened
