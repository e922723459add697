"""pyst2's AGI on asyncio: its blocking calls run in a greenlet that steps aside whenever the wire has to be awaited.

Scripts written for pyst2 (``def script(agi): agi.answer(); …``) run unchanged with `AgiSession.call` and `run`,
hundreds at a time on one event loop. They must not block it otherwise (no ``time.sleep``, no blocking database).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import greenlet
from asterisk.agi import (
    AGI,
    AGIAppError,
    AGIDBError,
    AGIError,
    AGIHangup,
    AGIInvalidCommand,
    AGIResultHangup,
    AGIUnknownError,
    AGIUsageError,
)
from typing_extensions import override

from cti_server.telephony.agi_wire import AgiReply, AgiWire, AgiWireError, UnsafeAgiCommand

__all__ = [
    "AGIAppError",
    "AGIError",
    "AGIHangup",
    "AgiWireError",
    "AsyncAgi",
    "BorrowedAgi",
    "UnsafeAgiCommand",
    "spawn",
]

T = TypeVar("T")
Result = dict[str, tuple[str, str]]

MAX_CALLS_AFTER_HANGUP: Final = 50
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_NEEDS_QUOTES: Final = re.compile(r'[\s"\\]')
_RESULT: Final = re.compile(r"result=(\S*)(?: \((.*)\))?(?: endpos=(-?\d+))?\s*", re.DOTALL)


class _Quoted(str):
    """An argument that is one AGI token already."""

    __slots__ = ()


class _Abandon(BaseException):
    """The script goes on calling after the hang-up and never ends by itself."""


class _Script(greenlet.greenlet):
    """The greenlet of one script; its parent is the one that runs the event loop."""


async def spawn(function: Callable[[], T]) -> T:
    """Run blocking-style `function`, which may use `wait_for`, and return what it returns."""
    outcome: list[T] = []
    script = _Script(lambda: outcome.append(function()))
    script.gr_context = greenlet.getcurrent().gr_context  # the same context variables on both sides
    asked: object = script.switch()
    while not script.dead:
        if isinstance(asked, _Abandon):
            raise AGIHangup("the script was left: it does not end after the hang-up")
        if not isinstance(asked, Awaitable):
            raise TypeError(f"a script handed over {type(asked).__name__}, which cannot be awaited")
        try:
            answer = await asked
        except BaseException as error:
            asked = script.throw(error)
        else:
            asked = script.switch(answer)
    return outcome[0]


def wait_for(awaitable: Awaitable[T]) -> T:
    """Await from within a script run by `spawn`."""
    current = greenlet.getcurrent()
    if not isinstance(current, _Script) or current.parent is None:
        raise RuntimeError("AsyncAgi can be used only within AgiSession.call or run")
    answer: T = current.parent.switch(awaitable)
    return answer


class AsyncAgi(AGI):  # type: ignore[misc]  # pyst2 ships no types
    """pyst2's `AGI` over an `AgiWire`: no signal handler, no copy of the talk on stderr, no injection.

    HANGUP, end of stream and 511 raise `AGIHangup`; text with CR, LF or NUL raises `UnsafeAgiCommand`.
    """

    def __init__(self, wire: AgiWire) -> None:  # not AGI.__init__: it takes over SIGHUP and writes to stderr
        self.env = wire.env
        self._wire = wire
        self._got_sighup = False
        self._calls_after_hangup = 0
        self.left = False
        """Nobody waits for this script any more: it gets no command through."""

    @override
    def _quote(self, string: object) -> str:
        text = str(string).replace("\\", "\\\\").replace('"', '\\"')
        return _Quoted(f'"{text}"')

    @override
    def execute(self, command: str, *args: object) -> Result:
        """Carry out one AGI command; `{"result": (value, data), "endpos": (position, "")}`.

        Raises pyst2's exceptions; `AGIHangup` in every case where the channel is gone.
        """
        line = " ".join([command.strip(), *(self._token(arg) for arg in args)]).rstrip(" ")
        try:
            return self._result(self._request(line), line)
        except AGIHangup:
            raise
        except AGIAppError:
            # -1 means failure or hang-up. After a hang-up Asterisk says HANGUP before it reads the next command.
            self._request("NOOP")
            raise

    def _request(self, line: str) -> AgiReply:
        if self.left or self._wire.gone.done():
            self._calls_after_hangup += 1
            parent = greenlet.getcurrent().parent
            if self._calls_after_hangup > MAX_CALLS_AFTER_HANGUP and parent is not None:
                # `while True: try: … except: pass` would hold the event loop for ever.
                parent.switch(_Abandon())
            raise AGIHangup(self._wire.gone.result() if self._wire.gone.done() else "left")
        return wait_for(self._wire.request(line))

    def _token(self, arg: object) -> str:
        # pyst2 leaves file names and the like unquoted: a blank in one would start another argument.
        if isinstance(arg, _Quoted):
            return arg
        text = str(arg)
        if _NEEDS_QUOTES.search(text) is None or _TOKEN.fullmatch(text) is not None:
            return text
        return self._quote(text)

    def _result(self, reply: AgiReply, line: str) -> Result:
        if reply.code == 510:
            raise AGIInvalidCommand(reply.text)
        if reply.code == 511:
            raise AGIHangup(reply.text)  # not AGIResultHangup: pyst2's get_variable makes that a value
        if reply.code == 520:
            raise AGIUsageError(reply.text)
        match = _RESULT.fullmatch(reply.text)
        if reply.code != 200 or match is None:
            raise AGIUnknownError(reply.code, "Unhandled code or undefined response")
        value, data, position = match.groups("")
        if value == "-1":
            if data == "hangup":
                raise AGIResultHangup("User hungup during execution")
            raise AGIAppError(f"{line.partition(' ')[0]}: error executing application, or hangup")
        return {"result": (value, data), "endpos": (position, "")}

    @override
    def send_command(self, command: str, *args: object) -> None:
        raise NotImplementedError("AsyncAgi sends and receives in one step; call execute()")

    @override
    def get_result(self, stdin: object = None) -> Result:
        raise NotImplementedError("AsyncAgi sends and receives in one step; call execute()")

    @override
    def database_get(self, family: str, key: str) -> str:  # pyst2 quotes twice and prints the key in its error
        value, data = self.execute("DATABASE GET", self._quote(family), self._quote(key))["result"]
        if value != "1":
            raise AGIDBError("Key not found in database")
        return data


class BorrowedAgi(AsyncAgi):
    """For one script among others on the same call: cancelled once, it is `left`, whatever the script catches."""

    @override
    def _request(self, line: str) -> AgiReply:
        try:
            return super()._request(line)
        except asyncio.CancelledError:
            self.left = True
            raise
