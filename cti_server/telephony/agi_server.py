"""The FastAGI server: one session per call leg, written as ordinary async code."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, TracebackType
from typing import Final, Self, TypeVar

from cti_server.telephony.agi import AGIAppError, AGIHangup, AsyncAgi, BorrowedAgi, Result, spawn
from cti_server.telephony.agi_wire import AgiLimits, AgiWire, AgiWireError

__all__ = ["AgiServer", "AgiSession", "CallerGone", "Digits"]

logger = logging.getLogger(__name__)

T = TypeVar("T")
_VARIABLE: Final = re.compile(r"_{0,2}[A-Za-z][A-Za-z0-9_]*(\([A-Za-z0-9_,:-]*\))?")
_APPLICATION: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class CallerGone(Exception):
    """The channel hung up (`hangup`), or its socket ended (`eof`, `closed`, or what was wrong with it)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Digits:
    """Keys the caller pressed; `timed_out` when he stopped short of the full number or `#`."""

    digits: str
    timed_out: bool


class AgiSession:
    """One channel's script. Every method raises `CallerGone` once the channel is gone and pyst2's `AGIAppError` when
    Asterisk could not do it. Cancelling a method stops what it does; the session stays usable."""

    def __init__(self, wire: AgiWire) -> None:
        self._wire = wire
        self._agi = AsyncAgi(wire)
        self.env: Mapping[str, str] = MappingProxyType(wire.env)
        self.channel = wire.env.get("agi_channel", "")
        self.uniqueid = wire.env.get("agi_uniqueid", "")
        self.network_script = wire.env.get("agi_network_script", "").partition("?")[0]
        count = int(next((n for n in range(1, len(wire.env) + 2) if f"agi_arg_{n}" not in wire.env), 1))
        self.args = tuple(wire.env[f"agi_arg_{n}"] for n in range(1, count))

    @property
    def gone(self) -> bool:
        """True once the channel hung up or the socket ended."""
        return self._wire.gone.done()

    async def call(self, function: Callable[[AsyncAgi], T]) -> T:
        """Run pyst2 code on this channel, e.g. ``await session.call(lambda agi: agi.say_digits("95598"))``."""
        try:
            return await spawn(lambda: function(self._agi))
        except AGIHangup as hangup:
            raise await self._lost(hangup) from None

    async def _lost(self, hangup: AGIHangup) -> CallerGone:
        if not self._wire.gone.done():  # 511 or "(hangup)" came before the HANGUP line
            await self._wire.close()
        return CallerGone("hangup" if self._wire.gone.result() == "closed" else str(hangup))

    async def run(self, script: Callable[[AsyncAgi], T], seconds: float) -> T:
        """Run somebody else's pyst2 script, with an AGI object of its own; TimeoutError when it takes too long.

        Then it gets no further command through, whatever it catches. One that never awaits the wire cannot be stopped.
        """
        agi = BorrowedAgi(self._wire)
        try:
            async with asyncio.timeout(seconds):
                result = await spawn(lambda: script(agi))
        except AGIHangup as hangup:
            if not agi.left:
                raise await self._lost(hangup) from None
        if agi.left:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise asyncio.CancelledError  # whatever the script made of it
            raise TimeoutError("the script took too long")
        return result

    async def meanwhile(self, work: Awaitable[T]) -> T:
        """Await `work` while the caller hears nothing or music. `CallerGone`, and `work` cancelled, when he leaves."""
        task, news = asyncio.ensure_future(work), asyncio.Event()

        def tell(_done: object) -> None:
            news.set()

        task.add_done_callback(tell)
        self._wire.gone.add_done_callback(tell)
        try:
            await news.wait()
            if not task.done():
                raise CallerGone(self._wire.gone.result())
            return await task
        finally:
            self._wire.gone.remove_done_callback(tell)
            if not task.done():
                task.cancel()
                await asyncio.wait({task})

    async def _execute(self, command: str, *args: object) -> Result:
        return await self.call(lambda agi: agi.execute(command, *args))

    async def answer(self) -> None:
        """Answer the channel; nothing happens when it is answered already."""
        await self.call(lambda agi: agi.answer())

    async def stream_file(self, name: str, escape_digits: str = "") -> str:
        """Play a prompt (path without extension); the key that ended it, ``""`` when it played to its end."""
        return str(await self.call(lambda agi: agi.stream_file(name, escape_digits)))

    async def control_stream_file(
        self,
        name: str,
        escape_digits: str = "",
        skip_ms: int = 3000,
        forward: str = "",
        rewind: str = "",
        pause: str = "",
    ) -> str:
        """Play a file the caller can wind and pause with keys; the key that ended it, or ``""``."""
        return str(
            await self.call(lambda agi: agi.control_stream_file(name, escape_digits, skip_ms, forward, rewind, pause))
        )

    async def get_data(self, file: str, timeout_ms: int, max_digits: int) -> Digits:
        """Play a prompt ('' for none) and collect keys, ended by `#`, `max_digits` or `timeout_ms` without a key."""
        answer = await self.call(lambda agi: agi.execute("GET DATA", file or agi._quote(""), timeout_ms, max_digits))
        value, data = answer["result"]
        return Digits(value, data == "timeout")

    async def wait_for_digit(self, timeout_ms: int) -> str:
        """The next key, ``""`` when none was pressed in `timeout_ms` (-1: wait for ever)."""
        return str(await self.call(lambda agi: agi.wait_for_digit(timeout_ms)))

    async def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable, or a dialplan function such as ``CALLERID(name)``."""
        _known(_VARIABLE, name, "variable name")
        await self.call(lambda agi: agi.set_variable(name, value))

    async def get_variable(self, name: str) -> str:
        """Value of a channel variable or dialplan function, ``""`` when it is not set."""
        _known(_VARIABLE, name, "variable name")
        return str(await self.call(lambda agi: agi.get_variable(name)))

    async def set_music(self, on: bool, cls: str = "") -> None:
        """Start or stop music on hold; it plays on while the session does nothing."""
        await self._execute("SET MUSIC", "ON" if on else "OFF", *([cls] if cls else []))

    async def exec(self, app: str, *args: str) -> str:
        """Run a dialplan application, return its result. No argument may hold a comma: it would become two."""
        _known(_APPLICATION, app, "application name")
        if any("," in arg for arg in args):
            raise ValueError(f"an argument of {app} holds a comma; give each argument by itself")
        value = (await self.call(lambda agi: agi.exec_command(app, *args)))["result"][0]
        if value == "-2":
            raise AGIAppError(f"Asterisk has no application {app}")
        return str(value)

    async def hangup(self) -> None:
        """Hang the channel up; fine when it is gone already."""
        try:
            await self.call(lambda agi: agi.hangup())
        except CallerGone:
            return

    async def idle(self, mailbox: asyncio.Queue[T]) -> T:
        """Wait for the next item of `mailbox` while the caller hears music. `CallerGone` when he leaves first.

        Neither is lost: an item that came together with the hang-up stays in the mailbox.
        """
        if self._wire.gone.done():
            raise CallerGone(self._wire.gone.result())
        loop = asyncio.get_running_loop()
        waiting = True
        try:
            async with asyncio.timeout(None) as wait:

                def leave(_gone: asyncio.Future[str]) -> None:
                    if waiting:
                        wait.reschedule(loop.time())

                self._wire.gone.add_done_callback(leave)
                try:
                    return await mailbox.get()
                finally:
                    waiting = False
                    self._wire.gone.remove_done_callback(leave)
        except TimeoutError:
            raise CallerGone(self._wire.gone.result()) from None


def _known(shape: re.Pattern[str], name: str, what: str) -> None:
    if shape.fullmatch(name) is None:
        raise ValueError(f"{name!r} is not a {what}")


Route = Callable[[AgiSession], Awaitable[None]]


class AgiServer:
    """``async with AgiServer(routes) as server:`` listens; leaving ends every session and closes every socket.

    A route is found by the path of ``agi://host:port/<path>``. When a route returns or raises, the socket is closed
    and Asterisk goes on in the dialplan.
    """

    def __init__(
        self,
        routes: Mapping[str, Route],
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        limits: AgiLimits | None = None,
        max_sessions: int = 10_000,
    ) -> None:
        self._routes = dict(routes)
        self._host = host
        self._port = port
        self._limits = limits or AgiLimits()
        self._max_sessions = max_sessions
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port listened on."""
        if self._server is None:
            raise RuntimeError("the AGI server is not running")
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def sessions(self) -> int:
        """Connections open now."""
        return len(self._tasks)

    async def __aenter__(self) -> Self:
        # A burst of calls must not fall back to SYN retries, one second each: hence the backlog.
        self._server = await asyncio.get_running_loop().create_server(
            lambda: AgiWire(self._limits, self._accept), self._host, self._port, backlog=1024
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
            for task in self._tasks:
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=5)
            await self._server.wait_closed()
            self._server = None

    def _accept(self, wire: AgiWire) -> None:
        if len(self._tasks) >= self._max_sessions:
            logger.error("AGI connection refused: %d sessions are open", len(self._tasks))
            wire.refuse()
            return
        task = asyncio.create_task(self._serve(wire))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, wire: AgiWire) -> None:
        try:
            await wire.open()
            session = AgiSession(wire)
            route = self._routes.get(session.network_script)
            if route is None:
                logger.error("no AGI route for this path; check the AGI() line in extensions.conf")
                return
            await route(session)
        except CallerGone as gone:
            logger.debug("caller gone: %s", gone.reason)
        except AgiWireError as error:
            logger.warning("connection to the AGI port is no AGI: %s", error)
        except Exception:
            logger.exception("an AGI route failed")
        finally:
            await wire.close()
