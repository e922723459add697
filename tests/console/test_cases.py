"""Cases at the desk: what a customer still waits for, opening one by keyboard, hearing and closing one."""

import hashlib

import numpy as np
import soundfile
from playwright.async_api import expect

from cti_server.floor import inputs as i
from cti_server.floor.events import Attribute
from cti_server.floor.reports import ReportBegun
from cti_server.floor.words import InteractionId, LegId, RecordingId
from tests.console.conftest import OpenPage
from tests.console.test_desk import at_desk, same_floor, sign_in
from tests.web.site import Site

REPORTED = InteractionId("call-9")


async def dictated(site: Site, like: InteractionId) -> None:
    """The caller of `like` had dictated a report in an earlier call."""
    customer = site.engine.floor.interactions[like].customer
    await site.engine.request(
        i.CallArrived(REPORTED, LegId("leg-9"), "PJSIP/trunk-9", customer.phone, "", "95598", customer)
    )
    recording = RecordingId(f"{REPORTED}-report1")
    codes = {"job": Attribute("1234567", {"zh": "任务号", "en": "Job"})}
    await site.engine.request(ReportBegun(REPORTED, recording, "report", "现场报告", codes))
    await site.engine.request(i.CallerHungUp(REPORTED))
    file = site.deps.recordings / "9.ogg"
    file.parent.mkdir(parents=True, exist_ok=True)
    voice = (8000 * np.sin(2 * np.pi * 440 / 8000 * np.arange(16_000))).astype(np.int16)
    soundfile.write(file, np.stack([voice, np.zeros_like(voice)], axis=1), 8000, format="OGG", subtype="OPUS")
    digest, size = hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_size
    await site.engine.request(i.RecordingFinished(recording, REPORTED, "9.ogg", digest, size, 2_000, 2_000))
    await site.written()


async def test_a_case_is_opened_by_keyboard_and_a_dictated_one_heard_and_closed(
    open_page: OpenPage, site: Site
) -> None:
    interaction = await site.ring(1)
    await dictated(site, interaction)
    async with open_page("/desk?test=1") as page:
        await at_desk(page)
        waiting = page.get_by_test_id("open-case")
        await expect(waiting).to_have_count(1)  # while it rings
        await expect(waiting).to_contain_text("现场报告")
        await expect(page.get_by_test_id("new-case-open")).to_have_count(0)
        await site.answer(interaction)
        await expect(page.get_by_test_id("new-case-open")).to_be_visible()

        await page.keyboard.press("g")
        subject = page.get_by_test_id("case-subject")
        await expect(subject).to_be_focused()
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_role("alert")).to_have_text("请写明事由。")
        await subject.fill("抢修超时未到")
        await page.reload()  # nothing typed is lost
        await expect(page.get_by_test_id("new-case-open")).to_be_visible()
        await page.keyboard.press("g")
        await expect(subject).to_have_value("抢修超时未到")
        await page.get_by_text("投诉", exact=True).click()
        await subject.press("Control+Enter")
        await expect(subject).to_be_hidden()
        await expect(waiting).to_have_count(2)
        await expect(waiting.first).to_contain_text("投诉")

        await waiting.last.click()
        case = page.get_by_test_id("case")
        await expect(case).to_contain_text("1234567")
        await page.get_by_test_id("player-load").click()
        await expect(page.get_by_test_id("player")).to_have_attribute("data-ready", "true")
        await page.get_by_test_id("case-resolution").fill("已派人复核")
        await page.keyboard.press("Control+Enter")
        await expect(case).to_have_attribute("data-state", "closed")
        await page.keyboard.press("Escape")
        await expect(waiting).to_have_count(1)
        assert site.engine.floor.interactions[interaction].state == "connected", "no key of the form reached the desk"
        await same_floor(page, site, "1001")


async def test_a_supervisor_finds_cases_and_the_conversation_shows_them(open_page: OpenPage, site: Site) -> None:
    live = await site.ring(1)
    await dictated(site, live)
    async with open_page("/cases?test=1", "en", 390, 844) as page:
        await sign_in(page, "2001")
        row = page.get_by_test_id("case-row").filter(has_text="现场报告")
        await expect(row).to_have_count(1)
        await row.click()
        await expect(page.get_by_test_id("case-number")).to_contain_text("-0001")
        await page.get_by_role("link", name="The conversation it is from").click()
        await expect(page.get_by_test_id("case-link")).to_contain_text("现场报告")
        await site.engine.request(ReportBegun(live, RecordingId(f"{live}-report1"), "report", "x", {}))
        await same_floor(page, site, None)
