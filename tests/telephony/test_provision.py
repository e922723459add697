"""Devices pushed into a running Asterisk, proved by phones that register, call and are called."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from cti_server.telephony.pbx import Pbx
from cti_server.telephony.pbx_config import local_addresses, media_warning
from cti_server.telephony.provision import (
    REALM,
    AriTarget,
    Device,
    DeviceKind,
    ProvisionError,
    ProvisionReport,
    agent_devices,
    ha1,
    provision,
)
from tests.rig.agi import AgiDesk, agi_desk
from tests.rig.ami import originate
from tests.rig.asterisk import running_pbx
from tests.rig.ear import LOUD, Ear
from tests.rig.phone import phone
from tests.rig.ports import free_ports
from tests.rig.ws_phone import ws_phone


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk() -> AsyncIterator[AgiDesk]:
    async with agi_desk(free_ports(1)[0]) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(desk: AgiDesk, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    async with running_pbx(tmp_path_factory.mktemp("pbx"), agi_port=desk.port) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def pbx(running: Pbx) -> AsyncIterator[Pbx]:
    yield running
    await provision(running.ari, [])


def _demo_caller(name: str, password: str) -> Device:
    return Device(name, ha1(name, REALM, password), DeviceKind.demo_caller)


async def test_only_what_differs_is_pushed(pbx: Pbx) -> None:
    devices = [*agent_devices("1001", "a"), *agent_devices("1002", "b")]
    assert await provision(pbx.ari, devices) == ProvisionReport(added=("1001", "1001-web", "1002", "1002-web"))
    assert await provision(pbx.ari, devices) == ProvisionReport(unchanged=4)
    devices[0] = replace(devices[0], display_name="张三")
    report = await provision(pbx.ari, [*devices[:3], Device("1003", ha1("1003", REALM, "c"))])
    assert report == ProvisionReport(added=("1003",), changed=("1001",), removed=("1002-web",), unchanged=2)
    async with httpx.AsyncClient(trust_env=False, auth=(pbx.ari.username, pbx.ari.password)) as client:
        listed = (await client.get(f"{pbx.ari.url}/endpoints/PJSIP")).json()
    assert {entry["resource"] for entry in listed} == {"1001", "1001-web", "1002", "1003", "trunk"}


async def test_the_password_itself_is_nowhere(pbx: Pbx) -> None:
    await provision(pbx.ari, agent_devices("1001", "a-very-secret-password"))
    assert "a-very-secret-password" not in repr(agent_devices("1001", "a-very-secret-password"))
    for path in pbx.plan.home.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert b"a-very-secret-password" not in path.read_bytes()


async def test_a_phone_registers_and_a_new_password_counts_at_once(pbx: Pbx, tmp_path: Path) -> None:
    server = f"127.0.0.1:{pbx.plan.sip_port}"
    await provision(pbx.ari, agent_devices("1001", "old"))
    async with phone(tmp_path / "a", server, "1001", password="old") as good:
        await good.expect("REGISTER_OK")
    async with phone(tmp_path / "b", server, "1001", password="wrong") as bad:
        await bad.expect("REGISTER_FAIL")
    await provision(pbx.ari, agent_devices("1001", "new"))
    async with phone(tmp_path / "c", server, "1001", password="old") as stale:
        await stale.expect("REGISTER_FAIL")
    async with phone(tmp_path / "d", server, "1001", password="new") as fresh:
        await fresh.expect("REGISTER_OK")
    await provision(pbx.ari, [])
    async with phone(tmp_path / "e", server, "1001", password="new") as gone:
        await gone.expect("REGISTER_FAIL")


async def test_a_call_in_progress_survives_every_kind_of_change(pbx: Pbx, desk: AgiDesk, tmp_path: Path) -> None:
    server = f"127.0.0.1:{pbx.plan.sip_port}"
    await provision(pbx.ari, [*agent_devices("1001", "a"), *agent_devices("1002", "b")])
    async with (
        phone(tmp_path / "agent", server, "1001", password="a", tone=880, answer=True) as agent,
        phone(tmp_path / "caller", server, "13800000001", tone=440) as caller,
    ):
        await agent.expect("REGISTER_OK")
        await caller.dial("4008")
        inbound = await desk.next("caller")
        assert inbound.arguments[0] == "4008"
        await originate(pbx, "PJSIP/1001", "o-1")
        leg = await desk.next("agent")
        assert leg.channel.startswith("PJSIP/1001-")
        bridged = asyncio.create_task(inbound.send(f"EXEC Bridge {leg.channel},x"))
        await caller.expect("CALL_ESTABLISHED")
        assert await asyncio.wait_for(leg.reader.readline(), 10) == b"HANGUP\n"  # the bridge has taken the leg
        leg.drop()
        report = await provision(pbx.ari, [*agent_devices("1001", "changed"), *agent_devices("1003", "c")])
        assert report.changed == ("1001", "1001-web")
        assert report.removed == ("1002", "1002-web")
        await provision(pbx.ari, agent_devices("1003", "c"))  # the agent in the call is removed altogether
        await agent.press("5")  # the call still carries signalling from end to end
        await caller.expect("CALL_DTMF_START")
        ears = Ear(tmp_path / "caller"), Ear(tmp_path / "agent")
        before = await ears[0].listens(1.6), await ears[1].listens(1.6)
        assert not bridged.done()
        await agent.hang_up()
        assert await asyncio.wait_for(bridged, 10) == "200 result=0"
        await inbound.done()
        await caller.expect("CALL_CLOSED")
    assert ears[0].level(880, before[0]) > LOUD
    assert ears[1].level(440, before[1]) > LOUD


async def test_an_agents_phone_dials_nothing_yet(pbx: Pbx, desk: AgiDesk, tmp_path: Path) -> None:
    server = f"127.0.0.1:{pbx.plan.sip_port}"
    await provision(pbx.ari, agent_devices("1001", "a"))
    async with phone(tmp_path / "agent", server, "1001", password="a") as agent:
        await agent.expect("REGISTER_OK")
        await agent.dial("95598")
        await agent.expect("CALL_CLOSED")
    assert desk.arrived.empty()


async def test_a_browser_registers_and_is_called(pbx: Pbx) -> None:
    await provision(pbx.ari, agent_devices("1001", "a", '张三 "<evil>'))
    async with ws_phone(pbx.websocket, "1001-web", "wrong") as stranger:
        assert await stranger.register() == 401
    async with ws_phone(pbx.websocket, "1001-web", "a") as browser:
        assert await browser.register() == 200
        ringing = asyncio.create_task(browser.incoming())
        await originate(pbx, "PJSIP/1001-web", "o-2")
        request = await ringing
    assert "UDP/TLS/RTP/SAVPF" in request
    assert "a=fingerprint" in request
    if not local_addresses():  # nothing can be offered then, and the operator is told so
        assert "ip addr add" in media_warning()
        return
    assert media_warning() == ""
    candidates = re.findall(r"a=candidate:\S+ 1 \S+ \d+ (\S+) ", request)
    assert candidates == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("header", "number"),
    [("X-CTI-Caller: 13912345678\r\n", "13912345678"), ("X-CTI-Caller: 1;39${X}&8\r\n", "1398"), ("", "unknown")],
)
async def test_the_caller_page_plays_any_caller(pbx: Pbx, desk: AgiDesk, header: str, number: str) -> None:
    await provision(pbx.ari, [_demo_caller("demo-caller-1", "d")])
    async with ws_phone(pbx.websocket, "demo-caller-1", "d") as page:
        assert await page.invite("95500", header) == 200
        call = await desk.next("caller")
        assert call.arguments[0] == "95500"
        assert call.environment["agi_callerid"] == number
        assert call.environment["agi_calleridname"] == "王小明"
        await call.done()


async def test_the_caller_page_exists_in_the_demo_only(tmp_path: Path) -> None:
    async with running_pbx(tmp_path, demo=False) as sober:
        await provision(sober.ari, [_demo_caller("demo-caller-1", "d")])
        async with ws_phone(sober.websocket, "demo-caller-1", "d") as page:
            assert await page.invite("95500") == 404


async def test_hundreds_of_agents(pbx: Pbx) -> None:
    devices = [device for number in range(1001, 1301) for device in agent_devices(str(number), "x")]
    assert len((await provision(pbx.ari, devices)).added) == 600
    again = await provision(pbx.ari, devices)
    assert (again.added, again.changed, again.removed) == ((), (), ())


async def test_an_asterisk_that_is_away_or_another_ones_is_told_apart(pbx: Pbx) -> None:
    nowhere = AriTarget(f"http://127.0.0.1:{free_ports(1)[0]}/ari", "cti", "x")
    with pytest.raises(ProvisionError, match="failed"):
        await provision(nowhere, [])
    with pytest.raises(ProvisionError, match="CTI_ASTERISK_HTTP_PORT"):
        await provision(replace(pbx.ari, password="wrong"), [])
    with pytest.raises(ProvisionError, match="refused the endpoint of device 1001"):
        await provision(replace(pbx.ari, media={"no_such_option": "1"}), agent_devices("1001", "x"))


def test_hostile_names_never_reach_asterisk() -> None:
    assert ha1("Mufasa", "testrealm@host.com", "Circle Of Life") == "939e7578ed9e3c518a452acee763bce9"  # RFC 2617 §3.5
    good = ha1("1001", REALM, "x")
    for name in ("", "10/01", "a b", "1001\r\n", "../x", "x" * 41, "-x"):
        with pytest.raises(ValueError, match="device name"):
            Device(name, good)
    with pytest.raises(ValueError, match="ha1"):
        Device("1001", "plain password")
    with pytest.raises(ValueError, match="codec"):
        Device("1001", good, codecs=("ulaw\n",))
    with pytest.raises(ValueError, match="':'"):
        ha1("a:b", REALM, "x")
