"""Waiting, being offered, and giving up."""

from cti_server.floor.words import QueueId
from tests.rig.center import Center, prompt_tone, ringing_for
from tests.rig.ear import LOUD, MUSIC
from tests.rig.people import talking

_SOONER_THAN_ASTERISK = 2.0
"""Seconds. Asterisk stops ringing by itself three seconds after the floor told it to."""


async def test_giving_up_in_the_menu(center: Center) -> None:
    async with center.caller() as caller:
        call = await caller.dial("95598")
        await caller.ear.hears(prompt_tone("power_menu"))
        await caller.hang_up()
        closed = await center.floor.closed(call.id)
        assert (closed["outcome"], closed["cause"]) == ("abandoned", "in_flow:hangup")


async def test_giving_up_in_the_queue(center: Center) -> None:
    async with center.caller() as soon, center.caller("13913000002") as late:
        for caller in (late, soon):
            await caller.dial("95598")
            await caller.choose("1", at=prompt_tone("power_menu"))
            await caller.state("queued")
        first, second = await late.state("queued"), await soon.state("queued")
        await soon.hang_up()
        assert (await center.floor.closed(second.id))["outcome"] == "short_abandoned"
        await late.ear.listens(1.0)
        await late.hang_up()
        closed = await center.floor.closed(first.id)
        assert (closed["outcome"], closed["cause"]) == ("abandoned", "queued:hangup")


async def test_giving_up_while_the_agents_phone_rings(center: Center) -> None:
    async with ringing_for(center, 30), center.agent("1001", answer=False) as agent, center.caller() as caller:
        call = await caller.dial("95598")
        await caller.choose("0", at=prompt_tone("power_menu"))
        await agent.phone.expect("CALL_INCOMING")
        await caller.hang_up()
        await agent.phone.expect("CALL_CLOSED")
        assert (await center.floor.closed(call.id))["cause"] == "offered:hangup"
        await center.floor.event("OfferWithdrawn", interaction=call.id)
        await agent.is_now("available")


async def test_who_waits_hears_music_and_his_position(center: Center) -> None:
    async with center.caller() as first, center.caller("13913000002") as second:
        for caller in (first, second):
            await caller.dial("95598")
            await caller.choose("2", at=prompt_tone("power_menu"))
            await caller.state("queued")
        music = await second.ear.hears(MUSIC)
        said = await second.ear.hears(prompt_tone("position_1"))
        assert second.ear.level(prompt_tone("position_next"), after=music) < LOUD
        await second.ear.hears(MUSIC, after=said)
        await first.ear.hears(prompt_tone("position_next"), after=0)
        await first.ear.hears(prompt_tone("comfort_soon"))  # he knows that he is next
        await first.hang_up()
        await second.ear.hears(prompt_tone("position_next"))


async def test_the_longest_idle_agent_is_rung_first(center: Center) -> None:
    async with center.agent("1003", ready=False) as late, center.agent("1002") as early:
        await late.ready()
        async with center.caller() as one, center.caller("13913000002") as two:
            await one.dial("95598")
            await one.choose("0", at=prompt_tone("power_menu"))
            assert (await one.state("connected")).agent == early.id
            await two.dial("95598")
            await two.choose("0", at=prompt_tone("power_menu"))
            assert (await two.state("connected")).agent == late.id


async def test_only_who_knows_how_is_rung(center: Center) -> None:
    async with center.agent("1002") as idle_longest, center.agent("1003", ready=False) as english:
        async with center.caller() as caller:
            await caller.dial("95598")
            await caller.choose("9", at=prompt_tone("power_menu"))
            await caller.choose("0", at=prompt_tone("power_menu", "en"))
            await caller.state("queued")
            await english.ready()
            assert (await caller.state("connected")).agent == english.id
        await idle_longest.is_now("available")


async def test_two_miss_it_and_nobody_loses_his_place(center: Center) -> None:
    async with (
        center.agent("1001", answer=False) as deaf,
        center.agent("1003", answer=False) as deafer,
        center.agent("1008", ready=False) as awake,
        center.caller() as first,
        center.caller("13913000002") as second,
    ):
        for caller in (first, second):
            await caller.dial("95598")
            await caller.choose("0", at=prompt_tone("power_menu"))
        arrived = await first.state("offered")
        for agent in (deaf, deafer):
            await agent.phone.expect("CALL_INCOMING")
        for agent in (deaf, deafer):
            await agent.is_now("not_ready", "missed_offer")
            await agent.phone.expect("CALL_CLOSED", _SOONER_THAN_ASTERISK)
        still = await first.state("queued")
        assert still.age_from == arrived.age_from
        await second.state("queued")
        assert center.floor.floor.queues[QueueId("general")].waiting == 2

        await awake.ready()
        assert (await first.state("connected")).agent == awake.id
        await talking(first, awake, 440, 880)
        assert center.floor.call(second.e164) is not None


async def test_declining_by_phone_and_by_console(center: Center) -> None:
    async with (
        ringing_for(center, 30),
        center.agent("1001", answer=False) as by_phone,
        center.agent("1002", answer=False, ready=False) as by_console,
        center.caller() as caller,
    ):
        call = await caller.dial("95598")
        await caller.choose("1", at=prompt_tone("power_menu"))
        queued = await center.floor.event("ContactQueued", interaction=call.id)
        await by_phone.phone.expect("CALL_INCOMING")
        await by_phone.phone.hang_up()
        await by_phone.is_now("not_ready", "declined")

        await by_console.ready()
        await by_console.phone.expect("CALL_INCOMING")
        offer = (await caller.state("offered")).offer
        assert offer is not None
        answer = await by_console.api.post(f"/api/v1/offers/{offer.id}/decline")
        assert answer.status_code == 204, answer.text
        await by_console.is_now("not_ready", "declined")
        await by_console.phone.expect("CALL_CLOSED")
        waiting = await caller.state("queued")
        assert waiting.age_from == queued["data"]["age_from"]
        assert len(center.floor.events("OfferDeclined", interaction=call.id)) == 2
