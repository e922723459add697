"""Live fan-out: `python -m benchmarks.live_fanout`.

How many deliveries of one floor event a CPU-second of the server makes to N connected screens: our hub, a loop of
Starlette's `send_text`, and `websockets.broadcast`, interleaved in one run. Ours folds and encodes each event as well;
the others send a text that was made before. Then: how long from a committed offer to its frame in a client.
"""

import argparse
import asyncio
import json
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, WebSocket
from typing_extensions import override
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, broadcast, serve

from cti_server.floor.events import AgentConfigured, AgentDevicesChanged, Recorded
from cti_server.floor.model import Floor
from cti_server.floor.words import AgentId, Millis
from cti_server.live import Audience, Hub
from cti_server.live.frames import event
from cti_server.web.server import HttpServer, uvicorn_config
from cti_server.web.sockets import pipe_of

NOW = Millis(1_700_000_000_000)
_UPGRADE = (
    "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def _events(first: int, count: int) -> list[Recorded]:
    devices = [(f"1001-web-{turn % 2}", "1001", "x" * 100) for turn in range(count)]
    return [Recorded(first + n, NOW, AgentDevicesChanged(AgentId("1001"), devices[n])) for n in range(count)]


@asynccontextmanager
async def _uvicorn(app: FastAPI) -> AsyncIterator[int]:
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        port: int = listener.getsockname()[1]
        server = HttpServer(uvicorn_config(app, "127.0.0.1", port))
        task = asyncio.create_task(server.serve([listener]))
        yield port
        server.should_exit = server.force_exit = True
        await task


Send = Callable[[Recorded, bytes], Awaitable[None]]


@asynccontextmanager
async def ours() -> AsyncIterator[tuple[int, Send]]:
    hub, app = Hub("bench", Floor(), lambda: NOW), FastAPI()
    hub.committed([Recorded(1, NOW, AgentConfigured(AgentId("1001"), "王芳", {}))])

    @app.websocket("/ws")
    async def ws(websocket: WebSocket) -> None:
        await websocket.accept()
        leave = hub.join(Audience(), None, pipe_of(websocket))
        while (await websocket.receive())["type"] != "websocket.disconnect":
            pass
        leave()

    async def send(recorded: Recorded, text: bytes) -> None:
        hub.committed([recorded])

    async with _uvicorn(app) as port:
        yield port, send


@asynccontextmanager
async def starlette_loop() -> AsyncIterator[tuple[int, Send]]:
    members: set[WebSocket] = set()
    app = FastAPI()

    @app.websocket("/ws")
    async def ws(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("{}")
        members.add(websocket)
        while (await websocket.receive())["type"] != "websocket.disconnect":
            pass
        members.discard(websocket)

    async def send(recorded: Recorded, text: bytes) -> None:
        string = text.decode()
        for member in tuple(members):
            await member.send_text(string)

    async with _uvicorn(app) as port:
        yield port, send


@asynccontextmanager
async def websockets_broadcast() -> AsyncIterator[tuple[int, Send]]:
    members: set[ServerConnection] = set()

    async def ws(connection: ServerConnection) -> None:
        await connection.send("{}")
        members.add(connection)
        await connection.wait_closed()
        members.discard(connection)

    async def send(recorded: Recorded, text: bytes) -> None:
        broadcast(members, text.decode())

    async with serve(ws, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        yield next(iter(server.sockets)).getsockname()[1], send


CONTENDERS = {"ours": ours, "starlette send_text": starlette_loop, "websockets.broadcast": websockets_broadcast}


async def measure(name: str, clients: int, messages: int) -> float:
    """Deliveries per CPU-second of this process; the clients live in another one."""
    async with CONTENDERS[name]() as (port, send):
        command = (sys.executable, "-m", "benchmarks.live_fanout", "--port", str(port), "--clients", str(clients))
        events = _events(2, messages)
        texts = [event(recorded) for recorded in events]
        expected = sum(len(text) + (2 if len(text) < 126 else 4) for text in texts)
        child = await asyncio.create_subprocess_exec(
            *command, "--expect", str(expected), stdout=asyncio.subprocess.PIPE
        )
        assert child.stdout is not None
        assert (await child.stdout.readline()) == b"ready\n"
        start = time.process_time()
        for recorded, text in zip(events, texts, strict=True):
            await send(recorded, text)
            await asyncio.sleep(0)
        assert (await child.stdout.readline()) == b"done\n"
        spent = time.process_time() - start
        await child.wait()
    return clients * messages / spent


class _Counter(asyncio.Protocol):
    """Reads the handshake and the first frame, then counts bytes."""

    def __init__(self, expect: int) -> None:
        self.buffer = b""
        self.counted = 0
        self.expect = expect
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(_UPGRADE.encode())

    @override
    def data_received(self, data: bytes) -> None:
        if self.ready.done():
            self.counted += len(data)
            if self.counted >= self.expect and not self.done.done():
                self.done.set_result(None)
            return
        self.buffer += data
        head = self.buffer.find(b"\r\n\r\n")
        if head >= 0 and len(self.buffer) > head + 5:
            self.ready.set_result(None)


async def count(port: int, clients: int, expect: int) -> None:
    loop = asyncio.get_running_loop()
    counters = []
    for _ in range(clients):
        _, counter = await loop.create_connection(lambda: _Counter(expect), "127.0.0.1", port)
        counters.append(counter)
    await asyncio.gather(*(counter.ready for counter in counters))
    await asyncio.sleep(0.3)  # the last first frames are on their way into the counters' past
    print("ready", flush=True)
    await asyncio.gather(*(counter.done for counter in counters))
    print("done", flush=True)


async def latency(rounds: int) -> Sequence[float]:
    """Milliseconds from `hub.committed` to the parsed frame in a client on the same loop."""
    async with ours() as (port, send), connect(f"ws://127.0.0.1:{port}/ws", proxy=None) as client:
        await client.recv()
        found = []
        for recorded in _events(2, rounds):
            start = time.perf_counter()
            await send(recorded, b"")
            frame = json.loads(await client.recv())
            found.append((time.perf_counter() - start) * 1000)
            assert frame["seq"] == recorded.seq
    return found


async def main(clients: int, messages: int, rounds: int) -> None:
    results: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for _ in range(rounds):
        for name, rates in results.items():
            rates.append(await measure(name, clients, messages))
    best = {name: statistics.median(rates) for name, rates in results.items()}
    print(f"{clients} clients x {messages} events, uvicorn {uvicorn.__version__}, {rounds} interleaved rounds, median")
    for name, rate in best.items():
        print(f"{name:24} {rate:12,.0f} deliveries per CPU-second   ours is {best['ours'] / rate:4.1f}x")
    times = sorted(await latency(2000))
    p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
    print(f"committed event to parsed frame: p50 {p50:.2f} ms, p99 {p99:.2f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=300)
    parser.add_argument("--events", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one short round: does it run?")
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--expect", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.quick:
        given.clients, given.events, given.rounds = 20, 20, 1
    if given.port:
        asyncio.run(count(given.port, given.clients, given.expect))
    else:
        asyncio.run(main(given.clients, given.events, given.rounds))
