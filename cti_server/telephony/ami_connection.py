"""One AMI connection: actions matched to answers by ActionID, lists collected, events handed on."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from typing_extensions import override

from cti_server.telephony.ami_codec import AmiDecoder, AmiMessage, RemoteProtocolError, encode_action
from cti_server.telephony.ami_snapshot import AmiRefused

__all__ = ["AmiConnection", "AmiTimeout", "AmiUnavailable"]

logger = logging.getLogger(__name__)

MAX_UNSENT_BYTES: Final = 1024 * 1024
MAX_UNANSWERED: Final = 10_000
T = TypeVar("T")
_GOOD: Final = frozenset({"Success", "Goodbye", "Follows"})


class AmiUnavailable(Exception):
    """There is no usable connection to Asterisk; the action may or may not have been carried out if it was sent."""


class AmiTimeout(AmiUnavailable):
    """Asterisk did not answer in time; the action may have been carried out."""


class _Rows:
    """A list being collected: rows until the event that completes it."""

    def __init__(self, action: str, done: asyncio.Future[tuple[AmiMessage, ...]]) -> None:
        self.action = action
        self.done = done
        self.rows: list[AmiMessage] = []

    def add(self, event: AmiMessage) -> None:
        ending = event.get("EventList")
        if self.done.done():
            return
        if ending == "Cancelled":
            self.done.set_exception(AmiRefused(self.action, "the list was cancelled"))
        elif ending == "Complete" or event.name.endswith("Complete"):
            self.done.set_result(tuple(self.rows))
        else:
            self.rows.append(event)


class AmiConnection(asyncio.Protocol):
    """From connect to loss, never reused. `on_event` gets every event that belongs to no list."""

    def __init__(self, on_event: Callable[[AmiMessage], None], default_timeout: float) -> None:
        loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[str] = loop.create_future()
        """Done, with the reason, when the connection is of no more use."""
        self.greeted: asyncio.Future[None] = loop.create_future()
        self._on_event = on_event
        self._default_timeout = default_timeout
        self._decoder = AmiDecoder()
        self._transport: asyncio.Transport | None = None
        self._answers: dict[str, tuple[str, asyncio.Future[AmiMessage]]] = {}
        self._lists: dict[str, _Rows] = {}
        self._sent = 0

    async def login(self, username: str, secret: str) -> None:
        """MD5 challenge, so that the secret itself never travels. Raises `AmiRefused`."""
        challenge = (await self.action("Challenge", [("AuthType", "MD5")])).require("Challenge")
        key = hashlib.md5((challenge + secret).encode(), usedforsecurity=False).hexdigest()
        fields = [("AuthType", "MD5"), ("Username", username), ("Key", key), ("Events", "on")]
        await self.action("Login", fields)

    async def action(
        self, name: str, fields: Sequence[tuple[str, str]] = (), timeout: float | None = None
    ) -> AmiMessage:
        """Send one action and await its answer. Raises `AmiRefused`, `AmiTimeout`, `AmiUnavailable`."""
        return await self._ask(name, fields, timeout, None)

    async def list(
        self, name: str, fields: Sequence[tuple[str, str]] = (), timeout: float | None = None
    ) -> tuple[AmiMessage, ...]:
        """Send one list action and await all its rows, without the event that completes them."""
        done: asyncio.Future[tuple[AmiMessage, ...]] = asyncio.get_running_loop().create_future()
        await self._ask(name, fields, timeout, _Rows(name, done))
        return done.result()

    async def _ask(
        self, name: str, fields: Sequence[tuple[str, str]], timeout: float | None, rows: _Rows | None
    ) -> AmiMessage:
        transport = self._writable()
        self._sent += 1
        action_id = f"cti-{self._sent}"
        data = encode_action(name, fields, action_id)
        answer: asyncio.Future[AmiMessage] = asyncio.get_running_loop().create_future()
        self._answers[action_id] = (name, answer)
        if rows is not None:
            self._lists[action_id] = rows
        seconds = self._default_timeout if timeout is None else timeout
        try:
            async with asyncio.timeout(seconds):
                transport.write(data)
                response = await answer
                if rows is not None:
                    await rows.done
                return response
        except TimeoutError:
            raise AmiTimeout(f"Asterisk did not answer {name} within {seconds:g} s") from None
        finally:
            self._answers.pop(action_id, None)
            self._lists.pop(action_id, None)

    def _writable(self) -> asyncio.Transport:
        if self._transport is None or self.lost.done():
            raise AmiUnavailable("not connected to Asterisk")
        if self._transport.get_write_buffer_size() > MAX_UNSENT_BYTES or len(self._answers) >= MAX_UNANSWERED:
            raise AmiUnavailable("Asterisk does not keep up with the actions sent to it")
        return self._transport

    def close(self, reason: str) -> None:
        """Stop using the connection; everything unanswered fails with `AmiUnavailable`."""
        if self._transport is not None:
            self._transport.abort()
        self._lose(reason)

    def _lose(self, reason: str) -> None:
        if self.lost.done():
            return
        self.lost.set_result(reason)
        for _, answer in self._answers.values():
            _fail(answer, reason)
        for rows in self._lists.values():
            _fail(rows.done, reason)
        _fail(self.greeted, reason)

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"AMI needs a stream transport, not {transport!r}")
        self._transport = transport

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._lose("Asterisk closed the connection" if exc is None else f"connection lost: {exc}")

    @override
    def data_received(self, data: bytes) -> None:
        try:
            messages = self._decoder.receive(data)
        except RemoteProtocolError as fault:
            self.close(str(fault))
            return
        if self._decoder.banner is not None and not self.greeted.done():
            self.greeted.set_result(None)
        try:
            for message in messages:
                if self.lost.done():
                    return
                self._take(message)
        except RemoteProtocolError as fault:
            self.close(str(fault))
        if self._decoder.fault is not None:
            self.close(str(self._decoder.fault))

    def _take(self, message: AmiMessage) -> None:
        if message.kind == "response":
            self._answer(message)
            return
        rows = self._lists.get(message.get("ActionID")) if self._lists else None
        if rows is not None:
            rows.add(message)
        else:
            self._on_event(message)

    def _answer(self, response: AmiMessage) -> None:
        name, future = self._answers.get(response.get("ActionID"), ("", None))
        if future is None or future.done():
            logger.debug("answer to no open action", extra={"response": response.name})
        elif response.name in _GOOD:
            future.set_result(response)
        else:
            future.set_exception(AmiRefused(name, response.get("Message").strip() or response.name))


def _fail(future: asyncio.Future[T], reason: str) -> None:
    if not future.done():
        future.set_exception(AmiUnavailable(reason))
        future.exception()  # perhaps nobody waits for it any more, and that is no fault
