"""SIGKILL to the server in the middle of calls: nobody is dropped, nobody loses his place, nothing is lost."""

import asyncio
import io
import time

import numpy as np
import soundfile

from tests.rig.center import Center, prompt_tone
from tests.rig.ear import LOUD, MUSIC, RATE, levels
from tests.rig.people import talking


async def test_one_talks_and_one_waits_through_it(hurt_center: Center) -> None:
    center = hurt_center
    async with (
        center.agent("1001", tone=880) as agent,
        center.agent("1002", tone=990, ready=False) as next_agent,
        center.caller("13809000001", tone=440) as talker,
        center.caller("13913000002", tone=520) as waiter,
    ):
        await talker.dial("95598")
        await talker.choose("1", at=prompt_tone("power_menu"))
        call = await talker.state("connected")
        began = time.monotonic()
        await talking(talker, agent, 440, 880)
        await waiter.dial("95598")
        await waiter.choose("1", at=prompt_tone("power_menu"))
        before = await waiter.state("queued")
        seq = center.floor.floor.seq

        await center.kill()
        await asyncio.gather(*(ear.listens(2.0) for ear in (talker.ear, agent.ear, waiter.ear)))
        await talking(talker, agent, 440, 880)
        await waiter.ear.hears(MUSIC)
        await center.start_again()
        await center.floor.until(lambda floor: floor.pbx_up and floor.seq > seq)

        talk, wait = center.floor.call(talker.e164), center.floor.call(waiter.e164)
        assert talk is not None
        assert wait is not None
        assert (talk.id, talk.state, talk.agent) == (call.id, "connected", "1001")
        assert (wait.id, wait.state) == (before.id, "queued")
        assert (wait.queued_at, wait.age_from, wait.priority) == (before.queued_at, before.age_from, before.priority)
        await agent.is_now("connected")
        await talking(talker, agent, 440, 880)
        await waiter.ear.hears(MUSIC)

        await next_agent.ready()
        assert (await waiter.state("connected")).id == before.id
        await talking(waiter, next_agent, 520, 990)

        lasted = time.monotonic() - began
        await talker.hang_up()
        await talker.state("wrapping_up")
        await agent.wrap_up(call.id)
        await center.floor.closed(call.id)
        stored = (await center.floor.event("RecordingStored", interaction=call.id))["data"]
        assert stored["duration_ms"] / 1000 > lasted - 1
        await center.written()
        api = await center.api("1001")
        sound = await api.get(f"/api/v1/recordings/{stored['recording']}/audio")
        left = soundfile.read(io.BytesIO(sound.content), dtype="int16")[0][:, 0].astype(np.float64)
        # A busy machine loses a packet here and there; a recording with a hole in it has none for half a second.
        assert np.median(levels(left, 440, RATE // 4)[4:-4]) > LOUD
        assert min(levels(left, 440, RATE // 4)[4:-4]) > LOUD / 5


async def test_a_caller_in_the_menu_is_back_in_it(hurt_center: Center) -> None:
    center = hurt_center
    async with center.caller() as caller:
        call = await caller.dial("95598")
        await caller.choose("9", at=prompt_tone("power_menu"))
        await caller.ear.hears(prompt_tone("power_menu", "en"))
        await center.floor.event("LanguageChosen", interaction=call.id)
        await center.kill()
        await caller.ear.hears(MUSIC)
        await center.start_again()
        await caller.choose("1", at=prompt_tone("power_menu", "en"))
        waiting = await caller.state("queued")
        assert (waiting.id, waiting.queue, waiting.language) == (call.id, "power_fault", "en")
        assert [step.keys for step in waiting.path] == ["9", "1"]


async def test_who_hung_up_meanwhile_is_found_out(hurt_center: Center) -> None:
    center = hurt_center
    async with (
        center.agent("1001", tone=880) as agent,
        center.caller(tone=440) as waiter,
        center.caller("13913000002", tone=520) as talker,
        center.agent("1002", tone=990, ready=False) as other,
        center.caller("13913000003", tone=560) as left_alone,
    ):
        await talker.dial("95598")
        await talker.choose("1", at=prompt_tone("power_menu"))
        talk = await talker.state("connected")
        await other.ready()
        await left_alone.dial("95598")
        await left_alone.choose("1", at=prompt_tone("power_menu"))
        alone = await left_alone.state("connected")
        await waiter.dial("95598")
        await waiter.choose("1", at=prompt_tone("power_menu"))
        wait = await waiter.state("queued")

        await center.kill()
        await talker.hang_up()
        await waiter.hang_up()
        await other.phone.hang_up()
        for phone in (talker.phone, waiter.phone, other.phone):
            await phone.expect("CALL_CLOSED")
        await left_alone.ear.hears(MUSIC)
        await center.start_again()

        assert (await center.floor.closed(wait.id))["outcome"] == "abandoned"
        for someone, interaction in ((agent, talk.id), (other, alone.id)):
            await someone.is_now("wrapping_up")
            await someone.wrap_up(interaction)
            await center.floor.closed(interaction)
            await center.floor.event("RecordingStored", interaction=interaction)
        await left_alone.gone()
