"""The live websocket as a browser uses and misuses it."""

import asyncio
import json
import socket as sockets
import struct

import pytest

from cti_server.floor import inputs as i
from cti_server.floor.words import AgentId
from cti_server.web import live
from cti_server.web.tokens import TOKEN_SECONDS, User, issue
from tests.rig.live import close_code
from tests.web.site import KEY, Site, frames


async def test_a_ringing_call_reaches_the_agent_it_is_offered_to(site: Site) -> None:
    async with (
        site.socket("/live", await site.token("1001")) as mine,
        site.socket("/live", await site.token("1002")) as other,
    ):
        first = json.loads(await mine.recv())
        assert mine.subprotocol == "cti.live.v1"
        assert (first["type"], first["epoch"]) == ("snapshot", site.engine.epoch)
        assert first["data"]["agent"]["id"] == "1001"
        assert first["data"]["interactions"] == {}
        assert json.loads(await other.recv())["type"] == "snapshot"
        interaction = await site.ring(1)
        got = await frames(mine, "OfferMade")
        assert [frame["type"] for frame in got[-2:]] == ["InteractionShown", "OfferMade"]
        assert got[-1]["data"]["interaction"] == interaction
        assert got[-2]["data"]["interaction"]["customer"]["name"] == "张伟"
        await site.engine.request(i.SignInRequested(AgentId("1002")))
        (only,) = await frames(other, "AgentStateChanged")
        assert only["data"]["agent"] == "1002", "somebody else's call was told"


async def test_supervisor_gets_every_event_and_resumes_without_a_gap(site: Site) -> None:
    token = await site.token("2001")
    async with site.socket("/live", token) as socket:
        first = json.loads(await socket.recv())
        assert set(first["data"]["agents"]) == {str(number) for number in range(1001, 1009)}
        await site.ring(1)
        seen = await frames(socket, "OfferMade")
    cursor = seen[-1]["seq"]
    await site.answer(next(iter(site.engine.floor.interactions)))
    async with site.socket(f"/live?since={site.engine.epoch}:{cursor}", token) as socket:
        again = await frames(socket, "InteractionConnected")
        assert again[0]["type"] == "resumed"
        everything = [frame["seq"] for frame in seen + again[1:]]
        assert everything == list(range(first["seq"] + 1, everything[-1] + 1))
    async with site.socket("/live?since=another:1", token) as socket:
        assert json.loads(await socket.recv())["type"] == "snapshot"


async def test_token_as_second_sub_protocol(site: Site) -> None:
    token = await site.token("1001")
    async with site.socket("/live", protocol=f"cti.live.v1 bearer.{token}") as one:
        assert json.loads(await one.recv())["type"] == "snapshot"


async def test_ping_is_answered(site: Site) -> None:
    async with site.socket("/live", await site.token("1001")) as socket:
        await socket.send('{"type":"ping"}')
        assert (await frames(socket, "pong"))[-1]["at"] > 1_600_000_000_000


BAD_FRAMES: list[str | bytes] = [
    "",
    "ping",
    "[]",
    "{}",
    '{"type":"subscribe"}',
    "null",
    "[" * 4000,
    '{"type":"ping","x":"' + "y" * 5000 + '"}',
    b'{"type":"ping"}',
    b"\x00\xff",
]


@pytest.mark.parametrize("bad", BAD_FRAMES)
async def test_anything_but_a_ping_ends_the_connection(site: Site, bad: str | bytes) -> None:
    async with site.socket("/live", await site.token("1001")) as socket:
        await socket.send(bad)
        assert await close_code(socket) == 4400
    await _connected(site, 0)


async def test_a_flood_of_pings_ends_the_connection(site: Site) -> None:
    async with site.socket("/live", await site.token("1001")) as socket:
        for _ in range(100):
            await socket.send('{"type":"ping"}')
        assert await close_code(socket) == 4400


async def test_frames_beyond_the_transports_limit(site: Site) -> None:
    async with site.socket("/live", await site.token("1001")) as socket:
        await socket.send("x" * 100_000)
        assert await close_code(socket) == 1009
    await _connected(site, 0)


@pytest.mark.parametrize(
    "garbage", [b"\x00" * 20, b"\xff" * 200, b"\x81\x85hello", b"\x89\xfe\xff\xff", b"\xc1\x80\0\0\0\0"]
)
async def test_garbage_on_the_wire_costs_only_its_own_connection(site: Site, garbage: bytes) -> None:
    token = await site.token("1001")
    host, _, port = site.host.partition(":")
    async with site.socket("/live", token) as healthy:
        await healthy.recv()
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"GET /api/v1/live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Protocol: cti.live.v1\r\nAuthorization: Bearer " + token.encode() + b"\r\n\r\n"
        )
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        writer.write(garbage)
        writer.write_eof()
        await asyncio.wait_for(reader.read(), 10)
        writer.close()
        await healthy.send('{"type":"ping"}')
        await frames(healthy, "pong")


async def test_without_the_sub_protocol_it_is_no_live_connection(site: Site) -> None:
    async with site.socket("/live", await site.token("1001"), protocol="") as socket:
        assert await close_code(socket) == 4400


async def test_silent_clients_are_closed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "IDLE_SECONDS", 0.2)
    async with site.socket("/live", await site.token("1001")) as socket:
        assert await close_code(socket) == 4410
    await _connected(site, 0)


async def test_a_connection_ends_with_its_token(site: Site) -> None:
    user = User("7a6f1c3e-0000-4000-8000-000000000001", "2001", "李", "supervisor", "zh", None)
    token = issue(user, KEY, site.deps.now() // 1000 - TOKEN_SECONDS + 1)
    async with site.socket("/live", token) as socket:
        assert await close_code(socket) == 4401


async def test_a_client_that_does_not_read_is_cut_and_nobody_waits_for_it(site: Site) -> None:
    token = await site.token("2001")
    stalled = sockets.socket()
    stalled.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 2048)
    host, _, port = site.host.partition(":")
    loop = asyncio.get_running_loop()
    stalled.setblocking(False)
    await loop.sock_connect(stalled, (host, int(port)))
    await loop.sock_sendall(
        stalled,
        b"GET /api/v1/live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: cti.live.v1\r\nAuthorization: Bearer " + token.encode() + b"\r\n\r\n",
    )
    hub = site.deps.hub
    async with site.socket("/live", token) as healthy:
        await healthy.recv()
        await _connected(site, 2)
        async with asyncio.timeout(60):
            turn = 0
            while not hub.cut.get(4408):
                turn += 1
                for agent in range(1001, 1009):
                    device = f"{agent}-{'x' * 2000}-{turn}"
                    site.engine.submit(i.DevicesSeen(AgentId(str(agent)), (device,)))
                await site.engine.request(i.SignInRequested(AgentId("1001")))
                while json.loads(await healthy.recv())["seq"] < hub.floor.seq:
                    pass
        assert hub.connections["whole"] == 1
    stalled.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
    stalled.close()


async def test_shutdown_says_restart(site: Site) -> None:
    async with site.socket("/live", await site.token("1001")) as socket:
        await socket.recv()
        site.deps.hub.close()
        assert await close_code(socket) == 1012


async def _connected(site: Site, count: int) -> None:
    """Wait until the hub has `count` connections; it has nothing to wait on, nor needs it."""
    async with asyncio.timeout(5):
        while sum(site.deps.hub.connections.values()) != count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
