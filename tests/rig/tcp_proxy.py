"""A TCP way to a server that can be cut: open connections break, and new ones are refused until it is mended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class TcpProxy:
    """Listens on loopback `port` for the one at `target`."""

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self._target = target
        self._server: asyncio.Server | None = None
        self._pairs: set[asyncio.Task[None]] = set()
        self._clients: set[asyncio.StreamWriter] = set()

    async def mend(self) -> None:
        """Take connections."""
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port)

    async def cut(self) -> None:
        """Break every connection without a goodbye, and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for pair in list(self._pairs):
            pair.cancel()
        await asyncio.gather(*self._pairs, return_exceptions=True)

    def slip_in(self, data: bytes) -> None:
        """Send `data` to everyone connected, as if the server had said it."""
        for client in self._clients:
            client.write(data)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pairs.add(task)
        self._clients.add(writer)
        try:
            with suppress(ConnectionRefusedError):  # the server is gone, and so is this client then
                other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self._target)
                try:
                    await asyncio.gather(_pipe(reader, other_writer), _pipe(other_reader, writer))
                finally:
                    other_writer.transport.abort()
        finally:
            writer.transport.abort()
            self._clients.discard(writer)
            self._pairs.discard(task)


async def _pipe(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    target.transport.abort()


@asynccontextmanager
async def tcp_proxy(port: int, target: int) -> AsyncIterator[TcpProxy]:
    """A whole line from `port` to `target`, taken down at the end."""
    proxy = TcpProxy(port, target)
    await proxy.mend()
    try:
        yield proxy
    finally:
        await proxy.cut()
