"""The AMI client and the AGI session against a real Asterisk: what it really says, in the order it says it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cti_server.telephony.agi import AGIAppError, AGIHangup
from cti_server.telephony.agi_server import AgiServer, AgiSession, CallerGone
from cti_server.telephony.ami_client import AmiAccount, AmiClient, AmiTiming, PbxSnapshot
from cti_server.telephony.ami_codec import MAX_ACTION_LINE_BYTES, AmiMessage
from cti_server.telephony.pbx import Pbx
from tests.rig.asterisk import running_pbx
from tests.rig.ports import free_ports
from tests.rig.tcp_proxy import TcpProxy, tcp_proxy

HOSTILE = 'status will follow "q" \\ ${X} Response: Success 张😀'


class Floor:
    """What the client told, in the order it told it."""

    def __init__(self) -> None:
        self.snapshots: list[PbxSnapshot] = []
        self.lost: list[str] = []
        self.hangups: list[AmiMessage] = []

    def connected(self, snapshot: PbxSnapshot) -> None:
        self.snapshots.append(snapshot)


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "condition not reached in time"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def client_of(pbx: Pbx, floor: Floor) -> AsyncIterator[tuple[AmiClient, TcpProxy]]:
    async with tcp_proxy(free_ports(1)[0], pbx.ami.port) as cable:
        client = AmiClient(
            AmiAccount("127.0.0.1", cable.port, pbx.ami.username, pbx.ami.secret),
            {"Hangup": floor.hangups.append},
            on_connected=floor.connected,
            on_lost=floor.lost.append,
            timing=AmiTiming(backoff_first=0.05, ping_every=0.5),
        )
        task = asyncio.create_task(client.run())
        try:
            await until(lambda: client.connected)
            yield client, cable
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_a_call_seen_through_ami_and_agi(tmp_path: Path) -> None:
    found: dict[str, object] = {}
    hold_on: asyncio.Queue[str] = asyncio.Queue()
    in_idle = asyncio.Event()

    async def caller(session: AgiSession) -> None:
        await session.set_variable("ODD", HOSTILE)
        found["odd"] = await session.get_variable("ODD")
        found["unset"] = await session.get_variable("NOT_SET_AT_ALL")
        with pytest.raises(AGIAppError) as failure:
            await session.stream_file("/no/such prompt")
        found["missing prompt is a hang-up"] = isinstance(failure.value, AGIHangup)
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await session.stream_file("demo-congrats")
        found["after interrupt"] = await session.get_variable("ODD")
        found["interrupted quickly"] = time.monotonic() - started < 15  # of its 27 s
        found["digits"] = await session.get_data("beep", 200, 2)
        with pytest.raises(AGIAppError, match="no application"):
            await session.exec("NoSuchApplication")
        await session.set_music(True)
        mail: str = await session.idle(hold_on)
        found["mail"] = mail
        in_idle.set()
        try:
            await session.idle(hold_on)
        except CallerGone as gone:
            found["gone"] = gone.reason
            raise

    floor = Floor()
    async with (
        AgiServer({"caller": caller}) as agi,
        running_pbx(tmp_path, agi_port=agi.port) as pbx,
        client_of(pbx, floor) as (client, cable),
    ):
        assert floor.snapshots[0].channels == ()
        await client.action(
            "Originate",
            [
                ("Channel", "Local/95598@cti-inbound/n"), ("Application", "Wait"), ("Data", "60"),
                ("CallerID", '"status will follow" <13800138000>'), ("Async", "true"),
                ("Variable", "PAD=" + "x" * (MAX_ACTION_LINE_BYTES - len("Variable: PAD="))),
            ],
        )  # fmt: skip
        hold_on.put_nowait("an offer")
        await asyncio.wait_for(in_idle.wait(), 20)
        assert found == {
            "odd": HOSTILE, "unset": "", "missing prompt is a hang-up": False, "after interrupt": HOSTILE,
            "interrupted quickly": True, "digits": found["digits"], "mail": "an offer",
        }  # fmt: skip
        assert getattr(found["digits"], "timed_out", None) is True

        await cable.cut()
        await cable.mend()
        await until(lambda: len(floor.snapshots) == 2)
        assert len(floor.lost) == 1
        before, after = floor.snapshots
        assert after.boot_id == before.boot_id
        assert {c.application for c in after.channels} == {"AGI", "Wait"}
        assert {c.state for c in after.channels} == {"Up"}
        assert len({c.linkedid for c in after.channels}) == 1

        in_agi = next(c for c in after.channels if c.application == "AGI")
        await client.action("Hangup", [("Channel", in_agi.name)])
        await until(lambda: {m.get("Uniqueid") for m in floor.hangups} >= {c.uniqueid for c in after.channels})
        await until(lambda: "gone" in found)
        assert found["gone"] == "hangup"
        assert await client.list("CoreShowChannels") == ()
        assert agi.sessions == 0


async def test_what_is_broken_off_as_it_begins_holds_nothing_up(tmp_path: Path) -> None:
    """Asterisk reads the command and what interrupts it in one go, and then sees nothing more to read."""
    over = asyncio.Event()
    heard: list[str] = []

    async def caller(session: AgiSession) -> None:
        for turn in range(60):
            waiting = asyncio.create_task(session.wait_for_digit(-1))
            for _ in range(turn % 4 + 1):
                await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait({waiting})
            await session.set_variable("TURN", str(turn))
            heard.append(await session.get_variable("TURN"))
        over.set()

    async with (
        AgiServer({"caller": caller}) as agi,
        running_pbx(tmp_path, agi_port=agi.port) as pbx,
        client_of(pbx, Floor()) as (client, _),
    ):
        await client.action(
            "Originate",
            [("Channel", "Local/95598@cti-inbound/n"), ("Application", "Wait"), ("Data", "60"), ("Async", "true")],
        )
        await asyncio.wait_for(over.wait(), 20)
    assert heard == [str(turn) for turn in range(60)]


async def test_an_asterisk_restart_changes_the_boot_id(tmp_path: Path) -> None:
    floor = Floor()
    async with running_pbx(tmp_path) as pbx, client_of(pbx, floor):
        # The start time has a resolution of one second.
        started = time.time()
        await pbx.stop()
        await until(lambda: int(time.time()) > int(started) + 1)
        await pbx.start()
        await until(lambda: len(floor.snapshots) == 2, 30)
        assert floor.snapshots[0].boot_id != floor.snapshots[1].boot_id
        assert len(floor.lost) == 1
