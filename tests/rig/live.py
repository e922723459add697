"""A supervisor's live connection that folds what it gets, and waits for things to happen."""

import asyncio
import contextlib
import copy
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from cti_server.floor.model import Floor, Interaction
from tests.live.client import Json, WholeClient

T = TypeVar("T")

_PING_EVERY = 15.0


@dataclass
class Live:
    """`floor` is the fold of everything received so far; `frames` are the frames themselves, oldest first."""

    address: str
    token: str
    frames: list[Json] = field(default_factory=list)
    _client: WholeClient = field(default_factory=WholeClient)
    _socket: ClientConnection | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def floor(self) -> Floor:
        return self._client.floor

    @property
    def snapshots(self) -> int:
        """How often the server started over with a snapshot."""
        return self._client.snapshots

    def seen(self) -> Json:
        """The fold as plain JSON, to be compared with another's."""
        return self._client.seen()

    async def connect(self) -> None:
        """Connect, resuming where the last connection of this object ended."""
        await self.close()
        cursor = self._client.cursor
        since = f"?since={cursor.epoch}:{cursor.seq}" if cursor is not None else ""
        self._socket = await live_socket(self.address, self.token, since)
        self._take(await asyncio.wait_for(self._socket.recv(), 5))
        self._tasks = [asyncio.create_task(self._read(self._socket)), asyncio.create_task(self._ping(self._socket))]

    async def wake(self) -> None:
        """Go on where it was cut: while a worker is busy with other tests nobody answers the server."""
        if self._tasks and self._tasks[0].done():
            await self.connect()

    def forget(self) -> None:
        """Let the frames of an earlier story count no more; what was folded from them stays."""
        self.frames.clear()

    async def close(self) -> None:
        """End the connection; what was folded stays."""
        if self._socket is not None:
            await self._socket.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks, self._socket = [], None

    async def until(self, happened: Callable[[Floor], T | None], seconds: float = 15.0) -> T:
        """Wait until `happened(floor)` is something (not None, not False) and return that."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    self._news.clear()
                    found = happened(self.floor)
                    if found is not None and found is not False:
                        return found
                    await self._news.wait()
        except TimeoutError:
            recent = [f"{frame['seq']} {frame['type']} {frame.get('data')}" for frame in self.frames[-12:]]
            raise AssertionError(f"did not happen within {seconds} s; the last events:\n" + "\n".join(recent)) from None

    async def event(self, kind: str, seconds: float = 15.0, **fields: object) -> Json:
        """The first event of type `kind` whose data has these fields; one that came already counts."""

        def found(_: Floor) -> Json | None:
            return next(iter(self.events(kind, **fields)), None)

        return await self.until(found, seconds)

    def events(self, kind: str, **fields: object) -> list[Json]:
        """All events of type `kind` so far whose data has these fields."""
        return [
            frame
            for frame in self.frames
            if frame["type"] == kind and all(frame["data"].get(key) == value for key, value in fields.items())
        ]

    def call(self, number: str) -> Interaction | None:
        """The live interaction of a caller (E.164, '' = withheld) as it is now, the newest if there are several."""
        found = [one for one in self.floor.interactions.values() if one.caller == number]
        return copy.deepcopy(found[-1]) if found else None  # the fold changes it in place

    async def state(self, number: str, state: str, seconds: float = 15.0) -> Interaction:
        """Wait until the caller's interaction is in `state`."""

        def reached(_: Floor) -> Interaction | None:
            call = self.call(number)
            return call if call is not None and call.state == state else None

        return await self.until(reached, seconds)

    async def agent(self, agent: str, state: str, reason: str | None = None, seconds: float = 15.0) -> None:
        """Wait until an agent is in `state` (for `reason`)."""

        def reached(floor: Floor) -> bool:
            known = next((one for key, one in floor.agents.items() if key == agent), None)
            return known is not None and known.state == state and (reason is None or known.reason == reason)

        await self.until(reached, seconds)

    async def closed(self, interaction: str, seconds: float = 15.0) -> Json:
        """Wait until an interaction is closed; the data of its last event."""
        data: Json = (await self.event("InteractionClosed", seconds, interaction=interaction))["data"]
        return data

    async def reached(self, seq: int, seconds: float = 10.0) -> None:
        await self.until(lambda floor: floor.seq >= seq, seconds)

    async def _read(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                self._take(await socket.recv())

    def _take(self, text: str | bytes) -> None:
        frame: Json = json.loads(text)
        if frame["type"] == "pong":
            return
        self.frames.append(frame)
        self._client.take(frame)
        self._news.set()

    @staticmethod
    async def _ping(socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(_PING_EVERY)
                await socket.send('{"type":"ping"}')


def live_socket(address: str, token: str, query: str = "") -> connect:
    """The connection of `live` without what makes sense of it; to be awaited or entered."""
    return connect(
        f"{address}/api/v1/live{query}",
        subprotocols=[Subprotocol("cti.live.v1")],
        additional_headers=[("Authorization", f"Bearer {token}")],
        proxy=None,
        open_timeout=5,
        close_timeout=1,
        max_size=None,
    )


@contextlib.asynccontextmanager
async def live(address: str, token: str) -> AsyncIterator[Live]:
    """A fresh connection to `address` (ws://host:port), closed at the end."""
    made = Live(address, token)
    await made.connect()
    try:
        yield made
    finally:
        await made.close()


async def close_code(socket: ClientConnection) -> int | None:
    """The close code the server gives."""
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(10):
            async for _ in socket:
                pass
    return socket.close_code
