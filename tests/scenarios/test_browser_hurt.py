"""The agent's page is reloaded, its browser killed, the server killed: the caller is never dropped."""

import asyncio
import time

from playwright.async_api import expect

from cti_server.floor.model import Interaction
from tests.rig import browser
from tests.rig.browser import (
    AGENT,
    CALLER,
    CallerTab,
    DeskTab,
    Voices,
    caller_page,
    desk_and_caller,
    desk_page,
)
from tests.rig.center import Center, prompt_tone, ringing_for
from tests.rig.ear import LOUD, MUSIC

_OTHER_AGENT = 990.0


async def _talk(agent: DeskTab, caller: CallerTab) -> Interaction:
    call = await caller.dial("13809000001")
    await caller.choose("1")
    await agent.answers()
    await agent.hears(CALLER)
    await caller.hears(AGENT)
    return call


async def _reload(agent: DeskTab) -> float:
    """Seconds from a reload of the page until the caller is heard in it."""
    began = time.monotonic()
    await agent.page.reload(wait_until="commit")
    async with asyncio.timeout(15):
        while (await agent.tones(CALLER))[0] < browser.LOUD:  # noqa: ASYNC110 - sound gives no notice
            await asyncio.sleep(0.02)
    return time.monotonic() - began


async def test_a_reloaded_page_is_back_in_the_call(center: Center, speakers: Voices) -> None:
    async with desk_and_caller(center, speakers) as (agent, caller):
        call = await _talk(agent, caller)
        await agent.at("note").fill("刷新之前写的")

        print(f"from reload to sound: {await _reload(agent):.2f} s")  # noqa: T201 - for who measures
        await agent.stage("talking")
        await agent.hears(CALLER)
        await caller.hears(AGENT, silent=(MUSIC,))
        await caller.is_connected()
        await center.floor.event("AgentLegReplaced", interaction=call.id)
        assert center.floor.events("TalkEnded", interaction=call.id) == []
        assert (await caller.state("connected")).agent == "1001"
        await expect(agent.at("note")).to_have_value("刷新之前写的")

        await agent.page.keyboard.press("h")
        await agent.stage("held")
        await caller.hears(MUSIC, silent=(AGENT,))
        await agent.page.keyboard.press("h")
        await agent.stage("talking")
        await caller.hears(AGENT, silent=(MUSIC,))

        await agent.page.keyboard.press("h")
        await agent.stage("held")
        await caller.hears(MUSIC, silent=(AGENT,))
        await _reload(agent)
        await agent.stage("talking")
        await caller.hears(AGENT, silent=(MUSIC,))
        await agent.at("hang-up").click()
        await caller.hears_prompt("goodbye")
        await caller.is_over()
        await agent.wraps_up("故障已登记")
        assert (await center.floor.closed(call.id))["outcome"] == "handled"


async def test_a_talk_is_brought_to_another_page(center: Center, speakers: Voices) -> None:
    async with desk_and_caller(center, speakers) as (agent, caller):
        call = await _talk(agent, caller)
        other = DeskTab(await agent.page.context.new_page(), center.floor, "1001")
        await other.page.goto("/desk?test=1&dsp=off")
        await other.stage("talking")
        await expect(other.at("hold")).to_be_disabled()
        await other.at("take-call-over").click()
        await other.hears(CALLER)
        await caller.hears(AGENT, silent=(MUSIC,))
        await expect(agent.at("take-call-over")).to_be_visible()
        await center.floor.event("AgentLegReplaced", interaction=call.id)
        assert center.floor.events("TalkEnded", interaction=call.id) == []

        await agent.at("take-call-over").click()
        await agent.hears(CALLER)
        await expect(other.at("take-call-over")).to_be_visible()
        await other.page.close()
        await agent.at("hang-up").click()
        await caller.is_over()
        await agent.wraps_up("故障已登记")
        assert (await center.floor.closed(call.id))["outcome"] == "handled"


async def test_a_killed_browser_gives_the_caller_to_the_next(center: Center, speakers: Voices) -> None:
    doomed = await speakers.start(AGENT)
    async with (
        ringing_for(center, 30),
        center.agent("1002", tone=_OTHER_AGENT, ready=False) as next_agent,
        caller_page(await speakers.of(CALLER), center) as caller,
        center.caller("13913000002", tone=520) as waits,
    ):
        async with desk_page(doomed.browser, center, "1001") as agent:
            call = await _talk(agent, caller)
            await waits.dial("95598")
            await waits.choose("1", at=prompt_tone("power_menu"))
            await waits.state("queued")
            doomed.kill()
            await caller.hears_prompt("reconnecting", seconds=25)
            await center.floor.event("TalkEnded", interaction=call.id, by="lost")
            await center.floor.agent("1001", "not_ready", "connection_lost")
            await caller.hears(MUSIC)

        await next_agent.ready()
        again = await caller.state("connected")
        assert (again.id, again.agent) == (call.id, "1002")
        await caller.hears(_OTHER_AGENT, silent=(MUSIC,))
        await next_agent.ear.hears(CALLER)
        assert (await waits.state("queued")).agent is None
        await waits.hang_up()

        await caller.at("caller-hang-up").click()
        await next_agent.is_now("wrapping_up")
        await next_agent.wrap_up(call.id)
        assert (await center.floor.closed(call.id))["outcome"] == "handled"
        for segment in (1, 2):
            await center.floor.event("RecordingStored", recording=f"{call.id}-{segment}")
        assert next_agent.ear.level(AGENT) < LOUD


async def test_the_server_dies_and_the_page_goes_on(own_center: Center, speakers: Voices) -> None:
    center = own_center
    async with desk_and_caller(center, speakers) as (agent, caller):
        call = await _talk(agent, caller)
        await agent.page.evaluate("window.sameDocument = true")
        seq = center.floor.floor.seq

        await center.kill()
        await expect(agent.at("offline")).to_be_visible()
        await agent.stage("talking")
        await agent.hears(CALLER)
        await caller.hears(AGENT, silent=(MUSIC,))
        await agent.at("note").fill("断线时写的")
        await expect(agent.at("draft-state")).to_have_attribute("data-saved", "failed")
        await expect(agent.at("hold")).to_be_disabled()

        await center.start_again()
        await center.floor.until(lambda floor: floor.pbx_up and floor.seq > seq)
        await expect(agent.at("offline")).to_be_hidden(timeout=20_000)
        await expect(agent.at("draft-state")).to_have_attribute("data-saved", "saved")
        await agent.stage("talking")
        await expect(agent.at("customer-name")).to_have_text("张伟")
        assert await agent.page.evaluate("window.sameDocument") is True
        again = await caller.state("connected")
        assert (again.id, again.agent) == (call.id, "1001")
        await agent.hears(CALLER)
        await caller.hears(AGENT, silent=(MUSIC,))

        await agent.at("hang-up").click()
        await caller.hears_prompt("goodbye")
        await caller.is_over()
        await agent.wraps_up("故障已登记")
        # Hung up before the page's phone was registered again, it learns so when it is.
        async with asyncio.timeout(20):
            while (await agent.page.evaluate("window.ctiTest.phone()"))["call"] is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert (await center.floor.closed(call.id))["outcome"] == "handled"
        await center.floor.event("RecordingStored", interaction=call.id)
        await center.written()
        told = await center.get(f"/interactions/{call.id}", "1001")
        assert (told["disposition"], told["note"]) == ("fault_reported", "断线时写的")
