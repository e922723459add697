"""The Asterisk Manager Interface as bytes and messages, without any socket.

Wire format (Asterisk ``main/manager.c``): one banner line, then messages of ``Key: value`` lines ended by CRLF, each
message ended by an empty line. Bytes go in through `AmiDecoder.receive`, actions come out of `encode_action`. What the
peer did wrong is a `RemoteProtocolError`; what we were about to do wrong is a `LocalProtocolError`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from typing_extensions import override

__all__ = ["AmiDecoder", "AmiMessage", "LocalProtocolError", "RemoteProtocolError", "encode_action"]

MAX_MESSAGE_BYTES: Final = 256 * 1024
MAX_LINE_BYTES: Final = 64 * 1024
MAX_HEADERS: Final = 2048  # a `Command` answer has one Output header per line
MAX_BANNER_BYTES: Final = 256

# Asterisk drops an action line that does not fit its 1,024 byte buffer and ignores headers after the 128th
# (`inbuf`, `AST_MAX_MANHEADERS`), so a longer action would be carried out with parts missing.
MAX_ACTION_LINE_BYTES: Final = 1022
MAX_ACTION_HEADERS: Final = 127

_BANNER: Final = b"Asterisk Call Manager/"
_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_FORBIDDEN: Final = re.compile(r"[\r\n\0]")


class RemoteProtocolError(Exception):
    """The peer sent something that is not AMI; the connection cannot be used any further."""


class LocalProtocolError(ValueError):
    """We were asked to send something that AMI cannot carry; nothing was sent."""


class AmiMessage:
    """One event or response. Headers are decoded on first use, so a message nobody reads costs one line.

    Keys are matched exactly as Asterisk writes them. Text is UTF-8 with U+FFFD for what is not UTF-8 and for NUL.
    Values are hostile: a caller chooses his display name.
    """

    __slots__ = ("_frame", "_headers", "_repeated", "kind", "name")

    def __init__(self, kind: Literal["event", "response"], name: str, frame: bytes) -> None:
        self.kind: Literal["event", "response"] = kind
        self.name = name
        """Name of the event, or the status of the response (``Success``, ``Error``, …)."""
        self._frame = frame
        self._headers: dict[str, str] | None = None
        self._repeated: dict[str, list[str]] | None = None

    def get(self, key: str) -> str:
        """First value of `key`, ``""`` when absent."""
        headers = self._headers
        if headers is None:
            headers = self._parse()
        return headers.get(key, "")

    def require(self, key: str) -> str:
        """First value of `key`; `RemoteProtocolError` when absent or empty."""
        value = self.get(key)
        if not value:
            raise RemoteProtocolError(f"{self.kind} {self.name} came without the header {key}")
        return value

    def all(self, key: str) -> list[str]:
        """Every value of `key` in the order sent, ``[]`` when absent."""
        headers = self._headers
        if headers is None:
            headers = self._parse()
        if self._repeated is not None and key in self._repeated:
            return list(self._repeated[key])
        return [headers[key]] if key in headers else []

    def header_names(self) -> tuple[str, ...]:
        """The header names in the order first sent."""
        return tuple(self._headers if self._headers is not None else self._parse())

    @override
    def __repr__(self) -> str:
        return f"<AmiMessage {self.kind} {self.name!r}>"  # no values: they are personal data

    def _parse(self) -> dict[str, str]:
        text = self._frame.decode("utf-8", "replace")
        if "\0" in text:
            text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
        lines = text.split("\r\n")
        try:
            headers = dict([line.split(": ", 1) for line in lines])
        except ValueError:  # a line that is no pair
            headers = {}
        if len(headers) != len(lines):
            headers = self._parse_slowly(lines)
        self._headers = headers
        return headers

    def _parse_slowly(self, lines: list[str]) -> dict[str, str]:
        every: dict[str, list[str]] = {}
        for line in lines:
            key, separator, value = line.partition(": ")
            if not separator:
                key, separator, value = line.partition(":")
            if separator:
                every.setdefault(key, []).append(value)
        self._repeated = {key: values for key, values in every.items() if len(values) > 1}
        return {key: values[0] for key, values in every.items()}


class AmiDecoder:
    """Bytes of one connection in, messages out; the result does not depend on how the bytes were cut."""

    def __init__(
        self,
        *,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
        max_line_bytes: int = MAX_LINE_BYTES,
        max_headers: int = MAX_HEADERS,
    ) -> None:
        self.banner: str | None = None
        """The greeting line, once it arrived, e.g. ``Asterisk Call Manager/11.0.0``."""
        self.fault: RemoteProtocolError | None = None
        """What broke the stream. `receive` still returns the messages before the fault, then raises it."""
        self._buffer = bytearray()
        self._max_message_bytes = max_message_bytes
        self._max_line_bytes = max_line_bytes
        self._max_headers = max_headers

    def receive(self, data: bytes) -> list[AmiMessage]:
        """The messages completed by `data`. Raises `RemoteProtocolError`, and again on every later call."""
        if self.fault is not None:
            raise self.fault
        messages: list[AmiMessage] = []
        try:
            self._receive(data, messages)
        except RemoteProtocolError as fault:
            self.fault = fault
            self._buffer.clear()
            if not messages:
                raise
        return messages

    def _receive(self, data: bytes, messages: list[AmiMessage]) -> None:
        buffer = self._buffer
        searched = max(0, len(buffer) - 3)  # a terminator may straddle the cut
        buffer += data
        if self.banner is None:
            if not self._take_banner():
                return
            searched = 0
        if buffer.find(b"\r\n\r\n", searched) >= 0:
            frames = bytes(buffer).split(b"\r\n\r\n")
            self._buffer = bytearray(frames.pop())
            for frame in frames:
                if frame.startswith(b"\r\n"):
                    frame = frame.lstrip(b"\r\n")
                if frame:
                    messages.append(self._message(frame))
        if len(self._buffer) > self._max_message_bytes + 3:
            raise RemoteProtocolError(f"message longer than {self._max_message_bytes} bytes")

    def _take_banner(self) -> bool:
        buffer = self._buffer
        end = buffer.find(b"\r\n", 0, MAX_BANNER_BYTES + 2)
        line = bytes(buffer[: end if end >= 0 else len(buffer)])
        if not (line.startswith(_BANNER) or (end < 0 and _BANNER.startswith(line))):
            raise RemoteProtocolError("this is not an Asterisk Manager Interface; check its address and port")
        if end < 0:
            if len(buffer) > MAX_BANNER_BYTES + 1:
                raise RemoteProtocolError(f"greeting longer than {MAX_BANNER_BYTES} bytes")
            return False
        self.banner = line.decode("utf-8", "replace")
        del buffer[: end + 2]
        return True

    def _message(self, frame: bytes) -> AmiMessage:
        size = len(frame)
        if size > self._max_message_bytes:
            raise RemoteProtocolError(f"message longer than {self._max_message_bytes} bytes")
        if size > self._max_line_bytes and max(map(len, frame.split(b"\r\n"))) > self._max_line_bytes:
            raise RemoteProtocolError(f"line longer than {self._max_line_bytes} bytes")
        if frame.count(b"\r\n") >= self._max_headers:
            raise RemoteProtocolError(f"message with more than {self._max_headers} headers")
        end = frame.find(b"\r\n")
        if end < 0:
            end = size
        if frame.startswith(b"Event: "):
            return AmiMessage("event", frame[7:end].decode("utf-8", "replace"), frame)
        if frame.startswith(b"Response: "):
            return AmiMessage("response", frame[10:end].decode("utf-8", "replace"), frame)
        raise RemoteProtocolError("message that is neither an event nor a response")


def encode_action(name: str, fields: Sequence[tuple[str, str]], action_id: str) -> bytes:
    """One action ready to send. `LocalProtocolError` for anything that could become another header or action."""
    if len(fields) + 2 > MAX_ACTION_HEADERS:
        raise LocalProtocolError(f"action {name!r} has more than {MAX_ACTION_HEADERS} headers")
    for key, _ in fields:
        if _KEY.fullmatch(key) is None:
            raise LocalProtocolError(f"header name {key!r} is not letters, digits, '-' and '_'")
        if key.lower() in ("action", "actionid"):
            raise LocalProtocolError(f"the header {key} is set by the codec")
    lines = [_line(key, value) for key, value in (("Action", name), ("ActionID", action_id), *fields)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _line(key: str, value: str) -> bytes:
    if _FORBIDDEN.search(value) is not None:
        raise LocalProtocolError(f"value of {key} holds a line break or NUL")
    try:
        line = f"{key}: {value}".encode()
    except UnicodeEncodeError:
        raise LocalProtocolError(f"value of {key} is not encodable text") from None
    if len(line) > MAX_ACTION_LINE_BYTES:
        raise LocalProtocolError(f"value of {key} makes a line longer than {MAX_ACTION_LINE_BYTES} bytes")
    return line
