"""One AGI connection: header block in, one command out at a time, its reply back, HANGUP and EOF noticed at once.

Protocol (Asterisk ``res/res_agi.c``): lines ended by LF. While a call lives Asterisk says nothing unasked but
``HANGUP``; then it keeps the dead channel until this side closes the socket, so this side closes.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from asterisk.agi import AGIHangup
from typing_extensions import override

__all__ = ["AgiLimits", "AgiReply", "AgiWire", "AgiWireError", "UnsafeAgiCommand"]

logger = logging.getLogger(__name__)

_UNSAFE: Final = re.compile(r"[\r\n\0]")
_REPLY: Final = re.compile(r"(\d{3})([ -])(.*)", re.DOTALL)
_NAME: Final = re.compile(r"agi_\w{1,60}")
_DEAD: Final = 511
"""Command not permitted on a dead channel."""
_MARK_AGAIN: Final = 0.02
"""Seconds until an unanswered mark gets company; twice as long each time. Usually the answer takes one or two ms."""


class AgiWireError(Exception):
    """The peer does not speak AGI."""


class UnsafeAgiCommand(ValueError):
    """A command that would become more than one, or that Asterisk would cut; nothing was sent."""


@dataclass(frozen=True, slots=True)
class AgiLimits:
    """Caps on what a peer may send (bytes, lines, seconds) and on what we send (Asterisk reads 8,192 bytes)."""

    header_seconds: float = 5.0
    header_lines: int = 160
    header_bytes: int = 32 * 1024
    reply_bytes: int = 32 * 1024
    command_bytes: int = 8_000


@dataclass(frozen=True, slots=True)
class AgiReply:
    """`code` as sent, `text` behind it; the lines of a 520 answer are joined by LF."""

    code: int
    text: str


class AgiWire(asyncio.Protocol):
    """Not for concurrent use: AGI has one command under way at a time. `made` is told of the connection.

    A protocol, not streams: between Asterisk's reply and the script that waits for it stands nothing but the parsing.
    """

    def __init__(self, limits: AgiLimits, made: Callable[[AgiWire], None] | None = None) -> None:
        loop = asyncio.get_running_loop()
        self.env: dict[str, str] = {}
        self.gone: asyncio.Future[str] = loop.create_future()
        """Done, with `hangup`, `eof`, `closed` or what was wrong, when no further command can be carried out."""
        self._limits = limits
        self._made = made
        self._lost: asyncio.Future[None] = loop.create_future()
        self._greeted: asyncio.Future[None] = loop.create_future()
        self._header_bytes = self._header_lines = 0
        self._rest = b""
        self._following: list[str] = []
        self._waiting: asyncio.Future[AgiReply] | None = None
        self._sync: asyncio.Future[None] | None = None
        """While an interrupted command may still answer: done when all marks were answered."""
        self._marks = self._marks_answered = 0
        self._late_reply = False
        self._mark_again: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport

    # -- what arrives ------------------------------------------------------------------------------------------------

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if self._made is not None:
            self._made(self)

    @override
    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        try:
            for line in lines:
                if self.gone.done():
                    return
                self._line(line)
            if len(self._rest) > self._longest:
                raise AgiWireError("line too long")
            if self._sync is not None:
                self._acknowledge()
        except AgiWireError as error:
            self._wrong(str(error))

    @override
    def eof_received(self) -> None:
        self._over()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._over()
        if not self._lost.done():
            self._lost.set_result(None)

    def _over(self) -> None:
        if not self._greeted.done():
            self._wrong("connection ended in the header block")
        self._end("eof")

    def _wrong(self, reason: str) -> None:
        """The peer is to blame."""
        if not self._greeted.done():
            self._greeted.set_exception(AgiWireError(reason))
            self._greeted.exception()  # nobody may have come to wait for it
        else:
            logger.warning("AGI session ended: %s", reason)
        self._end(reason)

    @property
    def _longest(self) -> int:
        return self._limits.reply_bytes if self._greeted.done() else self._limits.header_bytes

    def _line(self, raw: bytes) -> None:
        if len(raw) > self._longest:
            raise AgiWireError("line too long")
        line = raw.decode("utf-8", "replace").rstrip("\r").replace("\0", "\N{REPLACEMENT CHARACTER}")
        if not self._greeted.done():
            self._header(line, len(raw))
        elif self._following:
            self._continue(line)
        elif line == "HANGUP":
            self._end("hangup")
        else:
            self._reply(line)

    def _header(self, line: str, size: int) -> None:
        if not line:
            if not self.env:
                raise AgiWireError("header block is empty")
            self._greeted.set_result(None)
            return
        self._header_lines += 1
        self._header_bytes += size
        if self._header_lines >= self._limits.header_lines:
            raise AgiWireError("header block has too many lines")
        if self._header_bytes > self._limits.header_bytes:
            raise AgiWireError("header block too long")
        name, colon, value = line.partition(":")
        # A repeated name would mean that some value brought its own line break.
        if not colon or _NAME.fullmatch(name) is None or name in self.env:
            raise AgiWireError("header block is not AGI")
        self.env[name] = value.strip()

    def _reply(self, line: str) -> None:
        match = _REPLY.fullmatch(line)
        if match is None:
            raise AgiWireError("reply is not AGI")
        code, more, text = match.groups()
        if more == "-":
            self._following = [code, text]
        else:
            self._take(AgiReply(int(code), text))

    def _continue(self, line: str) -> None:
        """One more line of a reply of several."""
        if line == "HANGUP":
            raise AgiWireError("reply of several lines was cut")
        self._following.append(line)
        if sum(map(len, self._following)) > self._limits.reply_bytes:
            raise AgiWireError("reply too long")
        code, *lines = self._following
        if line.startswith(f"{code} "):
            self._following = []
            self._take(AgiReply(int(code), "\n".join(lines)))

    def _take(self, reply: AgiReply) -> None:
        if self._sync is not None:
            self._take_mark(reply)
        elif self._waiting is None or self._waiting.done():
            # A channel variable may hold a line break: its second line must never pass for the next reply.
            raise AgiWireError("reply to no command")
        else:
            self._waiting.set_result(reply)

    def _take_mark(self, reply: AgiReply) -> None:
        """The interrupted command may answer once, in whatever way, and then the marks do, in their order."""
        if reply.text == f"result=1 (cti-mark-{self._marks_answered + 1})":
            self._marks_answered += 1
            if self._marks_answered == self._marks:
                self._in_step()
        elif reply.code == _DEAD:
            self._end("hangup")
        elif self._late_reply:
            raise AgiWireError("interruptions are not answered")
        else:
            self._late_reply = True

    # -- what is sent ------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Until the header block is there. Raises `AgiWireError`, also for a peer too slow to send it."""
        try:
            async with asyncio.timeout(self._limits.header_seconds):
                await self._greeted
        except TimeoutError:
            raise AgiWireError("no complete header block in time") from None

    async def request(self, command: str) -> AgiReply:
        """Send one command and await its reply. Raises `UnsafeAgiCommand`, `AGIHangup`.

        Cancelling it interrupts what Asterisk does (a prompt stops at once) and leaves the session usable.
        """
        data = self._encode(command)
        if self._sync is not None:
            await asyncio.shield(self._sync)
        self._check()
        if self._waiting is not None:
            raise RuntimeError("an AGI command is under way already; AGI carries one at a time")
        reply: asyncio.Future[AgiReply] = asyncio.get_running_loop().create_future()
        self._waiting = reply
        self._transport.write(data)
        try:
            return await reply
        except asyncio.CancelledError:
            self._interrupt()
            raise
        finally:
            self._waiting = None

    def _encode(self, command: str) -> bytes:
        if _UNSAFE.search(command) is not None:
            raise UnsafeAgiCommand("an AGI command must not hold a line break or NUL")
        try:
            data = command.encode() + b"\n"
        except UnicodeEncodeError:
            raise UnsafeAgiCommand("an AGI command must be encodable text") from None
        if len(data) > self._limits.command_bytes:
            raise UnsafeAgiCommand(f"an AGI command must not be longer than {self._limits.command_bytes} bytes")
        return data

    def _check(self) -> None:
        if self.gone.done():
            raise AGIHangup(self.gone.result())

    def _interrupt(self) -> None:
        # A prompt or digit wait ends at once when the next command arrives, and then gets no reply of its own; had it
        # just ended, it gets one. A command whose reply can be recognised tells the two apart: skip until then.
        if not self.gone.done():
            self._sync = asyncio.get_running_loop().create_future()
            self._late_reply = False
            self._mark(_MARK_AGAIN)

    def _mark(self, patience: float) -> None:
        """Asterisk looks at its socket for news but reads ahead of what it carries out. A mark that it read together
        with the command before would lie there for ever; one more makes it look."""
        self._marks += 1
        self._transport.write(f"GET FULL VARIABLE cti-mark-{self._marks}\n".encode())
        self._mark_again = asyncio.get_running_loop().call_later(patience, self._mark, patience * 2)

    def _acknowledge(self) -> None:
        """Now: Asterisk sends no second reply before the first is acknowledged (Nagle), for which TCP takes 40 ms."""
        self._transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _in_step(self) -> None:
        """Nothing is under way any more."""
        if self._mark_again is not None:
            self._mark_again.cancel()
        if self._sync is not None and not self._sync.done():
            self._sync.set_result(None)
        self._sync = None

    def _end(self, reason: str) -> None:
        if not self.gone.done():
            self.gone.set_result(reason)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(AGIHangup(reason))
            self._waiting.exception()  # whoever waited may have been cancelled meanwhile
        self._in_step()
        self._transport.close()

    async def close(self) -> None:
        """Close the socket; Asterisk goes on in the dialplan. Safe to call twice."""
        self._end("closed")
        try:
            async with asyncio.timeout(2):
                await asyncio.shield(self._lost)
        except TimeoutError:
            self._transport.abort()

    def refuse(self) -> None:
        """Drop the connection at once."""
        self._end("closed")
        self._transport.abort()
