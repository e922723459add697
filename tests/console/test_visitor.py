"""The widget in a real browser, on a page of another origin, against the real server; and what the agent sees of it."""

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from cti_server.floor import inputs as i
from cti_server.floor.model import Interaction
from cti_server.floor.words import AgentId
from tests.console.conftest import OpenPage
from tests.console.shop import hostile_app, serving, shop_for
from tests.console.test_desk import at_desk
from tests.web.site import Site

LARGEST = 15_000
AGENT = AgentId("1001")


@asynccontextmanager
async def _visiting(
    browser: Browser, address: str, language: str = "zh", width: int = 1440, *, dark: bool = False
) -> AsyncIterator[tuple[Page, list[str]]]:
    """Somebody at the shop, and what his browser asked of whom; its complaints fail the test."""
    context = await browser.new_context(
        viewport={"width": width, "height": 844},
        locale="zh-CN" if language == "zh" else "en-GB",
        color_scheme="dark" if dark else "light",
        is_mobile=width < 600,
        has_touch=width < 600,
    )
    page = await context.new_page()
    page.set_default_timeout(10_000)
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
    await page.goto(f"{address}/?lang={language}")
    yield page, asked
    assert await context.cookies() == []
    await context.close()
    assert complaints == []


async def _fill_in(page: Page, number: str = "13809000001", *, follow: bool = False) -> None:
    await page.locator("cti-widget .fab").click()
    await page.locator("cti-widget input[type=tel]").fill(number)
    await page.locator("cti-widget input[name=consent]").check()
    if follow:
        await page.locator("cti-widget input[name=follow]").check()
    await page.locator("cti-widget button[type=submit]").click()


async def _shows(page: Page, state: str) -> None:
    await expect(page.locator("cti-widget .now")).to_have_attribute("data-state", state)


def _call(site: Site) -> Interaction:
    (found,) = site.engine.floor.interactions.values()
    return found


async def _ready(site: Site) -> None:
    await site.engine.request(i.SignInRequested(AGENT))
    await site.engine.request(i.DevicesSeen(AGENT, ("1001-web",)))
    await site.engine.request(i.ReadyRequested(AGENT))


async def _agent_answers(site: Site) -> None:
    leg = _call(site).agent_leg
    assert leg is not None
    await site.engine.request(i.AgentAnswered(leg.id))


async def _visitor_answers(site: Site) -> None:
    call = _call(site)
    assert call.agent_leg is not None
    await site.engine.request(i.CustomerAnswered(call.id, call.caller_leg.id, "PJSIP/trunk-out-1"))
    await site.engine.request(i.LegsBridged(call.id, call.agent_leg.id, None))


def test_the_widget_is_small(console_files: Path) -> None:
    packed = gzip.compress((console_files / "widget.js").read_bytes(), 9)
    assert len(packed) <= LARGEST, f"{len(packed)} bytes"


async def test_the_widget_is_one_request_and_compressed(chromium: Browser, site: Site) -> None:
    async with shop_for(site) as address, _visiting(chromium, address) as (page, asked):
        await expect(page.locator("cti-widget .fab")).to_be_visible()
        ours = [url for url in asked if urlsplit(url).netloc == site.host]
        assert ours == [f"{site.url}/widget.js"]
    async with site.browser() as client:
        answer = await client.get("/widget.js", headers={"Accept-Encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) <= LARGEST
        again = await client.get("/widget.js", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_from_the_button_to_the_talk(chromium: Browser, site: Site, language: str) -> None:
    async with shop_for(site) as address, _visiting(chromium, address, language) as (page, _):
        await _fill_in(page)
        await _shows(page, "waiting")
        await _ready(site)
        await _shows(page, "dialling")
        await _agent_answers(site)
        await page.goto(f"{address}/part/pump-xqg100?lang={language}")  # it comes along to the next page
        fab = page.locator("cti-widget .fab")
        await expect(fab).to_contain_text({"zh": "正在给您回电", "en": "We are calling you"}[language])
        await fab.click()
        await _visitor_answers(site)
        await _shows(page, "talking")
        await expect(page.locator("cti-widget .now")).to_contain_text("王芳")
        await site.engine.request(i.CallerHungUp(_call(site).id))
        await _shows(page, "over")
        await page.goto(address)
        await expect(fab).to_contain_text({"zh": "免费回电", "en": "Call me back"}[language])


async def test_it_is_used_by_keyboard_and_told_to_those_who_do_not_see(chromium: Browser, site: Site) -> None:
    async with shop_for(site) as address, _visiting(chromium, address, "en") as (page, _):
        fab = page.locator("cti-widget .fab")
        await fab.focus()
        await page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="We call you")
        number = page.get_by_label("Telephone number")
        await expect(number).to_be_focused()
        stops = set()
        for _ in range(20):
            await page.keyboard.press("Tab")
            stops.add(await page.evaluate("document.activeElement.tagName"))
        assert stops == {"CTI-WIDGET"}  # the focus stays inside
        await page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()
        await expect(fab).to_be_focused()
        await page.keyboard.press("Enter")
        await number.press("Enter")
        await expect(page.get_by_role("alert")).to_have_text("Please enter your whole telephone number.")
        await expect(number).to_be_focused()
        await page.keyboard.type("13809000001")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("tick the box")
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await _shows(page, "waiting")
        await expect(page.get_by_role("status")).to_contain_text("You are in line")


async def test_at_a_time_then_another_then_not_at_all(chromium: Browser, site: Site) -> None:
    async with shop_for(site) as address, _visiting(chromium, address) as (page, _):
        await page.locator("cti-widget .fab").click()
        await page.get_by_label("电话号码").fill("138 0900 0001")
        await page.get_by_role("radio", name="选个时间").check()
        await page.get_by_label("回电时间").select_option(index=2)
        await page.locator("cti-widget input[name=consent]").check()
        await page.get_by_role("button", name="请给我回电").click()
        await _shows(page, "scheduled")
        callback = _call(site).callback
        assert callback is not None
        first = callback.not_before
        await page.get_by_role("button", name="改时间").click()
        await page.get_by_label("回电时间").select_option(index=5)
        await page.get_by_role("button", name="确定改时间").click()
        await expect(page.get_by_role("button", name="取消回电")).to_be_visible()
        assert callback.not_before > first
        await page.get_by_role("button", name="取消回电").click()
        await _shows(page, "cancelled")
        assert not site.engine.floor.interactions


async def test_the_agent_sees_the_page_follows_and_shows_one(
    chromium: Browser, site: Site, open_page: OpenPage
) -> None:
    async with (
        shop_for(site) as address,
        open_page("/desk?test=1") as desk,
        _visiting(chromium, address) as (page, _),
    ):
        await at_desk(desk)
        await page.goto(f"{address}/part/seal-bcd436?lang=zh")
        await page.get_by_role("button", name="不确定型号？让我们打给您").click()
        await page.get_by_label("电话号码").fill("13809000001")
        await page.get_by_label("想问什么").fill("门关不严")
        await page.locator("cti-widget input[name=consent]").check()
        await page.locator("cti-widget input[name=follow]").check()
        await page.get_by_role("button", name="请给我回电").click()
        await _shows(page, "waiting")
        await _ready(site)
        card = desk.get_by_test_id("callback-line")
        await expect(card).to_contain_text("网页请求")
        await expect(card).to_contain_text("冰箱门封条")
        await expect(card).to_contain_text("门关不严")
        await expect(card).to_contain_text("刚刚 · 第 1 次呼叫")
        await expect(desk.get_by_text("138 0900 0001")).to_have_count(2)  # on the card and beside it, not more
        await expect(desk.get_by_test_id("why")).not_to_contain_text("直接转人工")
        asked_from = desk.get_by_test_id("visit-from")
        await expect(asked_from).to_contain_text("冰箱门封条")
        await expect(asked_from.get_by_role("link")).to_have_attribute("href", f"{address}/part/seal-bcd436?lang=zh")
        await expect(desk.get_by_test_id("visit-passed")).to_contain_text("BCD-436W")
        await _agent_answers(site)
        await _visitor_answers(site)
        await _shows(page, "talking")
        await page.goto(f"{address}/part/arm-wqp12?lang=zh")
        await expect(desk.get_by_test_id("visit-now")).to_contain_text("洗碗机喷淋臂")
        await desk.get_by_test_id("show-url").fill("https://evil.example/")
        await desk.get_by_test_id("show-page").click()
        await expect(desk.locator(".ant-message-error")).to_contain_text("网址须属于该网站")
        await desk.get_by_test_id("show-url").fill(f"{address}/part/pump-xqg100?lang=zh")
        await desk.get_by_test_id("show-page").click()
        link = page.locator("cti-widget a.push")
        await expect(link).to_contain_text("坐席给您看一个页面")
        await link.click()
        await expect(page).to_have_title("滚筒洗衣机排水泵 · 修得好")
        await expect(desk.get_by_test_id("visit-now")).to_contain_text("滚筒洗衣机排水泵")
        await expect(desk.get_by_test_id("visit-before")).to_contain_text("洗碗机喷淋臂")
        await desk.goto(f"/conversations/{_call(site).id}")  # kept with the conversation, as far as he let us see
        await expect(desk.get_by_test_id("visit-pages")).to_contain_text("滚筒洗衣机排水泵")
        await desk.goto("/desk")
        await page.locator("cti-widget .fab").click()
        await _shows(page, "talking")
        await expect(link).to_be_hidden()  # seen
        await page.get_by_role("button", name="不再显示").click()
        await expect(desk.get_by_test_id("visit-now")).to_be_hidden()


async def test_a_server_that_goes_and_comes_back_has_the_same_request(chromium: Browser, site: Site) -> None:
    async with shop_for(site) as address, _visiting(chromium, address, "en") as (page, _):
        await _fill_in(page)
        await _shows(page, "waiting")
        call = _call(site).id
        lost = page.get_by_text("Connection lost, trying again…")
        site.deps.visits.close()  # as a server that stops: streams end, and new ones are refused
        await expect(lost).to_be_visible()
        site.deps.visits.closing = False
        await expect(lost).to_be_hidden(timeout=20_000)
        await _ready(site)
        await _shows(page, "dialling")
        assert _call(site).id == call


async def test_a_page_that_means_harm_does_none(chromium: Browser, site: Site, open_page: OpenPage) -> None:
    title = "<img src=x onerror=alert(1)>\u202egnp.exe</title><script>alert(2)</script>" + "长" * 12_000
    passed = 'javascript:alert(3)"><svg onload=alert(4)>\u2066' + "y" * 12_000
    app = hostile_app(site.url, escape(title), escape(passed))
    async with shop_for(site), serving(app) as address, open_page("/desk?test=1") as desk:
        async with site.browser("admin") as admin:
            known = (await admin.get("/api/v1/visitor-sites")).json()["items"][0]
            body = {key: known[key] for key in ("name", "queue", "consent", "follow_pages")} | {"origins": [address]}
            assert (await admin.put("/api/v1/visitor-sites/demo-shop", json=body)).status_code == 200
        await at_desk(desk)
        async with _visiting(chromium, f"{address}/%22onclick=alert(5)%20/%3Cscript%3E") as (page, _):
            await _fill_in(page, follow=True)
            await _shows(page, "waiting")
            await _ready(site)
            visit = desk.get_by_test_id("visit")
            await expect(visit).to_contain_text("<img src=x onerror=alert(1)>gnp.exe</title><script>alert(2)</script>")
            await expect(visit).to_contain_text('javascript:alert(3)"><svg onload=alert(4)>')
            hrefs = await visit.locator("a").evaluate_all("links => links.map(link => link.href)")
            assert hrefs
            assert all(href.startswith(f"{address}/") for href in hrefs)
            assert await desk.locator("img[src=x], svg[onload]").count() == 0
            assert await desk.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_on_a_strange_site_it_says_so_and_nothing_is_asked(chromium: Browser, site: Site) -> None:
    async with shop_for(site, known=False) as address, _visiting(chromium, address) as (page, _):
        await page.locator("cti-widget .fab").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        assert not site.engine.floor.interactions
