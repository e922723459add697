"""A caller and an agent: from the first tone to the note on the customer's record."""

import hashlib
import io

import httpx
import numpy as np
import pytest
import soundfile

from tests.rig.center import Center, prompt_tone
from tests.rig.ear import LOUD, MUSIC, levels
from tests.rig.people import talking


async def test_a_call_is_answered_recorded_and_wrapped_up(center: Center) -> None:
    async with center.agent("1001", tone=880) as agent, center.caller("13809000001", "张伟", tone=440) as caller:
        await caller.dial("95598")
        await caller.choose("1", at=prompt_tone("power_menu"))
        call = await caller.state("connected")
        assert (call.queue, call.agent) == ("power_fault", "1001")
        await talking(caller, agent, 440, 880)
        await caller.ear.listens(1.0)

        await caller.hang_up()
        await caller.state("wrapping_up")
        await agent.is_now("wrapping_up")
        await agent.wrap_up(call.id, "fault_reported", "小区停电，已派抢修")
        assert (await center.floor.closed(call.id))["outcome"] == "handled"
        await agent.is_now("available")

        stored = await center.floor.event("RecordingStored", interaction=call.id)
        await center.written()
        await _stands_on_the_customers_record(center, call.id)
        await _is_heard_again(await center.api("1001"), stored["data"]["recording"], stored["data"]["sha256"])


async def _stands_on_the_customers_record(center: Center, interaction: str) -> None:
    told = await center.get(f"/interactions/{interaction}", "1001")
    assert (told["customer_name"], told["disposition"], told["note"]) == (
        "张伟",
        "fault_reported",
        "小区停电，已派抢修",
    )
    assert (told["outcome"], told["queue"], told["caller"]) == ("handled", "power_fault", "+8613809000001")
    history = await center.get(f"/customers/{told['customer_id']}/interactions")
    items = history["items"]
    assert isinstance(items, list)
    assert items[0]["id"] == interaction


async def _is_heard_again(api: httpx.AsyncClient, recording: str, sha256: str) -> None:
    """Left the caller alone, right the agent alone; in whole and in pieces the same bytes."""
    whole = await api.get(f"/api/v1/recordings/{recording}/audio")
    assert whole.status_code == 200
    assert hashlib.sha256(whole.content).hexdigest() == sha256
    part = await api.get(f"/api/v1/recordings/{recording}/audio", headers={"Range": "bytes=100-299"})
    assert (part.status_code, part.content) == (206, whole.content[100:300])

    sound, rate = soundfile.read(io.BytesIO(whole.content), dtype="int16")
    assert rate == 8000
    left, right = sound[:, 0].astype(np.float64), sound[:, 1].astype(np.float64)
    assert max(levels(left, 440)) > LOUD
    assert max(levels(right, 880)) > LOUD
    assert max(levels(left, 880)) < LOUD / 10
    assert max(levels(right, 440)) < LOUD / 10


async def test_hold_is_music_for_the_caller(center: Center) -> None:
    async with center.agent("1001", tone=880) as agent, center.caller(tone=440) as caller:
        await caller.dial("95598")
        await caller.choose("0", at=prompt_tone("power_menu"))
        await caller.state("connected")
        await talking(caller, agent, 440, 880)

        await agent.phone.command("hold")
        await caller.state("held")
        held_from = await caller.ear.hears(MUSIC)
        await caller.ear.listens(0.6)
        assert caller.ear.level(880, after=held_from) < LOUD

        await agent.phone.command("resume")
        await caller.state("connected")
        # Only the caller's ear is asked: the agent's phone stops its tape at the first hold.
        back = await caller.ear.hears(880)
        await caller.ear.listens(0.6)
        assert caller.ear.level(MUSIC, after=back) < LOUD


@pytest.mark.parametrize("who", ["the caller", "the agent's phone", "the agent's console"])
async def test_either_side_hangs_up(center: Center, who: str) -> None:
    async with center.agent("1001") as agent, center.caller() as caller:
        await caller.dial("95598")
        await caller.choose("0", at=prompt_tone("power_menu"))
        call = await caller.state("connected")
        await talking(caller, agent, 440, 880)
        if who == "the caller":
            await caller.hang_up()
        elif who == "the agent's phone":
            await agent.phone.hang_up()
        else:
            await agent.end_call(call.id)
        if who != "the caller":
            await caller.ear.hears(prompt_tone("goodbye"))
        await agent.phone.expect("CALL_CLOSED")
        await caller.gone()
        ended = await center.floor.event("TalkEnded", interaction=call.id)
        assert ended["data"]["by"] == ("caller" if who == "the caller" else "agent")
        assert (await center.floor.closed(call.id))["outcome"] == "handled"
        await agent.is_now("available")
