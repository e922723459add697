"""The Asterisk process and its dialplan: start, adopt, stop, what it refuses, and a caller whose server goes away."""

import asyncio
import os
import signal
import socket
import stat
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from cti_server.cli.asterisk import port_range
from cti_server.telephony.ami_client import AmiAccount, AmiClient, AmiRefused, PbxSnapshot
from cti_server.telephony.ami_codec import AmiMessage
from cti_server.telephony.pbx import Pbx
from cti_server.telephony.pbx_config import PbxError, PbxPlan, fill, local_addresses, templates
from tests.rig.agi import AgiDesk, agi_desk
from tests.rig.asterisk import pbx_tree, running_pbx
from tests.rig.ear import Ear
from tests.rig.phone import phone
from tests.rig.ports import free_ports, free_range
from tests.rig.sip import ask


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk() -> AsyncIterator[AgiDesk]:
    async with agi_desk(free_ports(1)[0]) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pbx(desk: AgiDesk, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    async with running_pbx(tmp_path_factory.mktemp("pbx"), agi_port=desk.port) as made:
        yield made


def _plan(state: Path) -> PbxPlan:
    sip, ami, agi, http = free_ports(4)
    return PbxPlan(
        state, pbx_tree(), sip_port=sip, ami_port=ami, agi_port=agi, http_port=http, rtp_ports=free_range(40)
    )


WANTED = ("Newstate", "Hangup", "BridgeLeave", "Hold", "Unhold", "ContactStatus")
UNWANTED = (
    *("Newchannel", "DialBegin", "DialState", "OriginateResponse", "DTMFEnd"),
    *("VarSet", "Newexten", "NewCallerid", "NewConnectedLine", "DTMFBegin", "MusicOnHoldStart"),
    *("BridgeCreate", "BridgeEnter", "LocalBridge", "DeviceStateChange", "TestEvent", "AGIExecStart"),
    *("HangupRequest", "RTCPSent"),
)
EVENTS = (*WANTED, *UNWANTED)


class _Session:
    """An AMI session as the server has it, with a count of the events that reach it."""

    def __init__(self, pbx: Pbx) -> None:
        self.events: Counter[str] = Counter()
        self.snapshot: asyncio.Future[PbxSnapshot] = asyncio.get_running_loop().create_future()
        self.news = asyncio.Event()
        target = pbx.ami
        self.client = AmiClient(
            AmiAccount(target.host, target.port, target.username, target.secret),
            dict.fromkeys(EVENTS, self._count),
            on_connected=self.snapshot.set_result,
            on_lost=lambda reason: None,
        )

    def _count(self, event: AmiMessage) -> None:
        self.events[event.name] += 1
        self.news.set()

    async def until(self, name: str, count: int) -> None:
        async with asyncio.timeout(10):
            while self.events[name] < count:
                self.news.clear()
                await self.news.wait()


@pytest_asyncio.fixture(loop_scope="session")
async def ami(pbx: Pbx) -> AsyncIterator[_Session]:
    session = _Session(pbx)
    running = asyncio.create_task(session.client.run())
    await asyncio.wait_for(session.snapshot, 10)
    yield session
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_it_boots_fast_and_keeps_its_secrets(pbx: Pbx) -> None:
    assert pbx.boot_seconds < 3
    status = await pbx.status()
    assert status.running
    assert status.booted
    assert status.version == pbx.plan.tree.version
    for name in ("ami.secret", "ari.secret"):
        assert stat.S_IMODE((pbx.plan.home / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((pbx.plan.home / "etc").stat().st_mode) == 0o700
    assert pbx.ami.secret not in repr(pbx.ami)
    assert pbx.ari.password not in repr(pbx.ari)


async def test_nothing_in_its_log_asks_for_attention(pbx: Pbx) -> None:
    log = (pbx.plan.home / "log/messages.log").read_text(encoding="utf-8")
    assert [line for line in log.splitlines() if "ERROR" in line] == []


async def test_only_loopback_hears_it(pbx: Pbx) -> None:
    address = next(iter(local_addresses()), None)
    assert pbx.plan.sip_address == "127.0.0.1"
    if address is not None:  # a machine without a network has nothing to try
        for port in (pbx.plan.ami_port, pbx.plan.http_port):
            with pytest.raises(OSError, match="Errno 111"):
                await asyncio.open_connection(address, port)


async def test_the_servers_ami_user_cannot_run_programs_or_change_asterisk(ami: _Session) -> None:
    forbidden: list[tuple[str, list[tuple[str, str]]]] = [
        ("Command", [("Command", "core show version")]),
        ("ModuleLoad", [("LoadType", "load"), ("Module", "app_system.so")]),
        ("UpdateConfig", [("SrcFilename", "manager.conf"), ("DstFilename", "manager.conf")]),
        ("GetConfig", [("Filename", "manager.conf")]),
        ("MixMonitor", [("Channel", "PJSIP/x"), ("File", "/tmp/x.wav"), ("Command", "id")]),
        ("Originate", [("Channel", "Local/s@cti-caller"), ("Application", "System"), ("Data", "id")]),
        ("Setvar", [("Variable", "SHELL(id)"), ("Value", "x")]),
        ("Getvar", [("Variable", "FILE(/etc/passwd)")]),
    ]
    for name, fields in forbidden:
        try:
            answer = await ami.client.action(name, fields)
        except AmiRefused:
            continue
        assert (name, answer.get("Value")) == ("Getvar", "")  # a function that is not loaded reads as nothing


async def test_http_wants_the_secret(pbx: Pbx) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{pbx.ari.url}/asterisk/info", auth=("cti", "wrong"))
        assert answer.status_code == 401
        static = await client.get(f"http://127.0.0.1:{pbx.plan.http_port}/static/ajamdemo.html")
        assert static.status_code == 404


@pytest.mark.parametrize("number", ["12", "95598x", "95598%26SIP", "s", "h", "i", "abc", "1" * 21, "%24%7BCTI%7D", "+"])
async def test_only_digits_get_in(pbx: Pbx, number: str) -> None:
    assert await ask("INVITE", number, pbx.plan.sip_port) == 404


async def test_text_messages_and_subscriptions_are_refused(pbx: Pbx) -> None:
    assert await ask("MESSAGE", "95598", pbx.plan.sip_port) >= 400
    assert await ask("SUBSCRIBE", "95598", pbx.plan.sip_port, headers="Event: dialog\r\n") >= 400


async def test_a_stranger_cannot_call(tmp_path: Path) -> None:
    async with running_pbx(tmp_path, trunk_match=("192.0.2.77",)) as closed:
        assert await ask("INVITE", "95598", closed.plan.sip_port) == 401
        assert await ask("REGISTER", "95598", closed.plan.sip_port) == 401


async def test_a_waiting_caller_survives_the_death_of_the_server(pbx: Pbx, desk: AgiDesk, tmp_path: Path) -> None:
    server = f"127.0.0.1:{pbx.plan.sip_port}"
    async with phone(tmp_path / "caller", server, "13800000001") as caller:
        await caller.dial("95598")
        await caller.expect("CALL_ESTABLISHED")
        first = await desk.next("caller")
        assert first.arguments == ["95598", "", "", "0"]
        assert first.environment["agi_callerid"] == "13800000001"
        await first.send("SET VARIABLE CTI_INTERACTION i-7")
        await first.send("SET VARIABLE CTI_STATE queued")
        await first.send("SET MUSIC ON")
        first.drop()
        again = await desk.next("caller")
        assert again.arguments == ["95598", "i-7", "queued", "1"]
        assert again.environment["agi_uniqueid"] == first.environment["agi_uniqueid"]
        await again.done()
        await caller.expect("CALL_CLOSED")


async def test_when_nobody_answers_the_caller_hears_music_and_then_an_apology(tmp_path: Path) -> None:
    async with running_pbx(tmp_path / "pbx", agi_tries=2) as lonely:
        server = f"127.0.0.1:{lonely.plan.sip_port}"
        async with phone(tmp_path / "caller", server, "13800000001") as caller:
            await caller.dial("95598")
            await caller.expect("CALL_ESTABLISHED")
            await caller.expect("CALL_CLOSED", timeout=20)
        assert max(Ear(tmp_path / "caller").level(hertz) for hertz in (200, 220, 262, 294, 330, 392, 440)) > 50


async def test_an_agents_leg_and_the_events_of_one_answered_call(
    pbx: Pbx, desk: AgiDesk, ami: _Session, tmp_path: Path
) -> None:
    server = f"127.0.0.1:{pbx.plan.sip_port}"
    async with phone(tmp_path / "caller", server, "13800000001", tone=440) as caller:
        await caller.dial("95598")
        call = await desk.next("caller")
        await call.send("SET VARIABLE CTI_INTERACTION i-8")
        await call.send("SET MUSIC ON")
        # The far half of this Local channel stands for the agent's phone, and answers.
        await ami.client.action(
            "Originate",
            [
                ("Channel", "Local/95598@cti-inbound/n"),
                ("Context", "cti-agent"),
                ("Exten", "answered"),
                ("Priority", "1"),
                ("Async", "true"),
                ("Variable", "CTI_OFFER=o-9"),
            ],
        )
        arrived = [await asyncio.wait_for(desk.arrived.get(), 10) for _ in range(2)]
        agent, phone_of_agent = sorted(arrived, key=lambda session: session.script)
        assert (agent.script, agent.arguments) == ("agent", ["o-9", ""])
        await phone_of_agent.done()
        agent.drop()
        call.drop()
        await caller.hang_up()
        await ami.until("Hangup", 3)
    assert ami.events.keys().isdisjoint(UNWANTED)
    assert ami.events.total() < 15


async def test_a_port_in_use_is_named_with_its_setting(tmp_path: Path) -> None:
    plan = _plan(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", plan.ami_port))
        taken.listen(1)
        with pytest.raises(PbxError, match=f"Port {plan.ami_port} .*CTI_AMI_PORT"):
            await Pbx(plan).start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", plan.sip_port))
        with pytest.raises(PbxError, match=f"Port {plan.sip_port} .*CTI_SIP_PORT"):
            await Pbx(plan).start()


async def test_the_next_server_adopts_it_unless_the_plan_changed(tmp_path: Path) -> None:
    plan = _plan(tmp_path)
    first, second = Pbx(plan), Pbx(plan)
    await first.start()
    pid = first.pid
    assert pid is not None
    await second.start()
    assert second.adopted
    assert second.pid == pid
    third = Pbx(replace(plan, agi_tries=7))
    await third.start()
    assert not third.adopted
    assert third.pid not in (None, pid)
    os.kill(third.pid or 0, signal.SIGKILL)
    await asyncio.wait_for(third.ended(), 5)
    assert not (await third.status()).running
    await third.start()
    assert (await third.status()).booted
    await third.stop()
    await third.stop()
    assert not (await third.status()).running
    await first.stop()


async def test_a_state_folder_with_a_long_name_works(tmp_path: Path) -> None:
    plan = _plan(tmp_path / ("long-" * 20) / "状态 folder")
    pbx = Pbx(plan)
    await pbx.start()
    assert (await pbx.status()).booted
    await pbx.stop()


def test_wrong_settings_are_refused_by_name(tmp_path: Path) -> None:
    plan = _plan(tmp_path)
    with pytest.raises(PbxError, match="CTI_SIP_PORT=0"):
        replace(plan, sip_port=0)
    with pytest.raises(PbxError, match="CTI_RTP_PORTS"):
        replace(plan, rtp_ports=(20000, 19000))
    with pytest.raises(PbxError, match="CTI_MEDIA_ADDRESS"):
        replace(plan, media_address="example\n[evil]")
    with pytest.raises(PbxError, match="CTI_TRUNK_MATCH"):
        replace(plan, trunk_match=("127.0.0.1\nmatch=0.0.0.0/0",))
    with pytest.raises(PbxError, match="18000-19999"):
        port_range("many")
    assert port_range("18000-18999") == (18000, 18999)


def test_every_placeholder_must_be_filled() -> None:
    assert fill("a=@ONE@ ${VAR}", {"ONE": "1"}) == "a=1 ${VAR}"
    with pytest.raises(PbxError, match="@TWO@"):
        fill("@TWO@", {})
    assert (templates() / "extensions.conf").exists()
