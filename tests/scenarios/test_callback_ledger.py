"""SIGKILL to the server between every two steps of a callback: each attempt is dialled once at most, and it ends."""

import asyncio

import pytest

from cti_server.floor.words import InteractionId
from tests.rig.center import Center
from tests.rig.far_end import FarEnd
from tests.rig.outside import HIS, Outside, place
from tests.rig.people import Agent

RINGING = "ringing outside"
STEPS = (
    "CallbackRequested",
    "OfferMade",
    "OfferAccepted",
    "CallbackDialled",
    RINGING,
    "CallbackAnswered",
    "InteractionConnected",
    "CallbackAttemptEnded",
)
"""Each is the last thing that was seen before the kill."""


@pytest.mark.timeout(240)
@pytest.mark.parametrize("step", STEPS)
async def test_killed_after(outside: Outside, step: str) -> None:
    center, far = outside.center, outside.far
    key = f"ledger-{STEPS.index(step)}"
    far.manner = "ring" if step == RINGING else "busy" if step == "CallbackAttemptEnded" else "answer"
    async with center.agent("1001", ready=step != "CallbackRequested") as agent:
        asked = asyncio.create_task(place(center, key=key))
        await (far.rings(1) if step == RINGING else center.floor.event(step))
        await center.kill()
        await asyncio.gather(asked, return_exceptions=True)
        far.manner = "answer"
        seq = center.floor.floor.seq
        await center.start_again()
        await center.floor.until(lambda floor: floor.pbx_up and floor.seq > seq)
        made = await place(center, key=key)  # sent again: the answer may have been lost
        for call in far.rung:
            if call.state == "ringing":
                far.pick_up(call)
        await _talked(center, agent, made["id"])
        for call in far.rung:
            if call.state == "up":
                far.hang_up(call)
        await center.floor.closed(made["id"], 45)
    await _count(center, far, made["id"])


async def _talked(center: Center, agent: Agent, made: str) -> None:
    """Until agent and customer are connected; an agent who was cut off says again that he is there."""

    async with asyncio.timeout(60):
        while center.floor.floor.interactions[InteractionId(made)].state != "connected":
            known = next(one for one in center.floor.floor.agents.values() if one.id == agent.id)
            if known.state == "not_ready" and known.reason != "callback_over":
                await agent.ready()
            await center.floor.reached(center.floor.floor.seq + 1, 40)


async def _count(center: Center, far: FarEnd, made: str) -> None:
    """What went out is what was written down before, each attempt once, and no more than one was in vain."""
    client = await center.api()
    timeline = (await client.get(f"/api/v1/interactions/{made}")).json()["timeline"]
    attempts = [entry["data"]["attempt"] for entry in timeline if entry["type"] == "CallbackDialled"]
    assert attempts == list(range(1, len(attempts) + 1))
    lost = [e for e in timeline if e["type"] == "CallbackAttemptEnded" and e["data"]["result"] == "lost"]
    assert len(attempts) - len(lost) <= far.count(HIS) <= len(attempts) <= 2
