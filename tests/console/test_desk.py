"""An agent's day at the desk, against the real floor and web application (no telephone in these)."""

import json
from typing import Any

import pytest
from playwright.async_api import Page, expect

from cti_server.floor import inputs as i
from cti_server.floor.words import AgentId, LegId
from cti_server.live.view import Audience, picture
from tests.console.conftest import OpenPage
from tests.web.site import PASSWORD, Site


async def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    await page.get_by_test_id("username").fill(username)
    await page.get_by_test_id("password").fill(password)
    await page.get_by_test_id("sign-in").click()


async def at_desk(page: Page) -> None:
    await sign_in(page, "1001")
    await expect(page.get_by_test_id("desk")).to_be_visible()
    await expect(page.get_by_test_id("state")).not_to_have_attribute("data-state", "unknown")


async def same_floor(page: Page, site: Site, agent: str | None) -> None:
    """What the page folded becomes what a fresh snapshot says (frames may still be on their way). None: supervisors."""
    fresh: dict[str, Any] = json.loads(
        picture(site.deps.hub.floor, Audience(AgentId(agent) if agent is not None else None))
    )  # Any: JSON
    folded: object = None
    for _ in range(50):
        folded = await page.evaluate("window.ctiTest.live().floor")
        if folded == fresh:
            break
        await page.wait_for_timeout(100)
    assert folded == fresh


async def test_sign_in_says_exactly_what_is_missing_or_wrong(open_page: OpenPage) -> None:
    async with open_page("/") as page:
        problem = page.get_by_test_id("sign-in-error")
        await page.get_by_test_id("sign-in").click()
        await expect(problem).to_have_text("请输入工号。")
        await sign_in(page, "1001", "wrong")
        await expect(problem).to_contain_text("工号或密码不对")
        await expect(page.get_by_test_id("password")).to_be_focused()
        await page.get_by_test_id("language").click()
        await expect(problem).to_contain_text("Agent number or password is wrong")
        await page.get_by_test_id("language").click()
        await at_desk(page)


@pytest.mark.parametrize(("language", "word"), [("zh", "签出"), ("en", "Signed out")])
async def test_an_agent_signs_in_goes_ready_and_pauses(
    open_page: OpenPage, site: Site, language: str, word: str
) -> None:
    await site.engine.request(i.DevicesSeen(AgentId("1001"), ("1001-web",)))
    async with open_page("/desk", language) as page:
        await at_desk(page)
        state = page.get_by_test_id("state")
        await expect(state).to_contain_text(word)
        await page.get_by_test_id("go-signed-in").click()
        await expect(state).to_have_attribute("data-state", "not_ready")
        await page.get_by_test_id("go-available").click()
        await expect(state).to_have_attribute("data-state", "available")
        await expect(page.get_by_test_id("intent")).to_have_attribute("data-obstacle", "none")
        await state.click()
        await page.get_by_role("menuitem", name="小休" if language == "zh" else "Break").click()
        await expect(state).to_have_attribute("data-state", "not_ready")
        assert site.engine.floor.agents[AgentId("1001")].reason != ""


async def test_a_call_is_seen_worked_and_wrapped_up(open_page: OpenPage, site: Site) -> None:
    async with open_page("/desk?test=1") as page:
        await at_desk(page)
        call = await site.ring(1)
        card = page.get_by_test_id("call-card")
        await expect(card).to_have_attribute("data-stage", "ringing")
        await expect(page.get_by_test_id("customer-name")).to_have_text("张伟")
        await expect(page.get_by_test_id("customer-number")).to_have_text("138 0900 0001")
        await expect(page.get_by_test_id("why")).to_contain_text("故障报修")
        await same_floor(page, site, "1001")

        await site.answer(call)
        await expect(card).to_have_attribute("data-stage", "talking")
        await page.keyboard.press("n")
        await page.keyboard.type("中山路停电 hm")
        await expect(page.get_by_test_id("note")).to_have_value("中山路停电 hm")
        await expect(card).to_have_attribute("data-stage", "talking")  # h and m were typed, not obeyed
        await same_floor(page, site, "1001")

        leg = site.engine.floor.interactions[call].agent_leg
        assert leg is not None
        await site.engine.request(i.LegHeld(leg.id))
        await expect(card).to_have_attribute("data-stage", "held")
        await site.engine.request(i.LegResumed(leg.id))
        await expect(card).to_have_attribute("data-stage", "talking")

        await site.engine.request(i.CallerHungUp(call))
        await expect(card).to_have_attribute("data-stage", "wrapping_up")
        await expect(page.get_by_test_id("note")).to_have_value("中山路停电 hm")
        await same_floor(page, site, "1001")
        await page.keyboard.press("Control+Enter")  # without a result: it asks for one
        await page.locator(".ant-select-item-option", has_text="故障已登记").click()
        await page.get_by_test_id("complete").click()
        await expect(card).to_have_attribute("data-stage", "idle")
        await same_floor(page, site, "1001")
        newest = page.get_by_test_id("history-item").first
        await expect(newest).to_contain_text("中山路停电 hm")
        await expect(newest).to_contain_text("故障已登记")
        assert call not in site.engine.floor.interactions


async def test_typed_words_survive_a_reload_and_a_dead_server(open_page: OpenPage, site: Site) -> None:
    async with open_page("/desk") as page:
        await at_desk(page)
        call = await site.ring(2)
        await site.answer(call)
        await page.route("**/draft", lambda route: route.abort())
        await page.get_by_test_id("note").fill("不能丢")
        await expect(page.get_by_test_id("draft-state")).to_have_attribute("data-saved", "failed")
        await page.reload()
        await expect(page.get_by_test_id("note")).to_have_value("不能丢")
        await expect(page.get_by_test_id("call-card")).to_have_attribute("data-stage", "talking")


async def test_decline_gives_the_call_back(open_page: OpenPage, site: Site) -> None:
    async with open_page("/desk?test=1") as page:
        await at_desk(page)
        await site.ring(3)
        card = page.get_by_test_id("call-card")
        await expect(card).to_have_attribute("data-stage", "ringing")
        await page.keyboard.press("Escape")
        await expect(card).to_have_attribute("data-stage", "idle")
        await expect(page.get_by_test_id("state")).to_have_attribute("data-reason", "declined")
        await same_floor(page, site, "1001")


async def test_a_line_that_was_cut_resumes(open_page: OpenPage, site: Site) -> None:
    async with open_page("/desk?test=1") as page:
        await at_desk(page)
        await page.context.set_offline(True)
        await page.evaluate("0")
        site.deps.hub.close()
        await expect(page.get_by_test_id("offline")).to_be_visible()
        call = await site.ring(4)
        await page.context.set_offline(False)
        await expect(page.get_by_test_id("call-card")).to_have_attribute("data-stage", "ringing")
        await expect(page.get_by_test_id("offline")).to_be_hidden()
        await site.engine.request(i.CallerHungUp(call))
        await expect(page.get_by_test_id("call-card")).to_have_attribute("data-stage", "idle")
        await same_floor(page, site, "1001")
        assert LegId("leg-4") not in site.engine.floor.index.legs


async def test_customers_are_found_by_pinyin_from_the_keyboard(open_page: OpenPage) -> None:
    async with open_page("/desk") as page:
        await at_desk(page)
        await page.keyboard.press("Control+k")
        await page.keyboard.type("zhangwei")
        await expect(page.get_by_test_id("search-result").first).to_contain_text("张伟")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("customer-details")).to_be_visible()


@pytest.mark.parametrize("path", ["/sign-in", "/caller", "/desk", "/conversations"])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_screens_fit_a_phone(open_page: OpenPage, path: str, language: str) -> None:
    async with open_page(path, language, 390, 844) as page:
        if path in ("/desk", "/conversations"):
            await sign_in(page, "1001")
            await expect(page.get_by_test_id("state-time")).to_be_visible()
        elif path == "/caller":
            await expect(page.get_by_test_id("handset")).to_be_visible()
        else:
            await expect(page.get_by_test_id("sign-in")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_a_phone_has_the_switches_in_the_menu(open_page: OpenPage) -> None:
    async with open_page("/conversations", "en", 390, 844) as page:
        await sign_in(page, "admin")
        await expect(page.get_by_test_id("nav-prompts")).to_be_in_viewport()
        await expect(page.get_by_test_id("language")).to_be_hidden()
        assert await page.locator(".top-bar").evaluate("bar => bar.offsetHeight") <= 64
        await page.get_by_test_id("who").click()
        await page.get_by_role("menuitem", name="Dark").click()
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        await page.get_by_test_id("who").click()
        await page.get_by_role("menuitem", name="中文").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("全部通话")


async def test_signing_in_leads_to_what_was_asked_for(open_page: OpenPage) -> None:
    async with open_page("/conversations?outcome=voicemail") as page:
        await sign_in(page, "2001")
        await expect(page.get_by_test_id("conversations-empty")).to_be_visible()
        assert page.url.endswith("/conversations?outcome=voicemail")


async def test_the_focus_does_not_change_a_shape(open_page: OpenPage) -> None:
    async with open_page("/caller") as page:
        dial = page.get_by_test_id("dial-95598")
        shape = "button => getComputedStyle(button).borderRadius"
        before = await dial.evaluate(shape)
        await page.keyboard.press("Tab")
        await dial.focus()
        assert await dial.evaluate("button => button.matches(':focus-visible')")
        assert await dial.evaluate(shape) == before


async def test_no_page_asks_anything_of_another_host(open_page: OpenPage, site: Site) -> None:
    async with open_page("/sign-in") as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.goto("/caller")
        await expect(page.get_by_test_id("handset")).to_be_visible()
        await page.goto("/desk")
        await at_desk(page)
        assert asked != []
        assert [url for url in asked if not url.startswith((site.url, "blob:", "data:"))] == []
