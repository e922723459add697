"""SIP from a browser to a real Asterisk through the proxy, and what the proxy does when either side misbehaves."""

import asyncio
import contextlib
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from cti_server.telephony.provision import Device, DeviceKind, provision
from tests.rig.asterisk import running_pbx
from tests.rig.live import close_code
from tests.rig.postgres import Database
from tests.web.site import Site, running_site


def register(number: int, authorization: str = "") -> str:
    """REGISTER number `number` of agent 1001's browser phone."""
    return (
        "REGISTER sip:cti SIP/2.0\r\n"
        f"Via: SIP/2.0/WS x.invalid;branch=z9hG4bK{number}\r\n"
        "Max-Forwards: 70\r\n"
        "From: <sip:1001-web@cti>;tag=1\r\n"
        "To: <sip:1001-web@cti>\r\n"
        "Call-ID: proxy-test\r\n"
        f"CSeq: {number} REGISTER\r\n"
        "Contact: <sip:x@x.invalid;transport=ws>\r\n"
        f"{authorization}"
        "Content-Length: 0\r\n\r\n"
    )


def answered(challenge: str, ha1: str) -> str:
    """The Authorization header for a digest challenge (RFC 7616 with MD5 and qop=auth)."""
    nonce, opaque = (re.findall(rf'{name}="([^"]*)"', challenge)[0] for name in ("nonce", "opaque"))
    ha2 = hashlib.md5(b"REGISTER:sip:cti").hexdigest()  # noqa: S324 - what SIP's digest is made of
    response = hashlib.md5(f"{ha1}:{nonce}:00000001:c:auth:{ha2}".encode()).hexdigest()  # noqa: S324
    return (
        f'Authorization: Digest username="1001-web", realm="cti", nonce="{nonce}", uri="sip:cti", algorithm=MD5, '
        f'response="{response}", opaque="{opaque}", qop=auth, nc=00000001, cnonce="c"\r\n'
    )


class FarEnd:
    """A websocket server in Asterisk's place, for the faults Asterisk cannot be asked for."""

    def __init__(self) -> None:
        self.open: list[ServerConnection] = []
        self.got: list[str | bytes] = []
        self.all_closed = asyncio.Event()
        self.url = ""

    async def talk(self, connection: ServerConnection) -> None:
        self.open.append(connection)
        with contextlib.suppress(ConnectionClosed):
            async for message in connection:
                self.got.append(message)
                await connection.send(message)
        self.open.remove(connection)
        if not self.open:
            self.all_closed.set()


@pytest_asyncio.fixture()
async def far_end() -> AsyncIterator[FarEnd]:
    end = FarEnd()
    async with serve(end.talk, "127.0.0.1", 0, subprotocols=[Subprotocol("sip")], max_size=2**20) as server:
        end.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/ws"
        yield end


@pytest_asyncio.fixture()
async def proxied(demo_database: Database, tmp_path: Path, far_end: FarEnd) -> AsyncIterator[Site]:
    async with running_site(demo_database, tmp_path, asterisk_ws=far_end.url) as site:
        yield site


async def test_a_browser_registers_at_a_real_asterisk_with_the_digest_it_is_given(
    demo_database: Database, tmp_path: Path
) -> None:
    async with (
        running_pbx(tmp_path / "pbx") as pbx,
        running_site(demo_database, tmp_path, asterisk_ws=pbx.websocket) as site,
        site.browser("1001") as client,
    ):
        phone = (await client.get("/api/v1/me/softphone")).json()
        device = Device(name=phone["authorization_user"], ha1=phone["ha1"], kind=DeviceKind.web, display_name="1001")
        await provision(pbx.ari, [device])
        cookie = ("Cookie", f"cti_session={client.cookies['cti_session']}")
        async with site.socket("/sip", protocol="sip", origin=site.url, headers=[cookie]) as socket:
            assert socket.subprotocol == "sip"
            await socket.send(register(1))
            challenge = str(await asyncio.wait_for(socket.recv(), 10))
            assert challenge.startswith("SIP/2.0 401 ")
            await socket.send(register(2, answered(challenge, phone["ha1"])))
            assert str(await asyncio.wait_for(socket.recv(), 10)).startswith("SIP/2.0 200 ")


async def test_bytes_go_through_unchanged_and_both_ends_close(proxied: Site, far_end: FarEnd) -> None:
    messages: list[str | bytes] = ["\r\n\r\n", "张伟" * 1000, b"\x00\xff\xfe" * 100, "x" * 60_000]
    async with proxied.socket("/demo/sip", protocol="sip") as socket:
        for message in messages:
            await socket.send(message)
            assert await asyncio.wait_for(socket.recv(), 5) == message
    await asyncio.wait_for(far_end.all_closed.wait(), 5)
    assert far_end.got == messages
    assert proxied.deps.sockets == {}


async def test_the_browser_hears_that_asterisk_went(proxied: Site, far_end: FarEnd) -> None:
    async with proxied.socket("/sip", await proxied.token("1001"), protocol="sip") as socket:
        await socket.send("hello")
        await socket.recv()
        far_end.open[0].transport.abort()
        assert await close_code(socket) == 1013


async def test_messages_have_a_limit_in_both_directions(proxied: Site, far_end: FarEnd) -> None:
    async with proxied.socket("/demo/sip", protocol="sip") as socket:
        await socket.send("x" * 70_000)
        assert await close_code(socket) == 1009
    await asyncio.wait_for(far_end.all_closed.wait(), 5)
    async with proxied.socket("/demo/sip", protocol="sip") as socket:
        await socket.send("hello")
        await socket.recv()
        await far_end.open[0].send("y" * 70_000)
        assert await close_code(socket) == 1013


async def test_everybody_has_a_few_places(proxied: Site) -> None:
    token = await proxied.token("1001")
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(6):
            socket = await stack.enter_async_context(proxied.socket("/sip", token, protocol="sip"))
            await socket.send("x")
            await socket.recv()
        async with proxied.socket("/sip", token, protocol="sip") as socket:
            assert await close_code(socket) == 4403
        other = await stack.enter_async_context(proxied.socket("/sip", await proxied.token("1002"), protocol="sip"))
        await other.send("x")
        assert await other.recv() == "x"


async def test_asterisk_away_is_said(site: Site) -> None:
    async with site.socket("/demo/sip", protocol="sip") as socket:
        assert await close_code(socket) == 1013


async def test_demo_lines_exist_in_demo_mode_only(demo_database: Database, tmp_path: Path, far_end: FarEnd) -> None:
    async with running_site(demo_database, tmp_path, asterisk_ws=far_end.url, demo=None) as site:
        async with site.socket("/demo/sip", protocol="sip") as socket:
            assert await close_code(socket) == 4403
        async with site.browser() as client:
            assert (await client.get("/api/v1/demo/caller")).status_code == 404
    assert far_end.got == []
