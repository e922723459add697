"""Who may see and hear what, in the pages themselves."""

from playwright.async_api import Page, expect

from tests.rig.browser import AGENT, DeskTab, Voices, open_page
from tests.rig.center import Center, prompt_tone
from tests.rig.people import talking

_AUDIO = "id => fetch(`/api/v1/recordings/${id}/audio`).then(answer => answer.status)"
_RECORD = "id => fetch(`/api/v1/interactions/${id}`).then(answer => answer.status)"


async def _shown(page: Page) -> list[str]:
    return await page.get_by_test_id("conversation").all_inner_texts()


async def test_a_supervisor_hears_all_and_an_agent_only_his_own(center: Center, speakers: Voices) -> None:
    async with center.agent("1001", tone=880) as agent, center.caller("13809000001", tone=440) as caller:
        await caller.dial("95598")
        await caller.choose("0", at=prompt_tone("power_menu"))
        call = await caller.state("connected")
        await talking(caller, agent, 440, 880)
        await agent.ear.listens(1.5)
        await caller.hang_up()
        await center.floor.closed(call.id)
    stored = (await center.floor.event("RecordingStored", interaction=call.id))["data"]["recording"]
    await center.written()

    browser = await speakers.of(AGENT)
    async with open_page(browser, center) as page:
        supervisor = DeskTab(page, center.floor, "2001")
        await supervisor.sign_in("/conversations")
        await expect(supervisor.at("conversations")).to_contain_text("全部通话")
        newest = supervisor.at("conversation").first
        await expect(newest).to_contain_text("张伟")
        seen = await _shown(page)
        assert len({name for name in ("王芳", "李强", "张敏", "刘洋", "杨磊") if any(name in row for row in seen)}) > 2
        await newest.get_by_role("link").click()
        await expect(supervisor.at("detail-timeline")).to_contain_text("与王芳通话")
        await supervisor.at("player-load").click()
        await expect(supervisor.at("player")).to_have_attribute("data-playing", "true")
        await expect(supervisor.at("player-time")).to_contain_text("0:01 /")
        assert await page.evaluate(_AUDIO, stored) == 200

    async with open_page(browser, center) as page:
        other = DeskTab(page, center.floor, "1002")
        await other.sign_in("/conversations")
        await expect(other.at("conversations")).to_contain_text("我的通话")
        await expect(other.at("conversation").first).to_be_visible()
        agents = await other.at("conversation").evaluate_all("rows => rows.map(row => row.dataset.agents)")
        assert agents
        assert all("1002" in talked.split() for talked in agents), "others may have talked before or after him"
        assert await page.evaluate(_AUDIO, stored) == 404
        assert await page.evaluate(_RECORD, call.id) == 404
        await page.goto(f"/conversations/{call.id}")
        await expect(page.get_by_text("没有这条通话记录，或您无权查看。")).to_be_visible()
        await expect(other.at("player-load")).to_have_count(0)
