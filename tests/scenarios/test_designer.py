"""A flow is changed in the designer, and the next caller hears it; two who change it at once do not lose anything."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, expect

from tests.rig.browser import AGENT, Voices, open_page
from tests.rig.center import PASSWORD, Center, prompt_tone

FLOW = "/api/v1/flows/95598"


@asynccontextmanager
async def _designer(browser: Browser, center: Center) -> AsyncIterator[Page]:
    """The flow, opened by an administrator from the top bar."""
    async with open_page(browser, center) as page:
        await page.goto("/conversations")
        await page.get_by_test_id("username").fill("admin")
        await page.get_by_test_id("password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.get_by_test_id("nav-flows").click()
        await page.get_by_test_id("flow-95598").get_by_role("link").click()
        await expect(page.get_by_test_id("node-greeting")).to_be_visible()
        yield page


async def _lead_key(page: Page, key: str, step: str) -> None:
    """Choose the menu on the canvas, and in its form another step for a key."""
    await page.get_by_test_id("node-main").click()
    chosen = page.get_by_test_id(f"field-steps.main.keys.{key}")
    await chosen.click()
    await page.keyboard.type(step)
    await page.keyboard.press("Enter")
    await expect(chosen).to_contain_text(step)
    await expect(page.get_by_test_id("flow-editor")).to_have_attribute("data-changed", "true")


async def test_the_next_caller_hears_what_was_drawn(center: Center, speakers: Voices) -> None:
    admin = await center.api("admin")
    before = (await admin.get(FLOW)).json()
    browser = await speakers.of(AGENT)
    try:
        async with _designer(browser, center) as wang, _designer(browser, center) as li:
            await _lead_key(li, "2", "business")
            await _lead_key(wang, "1", "billing")
            await wang.get_by_test_id("publish").click()
            await wang.get_by_test_id("publish-note").fill("1 键改接电费")
            await wang.get_by_test_id("publish-ok").click()
            await expect(wang.get_by_test_id("publish-ok")).to_be_hidden()
            now = (await admin.get(FLOW)).json()
            assert (now["draft"], now["in_force"]["note"]) == (None, "1 键改接电费")
            assert now["yaml"] == before["yaml"].replace('"1": fault', '"1": billing', 1)

            async with center.caller("13913000001") as caller:
                call = await caller.dial("95598")
                await caller.choose("1", at=prompt_tone("power_menu"))
                await caller.ear.hears(prompt_tone("connecting"))
                assert (await caller.state("queued")).queue == "power_billing"
                await caller.hang_up()
                await center.floor.closed(call.id)

            await li.get_by_test_id("save").click()
            await expect(li.get_by_test_id("conflict")).to_contain_text("1 键改接电费")
            await li.get_by_test_id("conflict-look").click()
            await expect(li.get_by_test_id("comparison")).to_contain_text('"1": billing')
            assert (await admin.get(FLOW)).json()["version"] == now["version"]
    finally:
        back = {"version": before["in_force"]["version"]}
        await admin.post(f"{FLOW}/rollback", json=back, headers={"If-Match": "*"})
