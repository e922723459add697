"""The far end of FastAGI in its barest form, for tests of the dialplan itself."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from ivr_flows.promptbook import Prompt, PromptBook


@dataclass
class AgiCall:
    """One session: its environment, and commands by hand."""

    environment: dict[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def script(self) -> str:
        """`caller` or `agent`."""
        return self.environment.get("agi_network_script", "")

    @property
    def channel(self) -> str:
        """The channel's name."""
        return self.environment["agi_channel"]

    @property
    def arguments(self) -> list[str]:
        """agi_arg_1, agi_arg_2, …"""
        count = sum(key.startswith("agi_arg_") for key in self.environment)
        return [self.environment[f"agi_arg_{n}"] for n in range(1, count + 1)]

    async def send(self, command: str) -> str:
        """Run one AGI command and return the answer's line ('' when the session ended)."""
        self.writer.write(command.encode() + b"\n")
        await self.writer.drain()
        return (await self.reader.readline()).decode().strip()

    async def done(self) -> None:
        """End the session as a server does whose call is finished."""
        await self.send("SET VARIABLE CTI_DONE 1")
        self.drop()

    def drop(self) -> None:
        """End the session as a server does that died."""
        self.writer.close()


@dataclass
class AgiDesk:
    """Sessions as they arrive."""

    port: int
    arrived: asyncio.Queue[AgiCall]

    async def next(self, script: str, timeout: float = 10.0) -> AgiCall:
        """The next session, which must be of `script`."""
        call = await asyncio.wait_for(self.arrived.get(), timeout)
        assert call.script == script
        return call


@contextlib.asynccontextmanager
async def agi_desk(port: int) -> AsyncIterator[AgiDesk]:
    """A FastAGI server on loopback `port`; every session left is dropped at the end."""
    open_writers: set[asyncio.StreamWriter] = set()
    arrived: asyncio.Queue[AgiCall] = asyncio.Queue()

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_writers.add(writer)
        environment: dict[str, str] = {}
        while line := (await reader.readline()).decode().strip():
            key, _, value = line.partition(":")
            environment[key] = value.strip()
        arrived.put_nowait(AgiCall(environment, reader, writer))

    server = await asyncio.start_server(session, "127.0.0.1", port)
    try:
        yield AgiDesk(port, arrived)
    finally:
        server.close()
        for writer in open_writers:
            writer.close()
        await server.wait_closed()


class ShippedPrompts:
    """The shipped prompts, in a folder."""

    book = PromptBook.load()

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def resolve(self, prompt: Prompt) -> str:
        return self.book.resolve(prompt, self._folder)
