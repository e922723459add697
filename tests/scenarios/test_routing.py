"""Routing on the real telephone system: dialects, own agents, relaxation, emergencies, voicemail, and why."""

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator, Mapping

import asyncpg
import numpy as np
import soundfile

from cti_server.floor.words import QueueId
from cti_server.store.embedded import SUPERUSER
from tests.rig.center import Center, prompt_tone
from tests.rig.ear import LOUD, MUSIC, levels
from tests.rig.people import talking

_MENU = prompt_tone("power_menu")
_APPLIANCE_MENU = prompt_tone("appliance_menu")
_BEEP = 1000.0
_CALLER, _AGENT = 440.0, 880.0


@contextlib.asynccontextmanager
async def _ruled(center: Center, queue: str, **rules: object) -> AsyncIterator[None]:
    """Inside, the queue has other rules; the running server follows."""

    async def put(wanted: Mapping[str, object]) -> None:
        connection = await asyncpg.connect(center.cluster.url(SUPERUSER))
        await connection.execute("UPDATE queues SET rules = $2::jsonb WHERE id = $1", queue, json.dumps(wanted))
        await connection.close()
        await center.floor.until(lambda floor: floor.queues[QueueId(queue)].config.rules == wanted)

    before = center.floor.floor.queues[QueueId(queue)].config.rules
    await put(before | rules)
    try:
        yield
    finally:
        await put(before)


async def _routing_of(center: Center, phone: str, routing: Mapping[str, object]) -> None:
    """What the customer's record says about whom he should get."""
    connection = await asyncpg.connect(center.cluster.url(SUPERUSER))
    changed = await connection.execute(
        "UPDATE customers SET attributes = attributes || jsonb_build_object('routing', $2::jsonb) WHERE id ="
        " (SELECT customer_id FROM customer_phones WHERE e164 = $1 ORDER BY position LIMIT 1)",
        f"+86{phone}",
        json.dumps(routing),
    )
    await connection.close()
    assert changed == "UPDATE 1"


async def _grows(center: Center, name: str, size: int) -> None:
    """Wait until Asterisk has written `size` bytes of sound into the file."""
    async with asyncio.timeout(15):
        while not any(file.stat().st_size > size for file in center.home.rglob(name)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # a file gives no notice


async def test_who_speaks_a_dialect_gets_an_agent_who_does(center: Center) -> None:
    await _routing_of(center, "13809000001", {"skills": {"sichuanese": 3}})
    async with (
        center.agent("1001") as idle_longest,
        center.agent("1002") as speaks,
        center.caller("13809000001") as who,
    ):
        await who.dial("95598")
        await who.choose("1", at=_MENU)
        call = await who.state("connected")
        assert call.agent == speaks.id
        await talking(who, speaks, _CALLER, _AGENT)

        await center.written()
        offer = (await center.floor.event("OfferAccepted", interaction=call.id))["data"]["offer"]
        told = await center.get(f"/offers/{offer}/explanation")
        assert told["reproduced"] is True
        assert isinstance(told["agents"], list)
        said = {one["agent"]: (one["standing"], one["text"]["zh"]) for one in told["agents"]}
        assert said[speaks.id][0] == "chosen"
        assert said[idle_longest.id][0] == "lacks"
        assert "四川话" in said[idle_longest.id][1]
        await who.hang_up()
        await who.state("wrapping_up")
        await speaks.wrap_up(call.id)
    await _routing_of(center, "13809000001", {})


async def test_a_wait_makes_the_queue_less_particular(center: Center) -> None:
    less = [{"after": "3s", "lower_by": 2}]
    async with (
        _ruled(center, "power_fault", requirement="power>=6", relax=less),
        center.agent("1003") as beginner,
        center.caller() as who,
    ):
        await who.dial("95598")
        await who.choose("1", at=_MENU)
        waiting = await who.state("queued")
        await who.ear.hears(MUSIC)
        call = await who.state("connected")
        relaxed = await center.floor.event("ContactRelaxed", interaction=call.id)
        assert waiting.queued_at is not None
        assert 3000 <= relaxed["at"] - waiting.queued_at < 3500, "when due, not when somebody looks"
        await talking(who, beginner, _CALLER, _AGENT)
        await who.hang_up()
        await who.state("wrapping_up")
        await beginner.wrap_up(call.id)


async def test_his_own_agent_is_waited_for_and_then_anybody_serves(center: Center) -> None:
    await _routing_of(center, "13809000001", {"agent": "1004"})
    async with (
        _ruled(center, "appliance_repair", preferred_patience="4s"),
        center.agent("1005") as other,
        center.agent("1004", ready=False) as own,
    ):
        async with center.caller("13809000001") as who:
            await who.dial("4008")
            await who.choose("1", at=_APPLIANCE_MENU)
            assert (await who.state("queued")).preferred == own.id
            call = await who.state("connected")
            assert call.agent == other.id
            await who.hang_up()
            await who.state("wrapping_up")
            await other.wrap_up(call.id)
        await own.ready()
        async with center.caller("13809000001") as again:
            await again.dial("4008")
            await again.choose("1", at=_APPLIANCE_MENU)
            call = await again.state("connected")
            assert call.agent == own.id, "although the other has been idle longer"
            await again.hang_up()
            await again.state("wrapping_up")
            await own.wrap_up(call.id)
    await _routing_of(center, "13809000001", {})


async def test_an_emergency_is_told_to_who_waits_and_to_who_comes(center: Center) -> None:
    supervisor = await center.api()
    async with center.caller() as waits, center.caller("13913000002") as comes:
        await waits.dial("95598")
        await waits.choose("1", at=_MENU)
        waiting = await waits.state("queued")
        switched = await supervisor.post("/api/v1/queues/power_fault/emergency", json={"on": True})
        assert switched.status_code == 204, switched.text
        try:
            await waits.ear.hears(prompt_tone("outage"))
            assert (await center.floor.closed(waiting.id))["outcome"] == "overflowed"
            call = await comes.dial("95598")
            await comes.choose("1", at=_MENU)
            await comes.ear.hears(prompt_tone("outage"))
            await comes.gone()
            assert (await center.floor.closed(call.id))["outcome"] == "overflowed"
        finally:
            await supervisor.post("/api/v1/queues/power_fault/emergency", json={"on": False})


async def test_a_voicemail_is_kept_with_the_customer(center: Center) -> None:
    overflow = [{"when": "unattended", "then": "voicemail"}]
    async with _ruled(center, "general", overflow=overflow), center.caller("13809000001", tone=_CALLER) as who:
        call = await who.dial("95598")
        await who.choose("0", at=_MENU)
        said = await who.ear.hears(prompt_tone("voicemail"))
        await center.floor.event("RecordingStarted", interaction=call.id)
        await _grows(center, f"{call.id}-voicemail.customer.wav", 2 * 8000 * 2)
        assert who.ear.level(_BEEP, after=said) > LOUD
        await who.phone.press("5")
        await who.ear.hears(prompt_tone("goodbye"))
        await who.gone()
        assert (await center.floor.closed(call.id))["outcome"] == "voicemail"

    stored = await center.floor.event("RecordingStored", interaction=call.id)
    await center.written()
    api = await center.api()
    audio = await api.get(f"/api/v1/recordings/{stored['data']['recording']}/audio")
    assert audio.status_code == 200
    sound, rate = soundfile.read(io.BytesIO(audio.content), dtype="int16")
    caller, nobody = (np.asarray(sound[:: rate // 8000, side], dtype=np.float64) for side in (0, 1))
    assert max(levels(caller, _CALLER)) > LOUD
    assert max(levels(nobody, _CALLER)) < LOUD
    told = await center.get(f"/interactions/{call.id}")
    assert (told["customer_name"], told["outcome"]) == ("张伟", "voicemail")
