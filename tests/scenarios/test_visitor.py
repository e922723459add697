"""Somebody at the demo shop presses the button and talks: browser, widget, server, Asterisk, trunk, telephones."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Page, async_playwright, expect

from tests.rig.chromium import chromium_command
from tests.rig.outside import HIS, Outside, heard_outside


@pytest_asyncio.fixture()
async def visitor() -> AsyncIterator[Page]:
    found = await asyncio.to_thread(chromium_command, Path(os.environ.get("CTI_TEST_CACHE", ".cti-test")))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found.command[0], args=found.command[1:], env={**os.environ, **found.environment}
        )
        page = await browser.new_page(locale="zh-CN")
        page.set_default_timeout(15_000)
        yield page
        await browser.close()


async def _shows(page: Page, state: str, seconds: float = 20) -> None:
    await expect(page.locator("cti-widget .now")).to_have_attribute("data-state", state, timeout=seconds * 1000)


async def test_the_button_on_the_shop_leads_to_a_talk(outside: Outside, visitor: Page) -> None:
    """The server dies while he waits; his page does not even tell him."""
    center, far = outside.center, outside.far
    shop = f"http://127.0.0.1:{center.environment['CTI_DEMO_SHOP_PORT']}"
    await visitor.goto(f"{shop}/part/igniter-jsq25")
    await visitor.get_by_role("button", name="不确定型号？让我们打给您").click()
    await visitor.get_by_label("电话号码").fill("139 1300 0001")
    await visitor.locator("cti-widget input[name=consent]").check()
    await visitor.get_by_role("button", name="请给我回电").click()
    await _shows(visitor, "waiting")
    call = await center.floor.until(lambda _: center.floor.call(HIS))
    assert call.callback is not None
    assert (call.callback.source, call.callback.reason) == ("web", "燃气热水器点火针 · 修得好")

    await center.kill()
    await center.start_again()
    async with center.agent("1001", tone=880) as agent:
        rung = await far.rings(1, 40)
        assert rung.number == HIS
        await asyncio.gather(agent.ear.hears(520), heard_outside(far, 880))
        await _shows(visitor, "talking")
        await expect(visitor.locator("cti-widget .now")).to_contain_text("王芳")
        client = await center.api("1001")
        visit = (await client.get(f"/api/v1/interactions/{call.id}/visit")).json()
        assert visit["asked_from"]["url"] == f"{shop}/part/igniter-jsq25"
        assert visit["passed"]["model"] == "JSQ25-T3"
        far.hang_up(rung)
        await _shows(visitor, "over")
        await agent.is_now("wrapping_up")
        await agent.wrap_up(call.id)
        assert (await center.floor.closed(call.id))["outcome"] == "handled"
    assert far.count(HIS) == 1
