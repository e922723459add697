"""Customers are rung back over a real trunk: who leaves the queue for it, who asks for it, who cannot be reached."""

import asyncio

from tests.rig.outside import HIS, OTHERS, Outside, heard_outside, place
from tests.rig.people import Json


async def test_who_leaves_the_queue_is_rung_when_it_is_his_turn(outside: Outside) -> None:
    center, far = outside.center, outside.far
    async with center.caller("13913000001") as caller, center.agent("1001", tone=880, ready=False) as agent:
        call = await caller.dial("95598")
        await caller.phone.press("0")
        waiting = await caller.state("queued")
        gone = asyncio.create_task(caller.gone(40))
        while not gone.done():  # the key of the queue; then he is asked and confirms
            await caller.phone.press("1")
            await asyncio.wait({gone}, timeout=1)
        await gone
        kept = await center.floor.until(lambda floor: center.floor.call(HIS))
        assert kept.callback is not None
        assert (kept.id, kept.age_from, kept.order) == (call.id, waiting.age_from, waiting.order)
        assert (kept.callback.number, kept.callback.source) == (HIS, "queue")
        await agent.ready()
        rung = await far.rings(1)
        assert rung.number == HIS
        await caller.state("connected")
        await asyncio.gather(agent.ear.hears(520), heard_outside(far, 880))
        far.hang_up(rung)
        await agent.is_now("wrapping_up")
        await agent.wrap_up(call.id)
        assert (await center.floor.closed(call.id))["outcome"] == "handled"
        closed = await center.floor.event("CallbackClosed", interaction=call.id)
        assert (closed["data"]["state"], closed["data"]["why"]) == ("completed", "talked")
        await center.floor.event("RecordingStored", interaction=call.id)
    assert far.count(HIS) == 1
    await center.written()
    told: Json = await center.get(f"/interactions/{call.id}")
    assert (told["callback"]["attempts"], told["callback"]["state"]) == (1, "completed")
    assert "CallbackDialled" in [entry["type"] for entry in told["timeline"]]


async def test_who_cannot_be_reached_is_tried_again_and_then_left_alone(outside: Outside) -> None:
    center, far = outside.center, outside.far
    far.manner = "busy"
    async with center.agent("1001"):
        made = await place(center)
        await center.floor.event("CallbackAttemptEnded", interaction=made["id"], attempt=1, result="busy")
        far.manner = "refuse"
        await center.floor.event("CallbackAttemptEnded", interaction=made["id"], attempt=2, result="refused")
        far.manner = "ring"
        await center.floor.event("CallbackAttemptEnded", interaction=made["id"], attempt=3, result="no_answer")
        assert (await center.floor.closed(made["id"]))["cause"] == "callback:attempts"
        await asyncio.wait_for(far.rung[2].over.wait(), 5)
    assert far.count(HIS) == 3
    await center.written()
    listed: Json = await center.get("/callbacks?state=exhausted")
    [row] = listed["items"]
    assert (row["id"], row["attempts"], row["last_result"]) == (made["id"], 3, "no_answer")


async def test_the_customer_first_is_served_as_soon_as_he_answers(outside: Outside) -> None:
    center, far = outside.center, outside.far
    async with center.agent("1001", tone=880):
        made = await place(center, mode="customer_first")
        rung = await far.rings(1)
        await center.floor.event("CallbackAnswered", interaction=made["id"])
        await center.floor.event("InteractionConnected", interaction=made["id"])
        await heard_outside(far, 880)
        far.hang_up(rung)
        await center.floor.closed(made["id"])
    assert far.count(HIS) == 1


async def test_one_request_is_one_callback_and_a_cancelled_one_is_not_rung(outside: Outside) -> None:
    center, far = outside.center, outside.far
    made = await place(center, key="same")
    assert (await place(center, key="same"))["id"] == made["id"]
    client = await center.api()
    assert (await client.delete(f"/api/v1/callbacks/{made['id']}")).status_code == 204
    async with center.agent("1001"):
        other = await place(center, OTHERS, key="other")
        rung = await far.rings(1)
        await center.floor.event("InteractionConnected", interaction=other["id"])
        far.hang_up(rung)
        await center.floor.closed(other["id"])
    assert (far.count(HIS), far.count(OTHERS)) == (0, 1)


async def test_a_number_that_may_not_be_dialled_never_leaves(outside: Outside) -> None:
    client = await outside.center.api()
    for number in ("+12125550123", "00852 2345 6789", "95598", "400 812 3456", "16812345", "110", "x;y@z", "13" * 32):
        answer = await client.post("/api/v1/callbacks", json={"number": number, "queue": "general"})
        assert answer.status_code == 422, number
        assert answer.headers["content-type"] == "application/problem+json"
    assert not outside.far.rung
