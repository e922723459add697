"""A real HTTP server without manners: what it answers to the n-th request is a script of bytes, pauses and cuts."""

import asyncio
import contextlib
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class RudeServer:
    """`heads`: the requests it got, as text. Answers are used in turn; the last one again and again."""

    answers: list[Answer]
    port: int = 0
    scheme: str = "http"
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                self.heads.append(head)
                length = [line for line in head.lower().split("\r\n") if line.startswith("content-length:")]
                self.bodies.append(await reader.readexactly(int(length[0].split(":")[1])) if length else b"")
                await self.answers[min(len(self.heads), len(self.answers)) - 1](writer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client went first
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def hang(self, _writer: asyncio.StreamWriter) -> None:
        """Never a word, until the end of the test."""
        await self.released.wait()

    async def half_a_head(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-")
        await writer.drain()
        await self.released.wait()

    async def endless_head(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not self.released.is_set():
            writer.write(b"X-More: " + b"m" * 4000 + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0)

    async def endless_body(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not self.released.is_set():
            writer.write(b"3e8\r\n" + b"[" * 1000 + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0)

    async def body_that_stops(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"a":')
        await writer.drain()
        await self.released.wait()

    async def reset(self, writer: asyncio.StreamWriter) -> None:
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def close(self, writer: asyncio.StreamWriter) -> None:
        writer.close()


def says(body: bytes | str | object, status: str = "200 OK", headers: str = "") -> Answer:
    """A well-formed answer; anything but bytes is sent as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def answer(writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(data)}\r\nContent-Type: application/json\r\n{headers}\r\n"
        writer.write(head.encode() + data)

    return answer


def raw(data: bytes) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        writer.close()

    return answer


@asynccontextmanager
async def rude_server(*answers: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[RudeServer]:
    """Set `answers` later to use the server's own methods."""
    rude = RudeServer(list(answers), scheme="https" if tls else "http")
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(rude.serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    rude.port = server.sockets[0].getsockname()[1]
    try:
        yield rude
    finally:
        rude.released.set()
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
