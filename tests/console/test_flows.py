"""The flow designer in the browser: who sees it, that text and canvas are one, that nothing typed is lost."""

import pytest
from playwright.async_api import Page, expect

from cti_server.flows.shipped import import_shipped
from ivr_flows.shipped import FLOWS
from tests.console.conftest import OpenPage
from tests.console.test_desk import at_desk, sign_in
from tests.web.site import Site


@pytest.fixture
async def flows(site: Site) -> None:
    await import_shipped(site.deps.sessions, FLOWS, site.deps.workers)


async def _opened(page: Page, username: str) -> None:
    await sign_in(page, username)
    await expect(page.get_by_test_id("flow-editor")).to_be_visible()


@pytest.mark.usefixtures("flows")
async def test_text_and_canvas_are_one_and_survive_a_reload(open_page: OpenPage) -> None:
    async with open_page("/flows/95500") as page:
        await _opened(page, "admin")
        editor, form = page.get_by_test_id("flow-editor"), page.get_by_test_id("step-form")
        await page.get_by_test_id("tab-yaml").click()
        text = page.get_by_test_id("yaml-text")
        before = await text.input_value()
        await text.fill(before.replace("\nstart: greeting", "\nstart: nowhere", 1))
        assert await text.input_value() != before
        await page.get_by_test_id("tab-problems").click()
        await expect(page.get_by_test_id("problems")).to_contain_text("nowhere")
        await page.get_by_test_id("undo").click()
        await page.get_by_test_id("tab-yaml").click()
        await expect(text).to_have_value(before)

        await page.get_by_test_id("node-greeting").click()
        await page.get_by_test_id("tab-step").click()
        await expect(form).to_have_attribute("data-step", "greeting")
        name = page.get_by_test_id("step-name")
        await name.fill("welcome")
        await name.press("Enter")
        await expect(page.get_by_test_id("node-welcome")).to_be_visible()
        await page.get_by_test_id("tab-yaml").click()
        renamed = before.replace("start: greeting", "start: welcome", 1).replace("\n  greeting:", "\n  welcome:", 1)
        await expect(text).to_have_value(renamed)
        dot = page.get_by_test_id("node-welcome").locator(".fl-way .react-flow__handle").first
        await dot.drag_to(page.get_by_test_id("node-callback_due"))
        await expect(text).to_have_value(renamed.replace("next: notice", "next: callback_due", 1))

        await page.reload()
        await expect(page.get_by_test_id("restored")).to_be_visible()
        await expect(editor).to_have_attribute("data-changed", "true")
        await expect(page.get_by_test_id("node-welcome")).to_be_visible()


@pytest.mark.usefixtures("flows")
async def test_who_was_slower_keeps_his_as_a_copy(open_page: OpenPage, site: Site) -> None:
    async with open_page("/flows/95500") as page, site.browser("admin") as other:
        await _opened(page, "admin")
        await page.get_by_test_id("tab-yaml").click()
        text = page.get_by_test_id("yaml-text")
        before = await text.input_value()
        await text.fill(before + "# mine\n")
        theirs = (before + "# theirs\n").encode()
        headers = {"Content-Type": "application/yaml", "If-Match": '"1"'}
        assert (await other.put("/api/v1/flows/95500/draft", content=theirs, headers=headers)).status_code == 200
        await page.get_by_test_id("save").click()
        await page.get_by_test_id("conflict-copy").click()
        await expect(text).to_have_value(theirs.decode())
        await expect(page.get_by_test_id("flow-editor")).to_have_attribute("data-version", "2")
        copy = (await other.get("/api/v1/flows/95500-copy")).json()
        assert copy["yaml"] == before.replace('id: "95500"', 'id: "95500-copy"', 1) + "# mine\n"
        assert copy["in_force"] is None


@pytest.mark.usefixtures("flows")
async def test_a_supervisor_looks_and_tries_but_changes_nothing(open_page: OpenPage) -> None:
    async with open_page("/flows/95500", "en", 390, 844) as page:
        await _opened(page, "2001")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await expect(page.get_by_test_id("step-list")).to_contain_text("Welcome")
        await expect(page.get_by_test_id("publish")).to_have_count(0)
        await page.get_by_test_id("to-panel").click()
        await page.get_by_test_id("tab-try").click()
        await expect(page.get_by_test_id("walk").locator("li").first).to_be_visible()
        await page.get_by_test_id("tab-yaml").click()
        await expect(page.get_by_test_id("yaml-text")).not_to_be_editable()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await page.goto("/flows")
        await expect(page.get_by_test_id("flow-95598")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.usefixtures("flows")
async def test_on_a_phone_the_head_is_two_rows(open_page: OpenPage) -> None:
    async with open_page("/flows/95500", "en", 390, 844) as page:
        await _opened(page, "admin")
        await expect(page.get_by_test_id("save")).to_be_in_viewport()
        assert await page.locator(".fl-head").evaluate("head => head.offsetHeight") <= 110
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_agents_have_no_flows(open_page: OpenPage) -> None:
    async with open_page("/desk") as page:
        await at_desk(page)
        await expect(page.get_by_test_id("nav-flows")).to_have_count(0)
        await page.goto("/flows")
        await expect(page.get_by_role("alert")).to_contain_text("您没有查看语音流程的权限")
