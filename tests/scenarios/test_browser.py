"""A caller and an agent, both in real browsers: what they see, and what they hear."""

import io

import numpy as np
import pytest
import soundfile
from playwright.async_api import Page, expect

from tests.rig.browser import AGENT, CALLER, Voices, caller_page, desk_and_caller, desk_page
from tests.rig.center import Center, ringing_for
from tests.rig.ear import LOUD, MUSIC, levels


async def test_from_the_first_ring_to_the_recording(center: Center, speakers: Voices) -> None:
    async with desk_and_caller(center, speakers) as (agent, caller):
        call = await caller.dial("13809000001")
        await caller.choose("1")
        await expect(caller.at("keys-pressed")).to_contain_text("1")

        await agent.rings()
        await expect(agent.at("customer-name")).to_have_text("张伟")
        await expect(agent.at("customer-number")).to_have_text("138 0900 0001")
        await expect(agent.page.locator(".customer-head")).to_contain_text("金卡")
        await expect(agent.at("why")).to_contain_text("故障报修")
        await expect(agent.at("hints")).to_contain_text("说话慢一些")
        await caller.hears(MUSIC, silent=(AGENT,))

        await agent.page.keyboard.press("Enter")
        await agent.stage("talking")
        await caller.hears(AGENT, silent=(MUSIC,))
        await agent.hears(CALLER)

        await agent.page.keyboard.press("h")
        await agent.stage("held")
        await caller.hears(MUSIC, silent=(AGENT,))
        await agent.page.keyboard.press("h")
        await agent.stage("talking")
        await caller.hears(AGENT, silent=(MUSIC,))
        await agent.hears(CALLER)

        await agent.page.keyboard.press("m")
        await expect(agent.at("mute")).to_have_attribute("aria-pressed", "true")
        await caller.hears(silent=(AGENT, MUSIC))
        await agent.hears(CALLER)
        await agent.page.keyboard.press("m")
        await caller.hears(AGENT)

        await agent.at("hang-up").click()
        await caller.hears_prompt("goodbye")
        await caller.is_over()
        await agent.wraps_up("故障已登记", "小区停电，已派抢修")
        assert (await center.floor.closed(call.id))["outcome"] == "handled"
        stored = await center.floor.event("RecordingStored", interaction=call.id)
        await center.written()
        await _stands_on_the_list_and_plays(agent.page)
        await _has_one_voice_on_each_side(center, stored["data"]["recording"])


async def _stands_on_the_list_and_plays(page: Page) -> None:
    await page.get_by_test_id("nav-conversations").click()
    newest = page.get_by_test_id("conversation").first
    await expect(newest).to_contain_text("张伟")
    await expect(newest).to_contain_text("故障已登记")
    await newest.get_by_role("link").click()
    await expect(page.get_by_test_id("detail")).to_contain_text("小区停电，已派抢修")
    await page.get_by_test_id("player-load").click()
    player = page.get_by_test_id("player")
    await expect(player).to_have_attribute("data-playing", "true")
    await expect(page.get_by_test_id("player-time")).to_contain_text("0:01 /")


async def _has_one_voice_on_each_side(center: Center, recording: str) -> None:
    audio = await (await center.api("1001")).get(f"/api/v1/recordings/{recording}/audio")
    assert audio.status_code == 200
    sound, rate = soundfile.read(io.BytesIO(audio.content), dtype="int16")
    assert rate == 8000
    left, right = sound[:, 0].astype(np.float64), sound[:, 1].astype(np.float64)
    assert max(levels(left, CALLER)) > LOUD
    assert max(levels(right, AGENT)) > LOUD
    assert max(levels(left, AGENT)) < LOUD / 10
    assert max(levels(right, CALLER)) < LOUD / 10


async def test_giving_up_while_the_page_rings(center: Center, speakers: Voices) -> None:
    async with desk_and_caller(center, speakers) as (agent, caller):
        call = await caller.dial("13812000002")
        await caller.choose("1")
        await agent.rings()
        await caller.at("caller-hang-up").click()
        await agent.stage("idle")
        await expect(agent.at("state")).to_have_attribute("data-state", "available")
        assert (await center.floor.closed(call.id))["cause"] == "offered:hangup"


async def test_one_declines_and_the_next_gets_it(center: Center, speakers: Voices) -> None:
    browser = await speakers.of(AGENT)
    async with (
        ringing_for(center, 30),
        desk_page(browser, center, "1001") as first,
        desk_page(browser, center, "1002", ready=False) as second,
        caller_page(await speakers.of(CALLER), center) as caller,
    ):
        call = await caller.dial("13812000002")
        await caller.choose("1")
        await first.rings()
        await second.ready()
        await first.page.keyboard.press("Escape")
        await second.answers()
        await first.stage("idle")
        await expect(first.at("state")).to_have_attribute("data-reason", "declined")
        await second.hears(CALLER)
        await caller.hears(AGENT, silent=(MUSIC,))
        assert (await caller.state("connected")).id == call.id
        await caller.at("caller-hang-up").click()
        await second.wraps_up("咨询已答复")
        await center.floor.closed(call.id)


async def test_who_misses_a_call_is_told(center: Center, speakers: Voices) -> None:
    async with (
        desk_page(await speakers.of(AGENT), center, "1001") as agent,
        caller_page(await speakers.of(CALLER), center) as caller,
    ):
        call = await caller.dial("13812000002")
        await caller.choose("1")
        await agent.stage("ringing")
        await agent.stage("idle")
        state = agent.at("state")
        await expect(state).to_have_attribute("data-state", "not_ready")
        await expect(state).to_contain_text("漏接来电")
        await expect(agent.at("intent")).to_contain_text("刚才漏接了一通来电")
        await caller.is_connected()
        assert (await caller.state("queued")).id == call.id

        await agent.at("go-available").click()
        await agent.answers()
        await agent.hears(CALLER)
        await caller.at("caller-hang-up").click()
        await agent.wraps_up("其他")
        await center.floor.closed(call.id)


async def test_the_other_of_two_customers_is_picked(center: Center, speakers: Voices) -> None:
    async with desk_and_caller(center, speakers) as (agent, caller):
        call = await caller.dial("02583190021")
        await caller.choose("1")
        await agent.answers()
        names = dict(call.customer.candidates)
        other = next(customer for customer in names if customer != call.customer.id)
        await expect(agent.at("customer-name")).to_have_text(names[call.customer.id])
        await agent.at("candidate").filter(has_text=names[other]).click()
        await expect(agent.at("customer-name")).to_have_text(names[other])
        await expect(agent.at("customer-details")).to_be_visible()
        assert (await caller.state("connected")).customer.id == other

        await agent.at("hang-up").click()
        await agent.wraps_up("咨询已答复")
        await center.floor.closed(call.id)
        await center.written()
        told = await center.get(f"/interactions/{call.id}")
        assert (told["customer_id"], told["customer_name"]) == (other, names[other])


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", ("振铃", "张伟", "138 0900 0001", "接听", "拒接", "后转给别人")),
        ("en", ("Ringing", "张伟", "138 0900 0001", "Answer", "Decline", "goes to someone else in")),
    ],
)
async def test_a_telephone_sized_desk_answers_by_touch(
    center: Center, speakers: Voices, language: str, said: tuple[str, ...]
) -> None:
    async with desk_and_caller(center, speakers, language, 390, 844, touch=True) as (agent, caller):
        call = await caller.dial("13809000001")
        await caller.choose("1")
        await agent.rings()
        card = agent.at("call-card")
        for words in said:
            await expect(card).to_contain_text(words)
        await expect(agent.at("why")).to_contain_text("故障报修" if language == "zh" else "Power failure")
        box = await card.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert 844 - 24 <= box["y"] + box["height"] <= 844
        assert await agent.page.evaluate("document.documentElement.scrollWidth") <= 390

        await agent.at("answer").tap()
        await agent.stage("talking")
        await agent.hears(CALLER)
        await caller.hears(AGENT)
        await agent.at("hang-up").tap()
        await agent.stage("wrapping_up")
        await center.settle()
        await center.floor.closed(call.id)
