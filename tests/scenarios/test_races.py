"""The caller hangs up at the worst moment, whichever that is."""

import asyncio
import contextlib

import pytest

from tests.rig.center import Center
from tests.rig.people import Json
from tests.rig.sip_caller import SipCaller, sip_caller


async def insist(center: Center, caller: SipCaller, interaction: str, key: str) -> None:
    """Press `key` until the menu has taken it, as people do."""
    while True:
        caller.press(key)
        try:
            await center.floor.event("FlowStepTaken", 0.4, interaction=interaction)
        except AssertionError:
            continue
        return


@pytest.mark.parametrize(
    "moment",
    [
        "InteractionStarted",
        "FlowEntered",
        "FlowStepTaken",
        "ContactQueued",
        "OfferMade",
        "OfferRinging",
        "OfferAccepted",
        "InteractionConnected",
        "RecordingStarted",
    ],
)
async def test_hanging_up_right_then(center: Center, moment: str) -> None:
    number = "13913000077"
    async with center.agent("1001") as agent, sip_caller(center.sip) as caller:
        assert await caller.dial("95598", f"<sip:{number}@127.0.0.1>") == 200
        call = await center.floor.until(lambda _: center.floor.call(f"+86{number}"))
        pressing = asyncio.create_task(insist(center, caller, call.id, "0"))
        if moment in ("InteractionStarted", "FlowEntered"):
            pressing.cancel()
        await center.floor.event(moment, interaction=call.id)
        caller.hang_up()
        pressing.cancel()
        await center.floor.closed(call.id)
        await agent.is_now("available")
        for recording in center.floor.events("RecordingStarted", interaction=call.id):
            await _kept_or_told_missing(center, recording["data"]["recording"])


async def _kept_or_told_missing(center: Center, recording: str) -> None:
    def ends(_: object) -> list[Json]:
        return [
            frame
            for kind in ("RecordingStored", "RecordingMissing")
            for frame in center.floor.events(kind, recording=recording)
        ]

    assert len(await center.floor.until(lambda floor: ends(floor) or None)) == 1


async def test_fifty_calls_at_once(center: Center) -> None:
    """Few agents, short talks: every call is one interaction, and all are closed; nobody is left over."""
    calls = 50
    agents = [center.agent(f"100{n}", tone=800 + 20 * n) for n in range(1, 9)]
    async with contextlib.AsyncExitStack() as stack:
        for agent in agents:
            await stack.enter_async_context(agent)
        callers = [await stack.enter_async_context(sip_caller(center.sip)) for _ in range(calls)]
        await asyncio.gather(*(_one_call(center, caller, 13914000000 + n) for n, caller in enumerate(callers)))
    for n in range(calls):
        started = center.floor.events("InteractionStarted", caller=f"+86{13914000000 + n}")
        assert len(started) == 1
        ended = center.floor.events("InteractionClosed", interaction=started[0]["data"]["interaction"])
        assert [frame["data"]["outcome"] for frame in ended] == ["handled"]


async def _one_call(center: Center, caller: SipCaller, number: int) -> None:
    assert await caller.dial("95598", f"<sip:{number}@127.0.0.1>") == 200
    call = await center.floor.until(lambda _: center.floor.call(f"+86{number}"))
    await insist(center, caller, call.id, "0")
    await center.floor.event("InteractionConnected", 60, interaction=call.id)
    caller.hang_up()
    await center.floor.closed(call.id, 30)
