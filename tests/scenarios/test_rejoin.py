"""An agent's telephone goes silent in mid-call and another takes its place: the caller, the bridges, the recording."""

import asyncio
import contextlib
import io
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import numpy as np
import soundfile

from cti_server.floor.model import Interaction
from cti_server.telephony.ami_client import AmiAccount, AmiClient
from cti_server.telephony.ami_codec import AmiMessage
from tests.rig.center import PASSWORD, Center, prompt_tone
from tests.rig.ear import LOUD, MUSIC, Ear, levels
from tests.rig.people import Agent, Caller, talking
from tests.rig.phone import Phone, phone

_CALLER, _OLD, _NEW = 440.0, 880.0, 990.0


@dataclass
class _Bridges:
    """Who was in which bridge, as Asterisk tells when they leave."""

    _left: list[AmiMessage] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, event: AmiMessage) -> None:
        self._left.append(event)
        self._news.set()

    async def beside(self, call: Interaction, last: str) -> list[list[str]]:
        """Who else was in each bridge the caller was in, once the caller and `last` have left theirs."""
        caller = call.caller_leg.id
        async with asyncio.timeout(10):
            while True:
                self._news.clear()
                bridges: dict[str, list[str]] = {}
                for event in self._left:
                    bridges.setdefault(event.get("BridgeUniqueid"), []).append(event.get("Uniqueid"))
                if any({caller, last} <= set(legs) for legs in bridges.values()):
                    return [[leg for leg in legs if leg != caller] for legs in bridges.values() if caller in legs]
                await self._news.wait()

    def technologies(self) -> set[str]:
        return {event.get("BridgeTechnology") for event in self._left}


@contextlib.asynccontextmanager
async def _bridges(center: Center) -> AsyncIterator[_Bridges]:
    connected: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    secret = (center.home / "asterisk" / "ami.secret").read_text(encoding="ascii").strip()
    seen = _Bridges()
    ami = AmiClient(
        AmiAccount("127.0.0.1", int(center.environment["CTI_AMI_PORT"]), "cti", secret),
        {"BridgeLeave": seen.take},
        on_connected=connected.set_result,
        on_lost=lambda reason: None,
    )
    running = asyncio.create_task(ami.run())
    await asyncio.wait_for(connected, 10)
    yield seen
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _connected(caller: Caller, agent: Agent) -> Interaction:
    await caller.dial("95598")
    await caller.choose("1", at=prompt_tone("power_menu"))
    call = await caller.state("connected")
    await talking(caller, agent, _CALLER, _OLD)
    return call


@contextlib.asynccontextmanager
async def _another_phone(center: Center, agent: Agent, *, answer: bool = True) -> AsyncIterator[Phone]:
    """The agent's telephone says nothing more, not even good-bye, and another is registered as his."""
    os.kill(agent.phone.process.pid, signal.SIGSTOP)
    folder = center.home / "phones" / "another"
    async with phone(folder, center.sip, agent.id, password=PASSWORD, tone=_NEW, answer=answer) as another:
        await another.expect("REGISTER_OK")
        yield another


async def _rejoins(agent: Agent, call: Interaction) -> None:
    answer = await agent.api.post(f"/api/v1/interactions/{call.id}/rejoin")
    assert answer.status_code == 204, answer.text


async def _recorded(center: Center, call: Interaction) -> None:
    """One recording, in which the agent is heard on the old telephone and then on the new one."""
    stored = await center.floor.event("RecordingStored", interaction=call.id)
    assert stored["data"]["recording"] == f"{call.id}-1"
    assert center.floor.events("RecordingMissing", interaction=call.id) == []
    await center.written()
    sound = await (await center.api("1001")).get(f"/api/v1/recordings/{call.id}-1/audio")
    both = soundfile.read(io.BytesIO(sound.content), dtype="int16")[0].astype(np.float64)
    loud = [np.array(levels(both[:, 1], hertz)) > LOUD for hertz in (_OLD, _NEW)]
    old, new = (np.flatnonzero(voice).tolist() for voice in loud)
    assert old
    assert new
    assert (old[0], old[-1]) < (new[0], new[-1])
    heard = np.array(levels(both[:, 0], _CALLER)) > LOUD
    assert heard[-20:].any(), "the caller was recorded to the end"


async def test_the_talk_goes_on_and_is_never_mixed(center: Center) -> None:
    async with (
        _bridges(center) as bridges,
        center.agent("1001", tone=_OLD) as agent,
        center.caller(tone=_CALLER) as caller,
    ):
        call = await _connected(caller, agent)
        async with _another_phone(center, agent) as another:
            before = caller.ear.now()
            await _rejoins(agent, call)
            await caller.ear.hears(_NEW)
            await Ear(another.folder).hears(_CALLER)
            assert caller.ear.level(MUSIC, after=before) < LOUD

            await another.command("hold")
            await caller.state("held")
            await caller.ear.hears(MUSIC)
            await another.command("resume")
            await caller.state("connected")
            await caller.ear.hears(_NEW)
            assert center.floor.events("TalkEnded", interaction=call.id) == []
            await another.hang_up()
            await caller.ear.hears(prompt_tone("goodbye"))
            await caller.gone()
            await agent.wrap_up(call.id)
        assert (await center.floor.closed(call.id))["outcome"] == "handled"
        assert len(center.floor.events("TalkEnded", interaction=call.id, by="agent")) == 1
        replaced = (await center.floor.event("AgentLegReplaced", interaction=call.id))["data"]
        assert await bridges.beside(call, replaced["new"]) == [[replaced["old"]], [replaced["new"]]]
        assert bridges.technologies() == {"simple_bridge"}
        await _recorded(center, call)


async def test_who_answers_when_the_talk_is_over_does_not_get_the_caller(center: Center) -> None:
    async with (
        _bridges(center) as bridges,
        center.agent("1001", tone=_OLD) as agent,
        center.caller(tone=_CALLER) as caller,
    ):
        call = await _connected(caller, agent)
        async with _another_phone(center, agent, answer=False) as another:
            await _rejoins(agent, call)
            await another.expect("CALL_INCOMING")
            await agent.end_call(call.id)
            await caller.state("wrapping_up")
            await another.command("accept")
            await another.expect("CALL_CLOSED")
            await caller.ear.hears(prompt_tone("goodbye"), after=0)
            await caller.gone()
            await agent.wrap_up(call.id)
        assert (await center.floor.closed(call.id))["outcome"] == "handled"
        assert call.agent_leg is not None
        assert await bridges.beside(call, call.agent_leg.id) == [[call.agent_leg.id]]
        assert center.floor.events("AgentLegReplaced", interaction=call.id) == []


async def test_a_server_that_found_the_talk_going_on(hurt_center: Center) -> None:
    """No script holds the caller then: he comes back to one when his old bridge ends."""
    center = hurt_center
    async with center.agent("1001", tone=_OLD) as agent, center.caller(tone=_CALLER) as caller:
        call = await _connected(caller, agent)
        seq = center.floor.floor.seq
        await center.kill()
        await center.start_again()
        await center.floor.until(lambda floor: floor.pbx_up and floor.seq > seq)
        async with _another_phone(center, agent) as another:
            await _rejoins(agent, call)
            await caller.ear.hears(_NEW)
            await Ear(another.folder).hears(_CALLER)
            again = await caller.state("connected")
            assert (again.id, again.agent, again.segment) == (call.id, "1001", 1)
            await caller.hang_up()
            await agent.is_now("wrapping_up")
            await agent.wrap_up(call.id)
        assert (await center.floor.closed(call.id))["outcome"] == "handled"
        await _recorded(center, call)
