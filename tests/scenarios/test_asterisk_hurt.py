"""The manager connection cut under traffic, and Asterisk itself killed."""

import os
import shutil
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio

from cti_server.telephony.pbx_config import secret
from tests.rig.asterisk import running_pbx
from tests.rig.center import Center, prompt_tone, running_center, state_folder
from tests.rig.people import talking
from tests.rig.ports import free_ports
from tests.rig.tcp_proxy import TcpProxy, tcp_proxy

_CUT_SECONDS = 10.0
_RUBBISH = {
    "message that is neither an event nor a response": b"\x00\xff" * 40 + b"\r\n\r\n",
    "message longer than 262144 bytes": b"Event: Hangup\r\nUniqueid: " + b"9" * 300_000,
    "message with more than 2048 headers": b"Event: Hangup\r\n" + b"Uniqueid: 9\r\n" * 3000 + b"\r\n",
}
"""After each the connection is given up for that reason, and made again."""


@dataclass
class Line:
    """A call center whose manager connection can be cut."""

    center: Center
    proxy: TcpProxy


@pytest_asyncio.fixture()
async def line(center_template: Path) -> AsyncIterator[Line]:
    state = state_folder()
    agi, http, port = free_ports(3)
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, state, ignore_errors=True)
        pbx = await stack.enter_async_context(running_pbx(state, agi_port=agi, music=center_template / "music"))
        proxy = await stack.enter_async_context(tcp_proxy(port, pbx.plan.ami_port))
        settings = {
            "ami_port": str(port),
            "ami_secret": pbx.ami.secret,
            "ari_secret": secret(pbx.plan, "ari"),
            "agi_port": str(agi),
            "http_port": str(http),
            "sip_port": str(pbx.plan.sip_port),
            "asterisk_http_port": str(pbx.plan.http_port),
        }
        center = await stack.enter_async_context(running_center(center_template, **settings))
        yield Line(center, proxy)
        await center.settle()


async def test_the_manager_connection_is_cut_under_traffic(line: Line) -> None:
    center = line.center
    async with (
        center.agent("1001", tone=880) as agent,
        center.agent("1002", tone=990) as leaver,
        center.agent("1003", tone=770, ready=False) as relief,
        center.caller("13913000001", tone=440) as talker,
        center.caller("13913000002", tone=520) as left_alone,
        center.caller("13913000003", tone=560) as waiter,
        center.caller("13913000004", tone=640) as newcomer,
    ):
        for caller in (talker, left_alone):
            await caller.dial("95598")
            await caller.choose("1", at=prompt_tone("power_menu"))
            await caller.state("connected")
        alone = await left_alone.state("connected")
        await waiter.dial("95598")
        await waiter.choose("1", at=prompt_tone("power_menu"))
        waiting = await waiter.state("queued")
        who = {"1001": agent, "1002": leaver}
        assert alone.agent is not None

        await line.proxy.cut()
        cut = time.monotonic()
        await center.floor.until(lambda floor: not floor.pbx_up)
        await newcomer.dial("95598")
        await newcomer.choose("1", at=prompt_tone("power_menu"))
        await newcomer.state("queued")
        await waiter.hang_up()
        await center.floor.closed(waiting.id)
        await relief.ready()
        await who[alone.agent].phone.hang_up()
        await who[alone.agent].phone.expect("CALL_CLOSED")
        stays = next(someone for name, someone in who.items() if name != alone.agent)
        await talking(talker, stays, 440, 880 if stays is agent else 990)
        await talker.ear.listens(max(1.0, _CUT_SECONDS - (time.monotonic() - cut)))

        await line.proxy.mend()
        await center.floor.until(lambda floor: floor.pbx_up, 20)
        assert (await newcomer.state("connected")).agent == relief.id
        await talking(newcomer, relief, 640, 770)
        await left_alone.gone()
        await who[alone.agent].is_now("wrapping_up")
        await who[alone.agent].wrap_up(alone.id)
        await center.floor.closed(alone.id)
        assert (await talker.state("connected")).agent == stays.id


async def test_rubbish_on_the_manager_connection(line: Line) -> None:
    center = line.center
    async with (
        center.agent("1001", tone=880) as agent,
        center.agent("1002", tone=990, ready=False) as other,
        center.caller("13913000001", tone=440) as talker,
        center.caller("13913000002", tone=520) as waiter,
    ):
        for caller, state in ((talker, "connected"), (waiter, "queued")):
            await caller.dial("95598")
            await caller.choose("1", at=prompt_tone("power_menu"))
            await caller.state(state)
        for why, rubbish in _RUBBISH.items():
            line.proxy.slip_in(rubbish)
            await center.floor.event("PbxLost", why=why)
            await center.floor.until(lambda floor: floor.pbx_up)
            await talking(talker, agent, 440, 880)
        assert (await talker.state("connected")).agent == agent.id

        await other.ready()
        assert (await waiter.state("connected")).agent == other.id
        await talking(waiter, other, 520, 990)


async def test_asterisk_is_killed_and_comes_back(own_center: Center) -> None:
    center = own_center
    async with (
        center.agent("1001", tone=880) as agent,
        center.caller("13913000001", tone=440) as talker,
        center.caller("13913000002", tone=520) as waiter,
    ):
        await talker.dial("95598")
        await talker.choose("1", at=prompt_tone("power_menu"))
        talk = await talker.state("connected")
        await waiter.dial("95598")
        await waiter.choose("1", at=prompt_tone("power_menu"))
        wait = await waiter.state("queued")

        pid = center.asterisk_pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        closed = await center.floor.closed(wait.id, 30)
        assert (closed["outcome"], closed["cause"]) == ("failed", "queued:pbx_lost")
        ended = await center.floor.event("TalkEnded", interaction=talk.id)
        assert ended["data"]["by"] == "pbx_lost"
        await agent.wrap_up(talk.id)
        await center.floor.closed(talk.id)
        await center.floor.until(lambda floor: floor.pbx_up, 20)
        await center.floor.event("RecordingStored", interaction=talk.id)

    async with center.agent("1003", tone=770) as fresh, center.caller("13913000003", tone=560) as caller:
        await caller.dial("95598")
        await caller.choose("1", at=prompt_tone("power_menu"))
        assert (await caller.state("connected")).agent == fresh.id
        await talking(caller, fresh, 560, 770)
