"""Asterisk's end of FastAGI, by hand."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from cti_server.telephony.agi_server import AgiServer, AgiSession

HEADER = (
    b"agi_network: yes\nagi_network_script: caller?x=1\nagi_request: agi://127.0.0.1/caller\n"
    b"agi_channel: PJSIP/trunk-0001\nagi_uniqueid: 1.1\nagi_callerid: 13800138000\nagi_calleridname: \xe5\xbc\xa0\n"
    b"agi_arg_1: 95598\nagi_arg_2: \n\n"
)


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "condition not reached in time"
        await asyncio.sleep(0.002)


class Channel:
    """Asterisk's end of one FastAGI connection, by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def command(self) -> str:
        async with asyncio.timeout(5):
            return (await self.reader.readline()).decode().rstrip("\n")

    def say(self, text: str) -> None:
        self.writer.write(f"{text}\n".encode())

    async def expect(self, command: str, reply: str = "200 result=0") -> None:
        assert await self.command() == command
        self.say(reply)

    async def closed_by_server(self) -> bool:
        async with asyncio.timeout(5):
            try:
                return await self.reader.read() == b""
            except ConnectionError:
                return True


@asynccontextmanager
async def dialled(port: int, header: bytes = HEADER) -> AsyncIterator[Channel]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(header)
    try:
        yield Channel(reader, writer)
    finally:
        writer.transport.abort()


class Served:
    """Runs one route and keeps how it ended."""

    def __init__(self, route: Callable[[AgiSession], Awaitable[object]]) -> None:
        self.route = route
        self.ended: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    async def __call__(self, session: AgiSession) -> None:
        try:
            result = await self.route(session)
        except BaseException as error:
            result = error
            if not isinstance(error, Exception):
                raise
        finally:
            if not self.ended.done():
                self.ended.set_result(result)

    async def result(self) -> object:
        async with asyncio.timeout(5):
            return await self.ended


@asynccontextmanager
async def session_of(
    route: Callable[[AgiSession], Awaitable[object]], header: bytes = HEADER
) -> AsyncIterator[tuple[Channel, Served]]:
    served = Served(route)
    async with AgiServer({"caller": served}) as server, dialled(server.port, header) as channel:
        yield channel, served
