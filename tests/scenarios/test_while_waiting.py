"""What callers do while they wait: help themselves with their place kept, leave a message, hear how long it takes."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from cti_server.floor.words import QueueId
from tests.rig.center import Center, prompt_tone, ringing_for
from tests.rig.ear import MUSIC
from tests.rig.people import talking

_QUEUE = QueueId("complaints")
_MAIN = {"key": "3", "flow": "95598", "step": "main"}
_CLOSED = """\
id: closed_now
languages: [zh, en]
numbers: ["4010"]
start: look
fallback: agent
calendars:
  office: {{zone: UTC, week: {{mon-sun: ["{opens:%H}:00-{closes:%H}:00"]}}}}
steps:
  look: {{do: hours, calendar: office, open: agent, closed: message}}
  message: {{do: voicemail, prompt: closed_hours}}
  agent: {{do: queue, queue: general}}
"""


@asynccontextmanager
async def complaints(center: Center, waiting: Mapping[str, object], announce: int = 0) -> AsyncIterator[None]:
    """The queue of complaints has these settings for who waits, until the end."""
    before = center.floor.floor.queues[_QUEUE].config
    await _settle(center, {**before.rules, "waiting": waiting}, announce)
    try:
        yield
    finally:
        await _settle(center, before.rules, before.announce_seconds)


async def _settle(center: Center, rules: Mapping[str, object], announce: int) -> None:
    document = json.dumps(rules).replace("'", "''")
    await center.sql(
        f"UPDATE queues SET rules = '{document}', announce_seconds = {announce:d} WHERE id = 'complaints' RETURNING 1"  # noqa: S608
    )
    await center.floor.until(lambda floor: dict(floor.queues[_QUEUE].config.rules) == dict(rules))


async def test_self_service_keeps_the_place_until_an_agent_answers(center: Center) -> None:
    async with (
        complaints(center, {"self_service": _MAIN}),
        ringing_for(center, 20),
        center.agent("1008", ready=False, tone=880) as agent,
        center.caller(tone=440) as caller,
    ):
        call = await caller.dial("95598")
        await caller.choose("9", at=prompt_tone("power_menu"))
        await caller.choose("4", at=prompt_tone("power_menu", "en"))
        waiting = await caller.state("queued")
        music = await caller.ear.hears(MUSIC)
        await caller.phone.press("3")
        menu = await caller.ear.hears(prompt_tone("power_menu", "en"), after=music)
        await caller.phone.press("1")  # the fault desk: there is a place already
        await center.floor.event("SelfServiceLeft", interaction=call.id)
        kept = await caller.ear.hears(prompt_tone("place_kept", "en"), after=menu)
        again = await caller.ear.hears(MUSIC, after=kept)
        still = await caller.state("queued")
        assert (still.queue, still.age_from, still.order) == ("complaints", waiting.age_from, waiting.order)
        await caller.phone.press("3")
        await caller.ear.hears(prompt_tone("power_menu", "en"), after=again)
        await agent.ready()
        await talking(caller, agent, 440, 880)
        left = await center.floor.event("SelfServiceLeft", interaction=call.id, why="agent")
        assert left["data"]["interaction"] == call.id
        talks = await caller.state("connected")
        assert (talks.age_from, talks.path[-1].keys, talks.self_service) == (waiting.age_from, "1", "")
        await caller.hang_up()
        await agent.is_now("wrapping_up")
        await agent.wrap_up(call.id)


async def test_a_key_leads_from_the_queue_to_a_message(center: Center) -> None:
    waiting = {"voicemail": {"key": "2"}, "comfort": [{"after": "1s", "say": "comfort"}]}
    async with complaints(center, waiting), center.caller(tone=440) as caller:
        call = await caller.dial("95598")
        await caller.phone.press("4")
        comforted = await caller.ear.hears(prompt_tone("comfort"), after=0)
        await caller.phone.press("2")
        invited = await caller.ear.hears(prompt_tone("voicemail"), after=comforted)
        await center.floor.event("VoicemailChosen", interaction=call.id)
        await center.floor.event("RecordingStarted", interaction=call.id)
        spoken = f"{call.id}-voicemail.customer.wav"
        async with asyncio.timeout(10):
            while not any(file.stat().st_size > 8000 for file in center.home.rglob(spoken)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)  # a file gives no notice
        await caller.phone.press("#")
        await caller.ear.hears(prompt_tone("goodbye"), after=invited)
        assert (await center.floor.closed(call.id))["outcome"] == "voicemail"
        await center.floor.event("RecordingStored", interaction=call.id)


async def test_how_long_it_takes_is_told_once_it_is_known(center: Center) -> None:
    async with (
        complaints(center, {}, announce=2),
        ringing_for(center, 20),
        center.agent("1008") as agent,
        center.caller() as first,
        center.caller("13913000002") as second,
    ):
        call = await first.dial("95598")
        await first.phone.press("4")
        await first.state("connected")
        await agent.be("not_ready", "break")
        await first.hang_up()
        await agent.is_now("wrapping_up")
        await agent.wrap_up(call.id)
        for caller in (first, second):
            await caller.dial("95598")
            await caller.phone.press("4")
            await caller.state("queued")
        said = await second.ear.hears(prompt_tone("position_1"))
        await second.ear.hears(prompt_tone("wait_1"), after=said)
        await second.ear.hears(MUSIC)


async def test_outside_the_hours_a_call_leads_to_a_message(center: Center) -> None:
    """The flow's calendar is asked at the moment of the call."""
    client = await center.api("admin")
    now = datetime.now(UTC)
    text = _CLOSED.format(opens=now + timedelta(hours=6), closes=now + timedelta(hours=8))
    headers = {"Content-Type": "application/yaml", "If-Match": '"0"'}
    saved = await client.put("/api/v1/flows/closed_now/draft", content=text.encode(), headers=headers)
    assert saved.status_code in (200, 201), saved.text
    published = await client.post("/api/v1/flows/closed_now/publish", headers={"If-Match": saved.headers["etag"]})
    assert published.status_code == 200, published.text
    async with center.caller() as caller:
        call = await caller.dial("4010")
        await caller.ear.hears(prompt_tone("closed_hours"), after=0)
        await center.floor.event("RecordingStarted", interaction=call.id)
        await caller.hang_up()
        assert (await center.floor.closed(call.id))["outcome"] == "voicemail"
