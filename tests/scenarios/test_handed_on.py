"""Flows that lead outside, over a real trunk: callers who are handed on, callers who have a callback and ring again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cti_server.floor.model import Floor
from cti_server.floor.words import TransferState
from tests.rig.center import prompt_tone, running_center
from tests.rig.ear import MUSIC
from tests.rig.far_end import far_end
from tests.rig.outside import HIS, QUICK, Outside, heard_outside
from tests.rig.people import Caller, Json

PLUMBER = "+8613700000001"
_FLOW = """\
id: outside
languages: [zh, en]
numbers: ["4009"]
start: main
fallback: agent
steps:
  main:
    do: menu
    prompt: power_menu
    keys: {"1": plumber, "2": offer, "0": agent}
    timeout: {seconds: 5, next: agent}
    wrong_key: {prompt: wrong_key, tries: 2, next: agent}
  plumber: {do: transfer, to: "+8613700000001", prompt: connecting, ring_seconds: 8, otherwise: agent}
  offer: {do: callback, queue: general, prompt: [], times: false, otherwise: agent}
  agent: {do: queue, queue: general}
"""


@pytest_asyncio.fixture(scope="module")
async def outside(center_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Outside]:
    folder = tmp_path_factory.mktemp("flows")
    (folder / "outside.yaml").write_text(_FLOW)
    async with (
        far_end() as far,
        running_center(center_template, flows=str(folder), trunk_out_port=str(far.port), **QUICK) as center,
    ):
        yield Outside(center, far)
        await center.settle()


async def _chooses(caller: Caller, key: str) -> str:
    """Call, choose at the menu; the interaction."""
    call = await caller.dial("4009")
    await caller.choose(key, at=prompt_tone("power_menu"))
    return call.id


async def _talks(outside: Outside, call: str) -> None:
    def connected(floor: Floor) -> bool:
        found = next((one for one in floor.interactions.values() if one.id == call), None)
        transfer = found.transfer if found is not None else None
        return transfer is not None and transfer.state is TransferState.CONNECTED

    await outside.center.floor.until(connected)


async def test_a_caller_is_handed_on_and_both_talk(outside: Outside) -> None:
    center, far = outside.center, outside.far
    far.manner = "ring"
    async with center.caller("13913000001", tone=440) as caller:
        call = await _chooses(caller, "1")
        await caller.ear.hears(prompt_tone("connecting"))
        rung = await far.rings(1)
        assert rung.number == PLUMBER
        assert "13913000001" not in rung.request, "his number is his own"
        await caller.ear.hears(MUSIC)
        far.pick_up(rung)
        await asyncio.gather(caller.ear.hears(520), heard_outside(far, 440))
        await _talks(outside, call)
        far.hang_up(rung)
        await caller.ear.hears(prompt_tone("goodbye"))
        assert (await center.floor.closed(call))["outcome"] == "handled"
        stored = await center.floor.event("RecordingStored", interaction=call)
        assert stored["data"]["duration_ms"] > 300
    await center.written()
    told: Json = await center.get(f"/interactions/{call}")
    assert [(one["number"], one["result"]) for one in told["transfers"]] == [(PLUMBER, "talked")]


async def test_who_is_busy_leaves_the_caller_to_an_agent(outside: Outside) -> None:
    center, far = outside.center, outside.far
    far.manner, before = "busy", len(far.rung)
    async with center.caller("13913000001") as caller:
        call = await _chooses(caller, "1")
        await caller.ear.hears(prompt_tone("transfer_failed"))
        assert (await caller.state("queued")).queue == "general"
        await center.floor.event("TransferEnded", interaction=call, result="busy")
        await caller.hang_up()
        await center.floor.closed(call)
    assert len(far.rung) == before + 1


async def test_a_server_that_dies_while_it_rings_drops_nobody_and_dials_once(outside: Outside) -> None:
    center, far = outside.center, outside.far
    far.manner, before = "ring", len(far.rung)
    async with center.caller("13913000001", tone=440) as caller:
        call = await _chooses(caller, "1")
        rung = await far.rings(before + 1)
        await center.kill()
        far.pick_up(rung)
        await asyncio.gather(caller.ear.hears(520), heard_outside(far, 440))
        await center.start_again()
        await _talks(outside, call)
        left = caller.ear.now()
        far.hang_up(rung)
        await caller.ear.hears(prompt_tone("goodbye"), after=left)
        assert (await center.floor.closed(call))["outcome"] == "handled"
        await center.floor.event("RecordingStored", interaction=call)
    assert len(far.rung) == before + 1


async def test_who_rings_again_keeps_his_callback_or_takes_it_up(outside: Outside) -> None:
    center, far = outside.center, outside.far
    before = len(far.rung)
    async with center.caller("13913000001") as caller:
        first = await _chooses(caller, "2")
        await caller.choose("1", at=prompt_tone("callback_number"))
        await caller.ear.hears(prompt_tone("callback_accepted"))
        await caller.gone()
    kept = await center.floor.until(lambda _: center.floor.call(HIS))
    assert (kept.id, kept.queue) == (first, "general")
    async with center.caller("13913000001") as caller:
        await caller.dial("4009")
        await caller.choose("1", at=prompt_tone("callback_due_next"))
        await caller.ear.hears(prompt_tone("callback_kept"))
        await caller.gone()
    async with center.caller("13913000001") as caller:
        await caller.dial("4009")
        await caller.choose("0", at=prompt_tone("callback_due_next"))
        await center.floor.event("CallbackClosed", interaction=first, why="rang_again")
        waiting = await caller.state("queued")
        assert (waiting.queue, waiting.age_from) == ("general", kept.age_from)
        await caller.hang_up()
        await center.floor.closed(waiting.id)
    assert len(far.rung) == before
