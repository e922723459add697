"""A flow is changed in the designer, and the next caller hears it; who saves on top of somebody else's is told."""

from playwright.async_api import Page, expect

from tests.rig.browser import AGENT, Voices, open_page
from tests.rig.center import PASSWORD, Center, prompt_tone

FLOW = "/api/v1/flows/95598"


async def _open(page: Page) -> None:
    """An administrator goes to the flow by the top bar."""
    await page.goto("/conversations")
    await page.get_by_test_id("username").fill("admin")
    await page.get_by_test_id("password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.get_by_test_id("nav-flows").click()
    await page.get_by_test_id("flow-95598").get_by_role("link").click()
    await page.get_by_test_id("node-main").click()


async def _lead_key(page: Page, key: str, step: str) -> None:
    """In the form of the menu, another step for a key."""
    chosen = page.get_by_test_id(f"field-steps.main.keys.{key}")
    await chosen.click()
    await page.keyboard.type(step)
    await page.keyboard.press("Enter")
    await expect(chosen).to_contain_text(step)
    await expect(page.get_by_test_id("flow-editor")).to_have_attribute("data-changed", "true")


async def test_the_next_caller_hears_what_was_drawn(center: Center, speakers: Voices) -> None:
    other = await center.api("admin")
    before = (await other.get(FLOW)).json()
    try:
        async with open_page(await speakers.of(AGENT), center) as page:
            await _open(page)
            await _lead_key(page, "1", "billing")
            await page.get_by_test_id("publish").click()
            await page.get_by_test_id("publish-note").fill("1 键改接电费")
            await page.get_by_test_id("publish-ok").click()
            await expect(page.get_by_test_id("publish-ok")).to_be_hidden()
            now = (await other.get(FLOW)).json()
            assert (now["draft"], now["in_force"]["note"]) == (None, "1 键改接电费")
            assert now["yaml"] == before["yaml"].replace('"1": fault', '"1": billing', 1)  # to the letter

            async with center.caller("13913000001") as caller:
                call = await caller.dial("95598")
                await caller.choose("1", at=prompt_tone("power_menu"))
                await caller.ear.hears(prompt_tone("connecting"))
                assert (await caller.state("queued")).queue == "power_billing"
                await caller.hang_up()
                await center.floor.closed(call.id)

            theirs = now["yaml"].replace('"2": billing', '"2": complaint', 1)
            headers = {"Content-Type": "application/yaml", "If-Match": f'"{now["version"]}"'}
            saved = await other.put(f"{FLOW}/draft", params={"note": "2 键"}, content=theirs.encode(), headers=headers)
            assert saved.status_code == 200, saved.text
            await _lead_key(page, "3", "complaint")
            await page.get_by_test_id("save").click()
            await expect(page.get_by_test_id("conflict")).to_contain_text("2 键")
            await page.get_by_test_id("conflict-look").click()
            await expect(page.get_by_test_id("comparison")).to_contain_text('"2": complaint')
            assert (await other.get(FLOW)).json()["yaml"] == theirs
    finally:
        back = {"version": before["in_force"]["version"]}
        await other.post(f"{FLOW}/rollback", json=back, headers={"If-Match": "*"})
