"""Supervisors see who is to be rung back, move and cancel it, and keep the do-not-call list."""

from datetime import UTC, datetime, timedelta

from playwright.async_api import expect

from cti_server.floor import inputs as i
from tests.console.conftest import OpenPage
from tests.console.test_desk import sign_in
from tests.web.site import DIAL_POLICY, Site

E164 = "+8613913000002"


async def _place(site: Site, number: str, **more: object) -> None:
    async with site.browser("2001") as client:
        answer = await client.post("/api/v1/callbacks", json={"number": number, "queue": "general", **more})
        assert answer.status_code == 201, answer.text


async def test_open_callbacks_are_moved_cancelled_and_barred(site: Site, open_page: OpenPage) -> None:
    await site.engine.request(i.DialPolicyLoaded(DIAL_POLICY))
    await _place(site, "13913000001", reason="账单")
    async with open_page("/callbacks", "en") as page:
        await sign_in(page, "2001")
        await page.get_by_test_id("nav-callbacks").click()
        rows = page.get_by_test_id("callback")
        await expect(rows).to_have_attribute("data-standing", "waits")
        await expect(rows).to_have_class("callback")  # the classes of its parts would break the row
        await expect(rows).to_contain_text("账单")
        await _place(site, E164, source="web")  # comes without being asked for
        await expect(rows).to_have_count(2)

        await rows.first.get_by_test_id("move").click()
        await page.get_by_test_id("move-at").click()
        await page.locator(".ant-select-item-option").nth(2).click()
        await page.get_by_role("dialog").get_by_role("button", name="Move", exact=True).click()
        await expect(page.locator('[data-standing="later"]')).to_contain_text("账单")
        await page.locator('[data-standing="later"]').get_by_test_id("cancel").click()
        await page.get_by_role("button", name="Cancel it").click()
        await expect(rows).to_have_count(1)

        await rows.get_by_test_id("bar").click()
        await page.get_by_test_id("bar-reason").fill("asked for it")
        await page.get_by_role("button", name="Put on the list").click()
        await expect(page.get_by_test_id("callbacks-empty")).to_be_visible()
        assert site.engine.floor.do_not_call == {E164}

        await site.written()
        await page.get_by_test_id("callbacks-view").get_by_text("Ended").click()
        await expect(page.get_by_test_id("callback-ended").first).to_contain_text("do not call")
        await page.get_by_test_id("callbacks-view").get_by_text("Do not call").click()
        await expect(page.get_by_test_id("barred")).to_contain_text("asked for it")
        await page.get_by_test_id("unbar").click()
        await page.get_by_role("button", name="Take it off").click()
        await expect(page.get_by_test_id("barred-empty")).to_be_visible()
        assert not site.engine.floor.do_not_call


async def test_a_promised_time_is_the_companys_and_says_so_elsewhere(site: Site, open_page: OpenPage) -> None:
    await site.engine.request(i.DialPolicyLoaded(DIAL_POLICY))
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    await _place(site, E164, not_before=due.isoformat())
    async with open_page("/callbacks", "en", zone="Asia/Tokyo") as page:
        await sign_in(page, "2001")
        row = page.locator('[data-standing="later"]')
        await expect(row).to_contain_text("GMT+0")
        shown = (await row.locator(".callback-due b").inner_text()).split()[-1]
    async with open_page("/callbacks", "en", zone="UTC") as page:
        await sign_in(page, "2001")
        row = page.locator('[data-standing="later"]')
        await expect(row).to_contain_text(shown)
        await expect(row).not_to_contain_text("GMT")
