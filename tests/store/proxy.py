"""A TCP way to PostgreSQL's Unix socket that can cut the line after a request went through, before its answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path


class Proxy:
    """`swallow_next()`: the next answers are thrown away and the line is cut once the server has answered."""

    def __init__(self, target: Path) -> None:
        self.port = 0
        self.swallowed = 0
        self.stalled = asyncio.Event()
        self._target = target
        self._swallow = False
        self._stall = False
        self._tasks: set[asyncio.Task[None]] = set()

    def swallow_next(self) -> None:
        self._swallow = True

    def stall(self, on: bool) -> None:
        """Answers are kept back (the line stays up)."""
        self._stall = on

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        up, down = await asyncio.open_unix_connection(self._target)
        try:
            async with asyncio.TaskGroup() as group:
                there = group.create_task(self._pipe(reader, down))
                back = group.create_task(self._answers(up, writer))
                await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
                there.cancel()
                back.cancel()
        finally:
            for end in (writer, down):
                end.transport.abort()
            self._tasks.discard(task)

    async def _pipe(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                target.write(data)
                await target.drain()

    async def _answers(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                if self._swallow and b"INSERT 0" in data:  # the command tag: it is committed
                    self._swallow = False
                    self.swallowed += 1
                    return
                if self._stall:
                    self.stalled.set()
                    await asyncio.Event().wait()
                target.write(data)
                await target.drain()

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)


@asynccontextmanager
async def proxied(target: Path) -> AsyncIterator[Proxy]:
    proxy = Proxy(target)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
