"""PostgreSQL stopped, and then the disk full as well: calls go on, and afterwards nothing is missing."""

import asyncio
import time

from tests.rig.center import Center, prompt_tone
from tests.rig.people import talking

_AWAY_SECONDS = 20.0


async def test_postgres_is_stopped_during_calls(own_center: Center) -> None:
    center = own_center
    await center.get("/config", "1001")
    async with (
        center.agent("1001", tone=880) as agent,
        center.agent("1002", tone=990) as other,
        center.caller("13913000001", tone=440) as talker,
        center.caller("13809000001", tone=520) as newcomer,
    ):
        await talker.dial("95598")
        await talker.choose("1", at=prompt_tone("power_menu"))
        talk = await talker.state("connected")
        busy, free = (agent, other) if talk.agent == "1001" else (other, agent)

        await asyncio.to_thread(center.cluster.stop, "immediate")
        stopped = time.monotonic()
        first = await newcomer.dial("95598")
        await newcomer.choose("1", at=prompt_tone("power_menu"))
        assert (await newcomer.state("connected")).agent == free.id
        await talking(newcomer, free, 520, 880 if free is agent else 990)
        await talking(talker, busy, 440, 880 if busy is agent else 990)
        await talker.hang_up()
        await talker.state("wrapping_up")
        await busy.wrap_up(talk.id, "fault_reported", "数据库停机期间")
        assert (await center.floor.closed(talk.id))["outcome"] == "handled"
        assert center.logged("postgres_away_spooling_to_disk")
        await newcomer.ear.listens(max(1.0, _AWAY_SECONDS - (time.monotonic() - stopped)))
        await talking(newcomer, free, 520, 880 if free is agent else 990)

        await asyncio.to_thread(center.cluster.start)
        found = await center.floor.event("CustomerAssigned", 30, interaction=first.id)
        assert found["data"]["customer"]["name"] == "张伟"
        await center.written()
        told = await center.get(f"/interactions/{talk.id}")
        assert (told["state"], told["outcome"], told["note"]) == ("closed", "handled", "数据库停机期间")
        assert (await center.get(f"/interactions/{first.id}"))["customer_name"] == "张伟"


async def test_the_disk_is_full_as_well(own_center: Center) -> None:
    center = own_center
    async with (
        center.agent("1001", tone=880) as agent,
        center.agent("1002", tone=990, ready=False) as other,
        center.caller("13913000001", tone=440) as talker,
        center.caller("13913000002", tone=520) as newcomer,
    ):
        await talker.dial("95598")
        await talker.choose("0", at=prompt_tone("power_menu"))
        await talker.state("connected")
        await asyncio.to_thread(center.cluster.stop, "immediate")
        center.limit_files(512)
        await newcomer.phone.dial("95598")
        await newcomer.phone.expect("CALL_ESTABLISHED")
        await newcomer.choose("0", at=prompt_tone("power_menu"))
        await newcomer.ear.hears(600)
        await talking(talker, agent, 440, 880)
        assert center.logged("journal_full")

        center.limit_files(None)
        call = await newcomer.state("queued")
        await other.ready()
        assert (await newcomer.state("connected")).id == call.id
        await asyncio.to_thread(center.cluster.start)
        await talking(newcomer, other, 520, 990)
        await center.written()
        assert (await center.get(f"/interactions/{call.id}"))["state"] == "connected"
