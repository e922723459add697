"""One AGI connection: header block in, one command out at a time, its reply back, HANGUP and EOF noticed at once.

Protocol (Asterisk ``res/res_agi.c``): lines ended by LF. While a call lives Asterisk says nothing unasked but
``HANGUP``; then it keeps the dead channel until this side closes the socket, so this side closes.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass
from typing import Final

from asterisk.agi import AGIHangup

__all__ = ["AgiLimits", "AgiReply", "AgiWire", "AgiWireError", "UnsafeAgiCommand"]

logger = logging.getLogger(__name__)

_UNSAFE: Final = re.compile(r"[\r\n\0]")
_REPLY: Final = re.compile(r"(\d{3})([ -])(.*)", re.DOTALL)
_NAME: Final = re.compile(r"agi_\w{1,60}")


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


class AgiWire:
    """Not for concurrent use: AGI has one command under way at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limits: AgiLimits) -> None:
        self.env: dict[str, str] = {}
        self.gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Done, with `hangup`, `eof`, `closed` or what was wrong, when no further command can be carried out."""
        self._reader = reader
        self._writer = writer
        self._limits = limits
        self._waiting: asyncio.Future[AgiReply] | None = None
        self._sync: tuple[str, asyncio.Future[None]] | None = None
        self._syncs = 0
        self._pump: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Read the header block and begin to listen. Raises `AgiWireError`, also for a peer too slow to send it."""
        try:
            async with asyncio.timeout(self._limits.header_seconds):
                await self._read_header()
        except TimeoutError:
            raise AgiWireError("no complete header block in time") from None
        self._pump = asyncio.create_task(self._listen())

    async def _read_header(self) -> None:
        size = 0
        for _ in range(self._limits.header_lines):
            line = await self._line(self._limits.header_bytes)
            if line is None:
                raise AgiWireError("connection ended in the header block")
            size += len(line)
            if size > self._limits.header_bytes:
                raise AgiWireError("header block too long")
            if not line:
                if not self.env:
                    raise AgiWireError("header block is empty")
                return
            name, colon, value = line.partition(":")
            # A repeated name would mean that some value brought its own line break.
            if not colon or _NAME.fullmatch(name) is None or name in self.env:
                raise AgiWireError("header block is not AGI")
            self.env[name] = value.strip()
        raise AgiWireError("header block has too many lines")

    async def _line(self, limit: int) -> str | None:
        """The next line without its end; None at the end of the stream."""
        try:
            raw = await self._reader.readline()
        except ValueError:  # longer than the StreamReader's own limit
            raise AgiWireError("line too long") from None
        except ConnectionError:
            return None
        if not raw.endswith(b"\n"):
            return None
        if len(raw) > limit:
            raise AgiWireError("line too long")
        return raw.decode("utf-8", "replace").rstrip("\r\n").replace("\0", "\N{REPLACEMENT CHARACTER}")

    async def request(self, command: str) -> AgiReply:
        """Send one command and await its reply. Raises `UnsafeAgiCommand`, `AGIHangup`.

        Cancelling it interrupts what Asterisk does (a prompt stops at once) and leaves the session usable.
        """
        data = self._encode(command)
        if self._sync is not None:
            await asyncio.shield(self._sync[1])
        self._check()
        if self._waiting is not None:
            raise RuntimeError("an AGI command is under way already; AGI carries one at a time")
        reply: asyncio.Future[AgiReply] = asyncio.get_running_loop().create_future()
        self._waiting = reply
        self._writer.write(data)
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
        if self.gone.done():
            return
        self._syncs += 1
        token = f"cti-sync-{self._syncs}"
        self._sync = (token, asyncio.get_running_loop().create_future())
        self._writer.write(f"GET FULL VARIABLE {token}\n".encode())

    async def _listen(self) -> None:
        reason = "eof"
        try:
            while (line := await self._line(self._limits.reply_bytes)) is not None:
                if line == "HANGUP":
                    reason = "hangup"
                    break
                self._take(await self._reply(line))
        except AgiWireError as error:
            reason = str(error)
            logger.warning("AGI session ended: %s", reason)
        finally:
            self._end(reason)

    async def _reply(self, line: str) -> AgiReply:
        match = _REPLY.fullmatch(line)
        if match is None:
            raise AgiWireError("reply is not AGI")
        code, more, text = match.groups()
        lines = [text]
        size = len(line)
        while more == "-":
            following = await self._line(self._limits.reply_bytes)
            if following is None or following == "HANGUP":
                raise AgiWireError("reply of several lines was cut")
            size += len(following)
            if size > self._limits.reply_bytes:
                raise AgiWireError("reply too long")
            lines.append(following)
            if following.startswith(f"{code} "):
                break
        return AgiReply(int(code), "\n".join(lines))

    def _take(self, reply: AgiReply) -> None:
        if self._sync is not None:
            token, synced = self._sync
            # A dead or refused channel answers with an error code, which is as good a mark as the token.
            if reply.text == f"result=1 ({token})" or reply.code != 200:
                self._sync = None
                synced.set_result(None)
        elif self._waiting is None or self._waiting.done():
            # A channel variable may hold a line break: its second line must never pass for the next reply.
            raise AgiWireError("reply to no command")
        else:
            self._waiting.set_result(reply)

    def _end(self, reason: str) -> None:
        if not self.gone.done():
            self.gone.set_result(reason)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(AGIHangup(reason))
            self._waiting.exception()  # whoever waited may have been cancelled meanwhile
        if self._sync is not None and not self._sync[1].done():
            self._sync[1].set_result(None)
        self._sync = None
        self._writer.close()

    async def close(self) -> None:
        """Close the socket; Asterisk goes on in the dialplan. Safe to call twice."""
        self._end("closed")
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait({self._pump})
        try:
            async with asyncio.timeout(2):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self._writer.transport.abort()
