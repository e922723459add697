"""The dialplan of a leg that replaces the agent's in mid-call: what it does with the caller, by Asterisk's events."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest_asyncio

from cti_server.telephony.ami_client import AmiAccount, AmiClient
from cti_server.telephony.ami_codec import AmiMessage
from cti_server.telephony.pbx import Pbx
from tests.rig.agi import AgiCall, AgiDesk, agi_desk
from tests.rig.asterisk import free_ports, running_pbx
from tests.rig.phone import phone

_EVENTS = ("BridgeEnter", "BridgeLeave", "Hangup")


@dataclass
class _Ami:
    client: AmiClient
    seen: list[AmiMessage] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def keep(self, event: AmiMessage) -> None:
        self.seen.append(event)
        self.news.set()

    async def until(self, name: str, leg: str) -> AmiMessage:
        async with asyncio.timeout(10):
            while True:
                for event in reversed(self.seen):
                    if event.name == name and event.get("Uniqueid") == leg:
                        return event
                self.news.clear()
                await self.news.wait()

    async def ring(self, leg: str, context: str, exten: str, variable: str) -> None:
        """Originate an agent's leg. The far half of its Local channel stands for his phone, and answers."""
        await self.client.action(
            "Originate",
            [
                ("Channel", "Local/95598@cti-inbound/n"),
                ("ChannelId", leg),
                ("Context", context),
                ("Exten", exten),
                ("Priority", "1"),
                ("Async", "true"),
                ("Variable", variable),
            ],
        )


@dataclass
class _Floor:
    """One Asterisk whose AGI server is `desk`."""

    pbx: Pbx
    desk: AgiDesk
    ami: _Ami

    @contextlib.asynccontextmanager
    async def caller(self, folder: Path) -> AsyncIterator[AgiCall]:
        async with phone(folder, f"127.0.0.1:{self.pbx.plan.sip_port}", "13800000001") as someone:
            await someone.dial("95598")
            yield await self.desk.next("caller")


@pytest_asyncio.fixture()
async def floor(tmp_path: Path) -> AsyncIterator[_Floor]:
    async with agi_desk(free_ports(1)[0]) as desk, running_pbx(tmp_path / "pbx", agi_port=desk.port) as pbx:
        connected: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        account = AmiAccount(pbx.ami.host, pbx.ami.port, pbx.ami.username, pbx.ami.secret)
        ami = _Ami(
            AmiClient(
                account,
                {name: lambda event: ami.keep(event) for name in _EVENTS},
                on_connected=connected.set_result,
                on_lost=lambda reason: None,
            )
        )
        running = asyncio.create_task(ami.client.run())
        await asyncio.wait_for(connected, 10)
        yield _Floor(pbx, desk, ami)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_the_caller_moves_to_the_new_leg_and_is_never_mixed(floor: _Floor, tmp_path: Path) -> None:
    async with floor.caller(tmp_path / "caller") as call:
        caller = call.environment["agi_uniqueid"]
        await floor.ami.ring("o-1", "cti-agent", "answered", "CTI_OFFER=o-1")
        arrived = [await asyncio.wait_for(floor.desk.arrived.get(), 10) for _ in range(2)]
        agent, _ = sorted(arrived, key=lambda session: session.script)
        await call.send("SET VARIABLE SHARED(CTI_TALKING) 1")
        talk = asyncio.create_task(call.send(f"EXEC Bridge {agent.channel},x"))
        await floor.ami.until("BridgeEnter", caller)

        await floor.ami.ring("o-1~1", "cti-rejoin", "s", f"CTI_REJOIN_CHANNEL={caller}")
        entered = await floor.ami.until("BridgeEnter", "o-1~1")
        bridge = entered.get("BridgeUniqueid")
        inside = [(e.name, e.get("Uniqueid")) for e in floor.ami.seen if e.get("BridgeUniqueid") == bridge]
        assert inside == [("BridgeEnter", caller), ("BridgeEnter", "o-1~1")]
        await floor.ami.until("Hangup", "o-1")
        assert {e.get("BridgeTechnology") for e in floor.ami.seen if e.name != "Hangup"} == {"simple_bridge"}
        order = [(e.name, e.get("Uniqueid")) for e in floor.ami.seen]
        assert order.index(("BridgeLeave", caller)) < order.index(("Hangup", "o-1"))
        assert not talk.done()

        await floor.ami.client.action("Hangup", [("Channel", "o-1~1")])
        assert (await asyncio.wait_for(talk, 5)).startswith("200 result=0")
        assert (await call.send("GET VARIABLE BRIDGERESULT")).endswith("(SUCCESS)")
        await call.done()


async def test_a_caller_who_talks_no_more_stays_in_his_script(floor: _Floor, tmp_path: Path) -> None:
    async with floor.caller(tmp_path / "caller") as call:
        caller = call.environment["agi_uniqueid"]
        await call.send("SET VARIABLE SHARED(CTI_TALKING) 1")
        await call.send('SET VARIABLE SHARED(CTI_TALKING) ""')
        await floor.ami.ring("o-1~1", "cti-rejoin", "s", f"CTI_REJOIN_CHANNEL={caller}")
        await floor.ami.until("Hangup", "o-1~1")
        assert (await call.send("CHANNEL STATUS")).startswith("200 result=6")
        assert [e for e in floor.ami.seen if e.name == "BridgeEnter"] == []
        await call.done()


async def test_without_a_server_a_talk_that_is_over_is_known_to_be(floor: _Floor, tmp_path: Path) -> None:
    async with floor.caller(tmp_path / "caller") as call:
        await call.send("SET VARIABLE SHARED(CTI_TALKING) 1")
        call.drop()
        again = await floor.desk.next("caller")
        assert (await again.send("GET FULL VARIABLE ${SHARED(CTI_TALKING)}")) == "200 result=1 ()"
        await again.done()
