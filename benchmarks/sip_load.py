"""Callers and agents' phones by the hundred, in one asyncio process: as much SIP (RFC 3261) as the benchmarks need.

Callers speak over one UDP socket, as a trunk does; agents' phones register and are called over another. Of audio each
caller sends one packet (Asterisk waits half a second for it when it answers); what Asterisk sends goes to a socket
nobody reads.
"""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Self

from typing_extensions import override

from benchmarks.sip_wire import Message, answer, authorize

_RESEND = (0.5, 1.0, 2.0, 4.0)
"""Seconds until each repetition, RFC 3261 timer A from T1 = 500 ms."""
_BUFFER = 4 * 2**20
_RTP = b"\x80\x08\0\1\0\0\0\0\0\0\0\1" + b"\xd5" * 160
"""20 ms of silence in A-law (RFC 3550, RFC 3551)."""


@dataclass(slots=True)
class Call:
    """One caller's call; times are `monotonic()` seconds, 0.0 for what has not happened."""

    number: str
    sent_at: float
    talked_at: float = 0.0
    """The agent's phone had picked up and Asterisk acknowledged it."""
    ended_at: float = 0.0
    failure: str = ""
    agent: str = ""


@dataclass(slots=True)
class Phone:
    """An agent's phone. `freed_at`: when he hung up last, 0.0 once he was rung again."""

    name: str
    freed_at: float = 0.0
    dialog: _Dialog | None = None


@dataclass(slots=True)
class _Dialog:
    call_id: str
    local: str
    remote: str
    target: str
    sequence: int = 1
    answer: bytes = b""
    talking: bool = False
    caller: str = ""


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, receive: Callable[[Message], None]) -> None:
        self._receive = receive

    @override
    def datagram_received(self, data: bytes, addr: tuple[str | int, int]) -> None:
        if data.strip():  # keep-alives are not
            self._receive(Message.parse(data))


@dataclass(slots=True)
class Measured:
    """What was seen at the phones; seconds."""

    calls: list[Call] = field(default_factory=list)
    freed_to_ringing: list[float] = field(default_factory=list)
    invite_to_ringing: list[float] = field(default_factory=list)
    """From the caller's INVITE to the agent's."""

    def clear(self) -> None:
        for seen in (self.calls, self.freed_to_ringing, self.invite_to_ringing):
            seen.clear()

    @property
    def talked(self) -> int:
        return sum(1 for call in self.calls if call.talked_at)

    @property
    def failures(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for call in self.calls:
            if not call.talked_at:
                why = call.failure or "never reached an agent"
                found[why] = found.get(why, 0) + 1
        return found


class SipLoad:
    """`async with SipLoad(port, …) as load:` speaks to the Asterisk whose SIP port on loopback is `port`.

    An agent picks up `answer_after` seconds after his INVITE. The talk lasts `talk` seconds, then the caller hangs up,
    or the agent with `agent_ends`.
    """

    def __init__(self, port: int, *, talk: float = 1.5, answer_after: float = 0.05, agent_ends: bool = False) -> None:
        self.measured = Measured()
        self.port, self.talk, self.answer_after, self.agent_ends = port, talk, answer_after, agent_ends
        self.talk_over: Callable[[], None] | None = None
        """Called when an agent has hung up."""
        self._loop = asyncio.get_running_loop()
        self._transports: list[asyncio.DatagramTransport] = []
        self._ports: list[int] = []
        self._calls: dict[str, tuple[Call, _Dialog]] = {}
        self._by_number: dict[str, Call] = {}
        self._phones: dict[str, Phone] = {}
        self._legs: dict[str, Phone] = {}
        self._waiting: dict[str, asyncio.Future[Message]] = {}
        self._resends: dict[str, asyncio.TimerHandle] = {}
        self._sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._numbers = 0

    async def __aenter__(self) -> Self:
        self._sink.bind(("127.0.0.1", 0))
        ends = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for end, receive in zip(ends, (self._at_callers, self._at_phones), strict=True):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            end.bind(("127.0.0.1", 0))
            transport, _ = await self._loop.create_datagram_endpoint(partial(_Socket, receive), sock=end)
            self._transports.append(transport)
            self._ports.append(end.getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        for timer in self._resends.values():
            timer.cancel()
        for transport in self._transports:
            transport.close()
        self._sink.close()

    @property
    def live(self) -> int:
        """Calls under way."""
        return len(self._calls)

    # -- what a benchmark does ---------------------------------------------------------------------------------------

    async def register(self, name: str, password: str, patience: float = 20.0) -> None:
        """Register phone `name` for ten minutes. RuntimeError when it is refused for longer than `patience` seconds."""
        self._phones.setdefault(name, Phone(name))
        end = monotonic() + patience
        while (refusal := await self._ask_in(name, password)) is not None:
            if monotonic() > end:
                raise RuntimeError(f"phone {name} is not let in: {refusal}")
            await asyncio.sleep(0.25)  # a server that has just started may not have told Asterisk of it yet

    async def _ask_in(self, name: str, password: str) -> str | None:
        """What was said instead of 200."""
        authorization = ""
        for sequence in (1, 2):
            call_id = uuid.uuid4().hex
            self._waiting[call_id] = answered = self._loop.create_future()
            head = self._head("REGISTER", "sip:127.0.0.1", 1, name, f"<sip:{name}@cti>", call_id, sequence)
            self._send(1, f"{head}Expires: 600\r\n{authorization}Content-Length: 0\r\n\r\n")
            said = await asyncio.wait_for(answered, 10)
            if said.status != 401 or authorization:
                return None if said.status == 200 else said.start
            authorization = authorize(name, password, said.headers["www-authenticate"])
        return "challenged twice"

    def dial(self, dialled: str) -> Call:
        """One more caller."""
        self._numbers += 1
        number = f"138{self._numbers % 2000:08d}"
        call = Call(number, monotonic())
        self.measured.calls.append(call)
        call_id = uuid.uuid4().hex
        target = f"sip:{dialled}@127.0.0.1:{self.port}"
        tag = f"<sip:{number}@127.0.0.1:{self._ports[0]}>;tag={call_id[:8]}"
        self._calls[call_id] = (call, _Dialog(call_id, tag, f"<{target}>", target))
        self._by_number[number] = call
        head = self._head("INVITE", target, 0, number, f"<{target}>", call_id, 1)
        self._repeat(call_id, 0, head + self._description(self._audio_port(call_id)))
        return call

    def _audio_port(self, call_id: str) -> int:
        """Where the caller wants to hear."""
        return int(self._sink.getsockname()[1])

    def _answered(self, call_id: str, audio_port: int) -> None:
        """Asterisk has answered the caller and listens on `audio_port`."""
        self._sink.sendto(_RTP, ("127.0.0.1", audio_port))

    def begin(self) -> None:
        """Forget what was measured, and who hung up when."""
        self.measured.clear()
        for phone in self._phones.values():
            phone.freed_at = 0.0

    async def drained(self, seconds: float) -> None:
        """Until no call is under way, or the time is over."""
        end = monotonic() + seconds
        while self._calls and monotonic() < end:  # noqa: ASYNC110 (twenty looks a second cost less than an event a call)
            await asyncio.sleep(0.05)

    # -- callers -----------------------------------------------------------------------------------------------------

    def _at_callers(self, message: Message) -> None:
        found = self._calls.get(message.headers.get("call-id", ""))
        if message.status == 0:
            if message.method == "OPTIONS" or found is not None:
                self._send(0, answer(message, "200 OK"))
            else:  # a repetition of what was answered already
                self._send(0, answer(message, "481 Gone"))
            if found is not None and message.method == "BYE":
                self._over(message.headers["call-id"])
            return
        if found is None:
            return
        call, dialog = found
        if message.status >= 100:
            self._stop_repeating(dialog.call_id)
        if message.method == "INVITE" and message.status >= 200:
            if message.status == 200:
                dialog.remote, dialog.target = message.headers["to"], message.contact
                self._answered(dialog.call_id, message.audio_port)
            self._send(0, self._within("ACK", 0, call.number, dialog, message.headers["to"], 1))
            if message.status != 200:
                call.failure = message.start.partition(" ")[2]
                self._over(dialog.call_id)
        elif message.method == "BYE":
            self._over(dialog.call_id)

    def _hang_up(self, call_id: str) -> None:
        if call_id in self._calls:
            call, dialog = self._calls[call_id]
            self._repeat(call_id, 0, self._within("BYE", 0, call.number, dialog, dialog.remote, 2))

    def _over(self, call_id: str) -> None:
        self._stop_repeating(call_id)
        call, _ = self._calls.pop(call_id)
        call.ended_at = monotonic()
        if self._by_number.get(call.number) is call:
            del self._by_number[call.number]

    # -- agents ------------------------------------------------------------------------------------------------------

    def _at_phones(self, message: Message) -> None:
        now = monotonic()
        call_id = message.headers.get("call-id", "")
        if message.status:
            if waiting := self._waiting.pop(call_id, None):
                waiting.set_result(message)
            else:
                self._stop_repeating(call_id)
            return
        if message.method == "INVITE":
            self._rung(message, now)
        elif message.method == "ACK":
            self._acknowledged(call_id, now)
        elif message.method in ("BYE", "CANCEL"):
            self._send(1, answer(message, "200 OK"))
            self._leg_over(call_id)
        else:
            self._send(1, answer(message, "200 OK"))

    def _rung(self, message: Message, now: float) -> None:
        call_id = message.headers["call-id"]
        phone = self._phones[message.user]
        if call_id in self._legs:
            if phone.dialog is not None and phone.dialog.answer:
                self._send(1, phone.dialog.answer)
            return
        if phone.dialog is not None:
            self._send(1, answer(message, "486 Busy Here", uuid.uuid4().hex[:8]))
            return
        if phone.freed_at:
            self.measured.freed_to_ringing.append(now - phone.freed_at)
            phone.freed_at = 0.0
        caller = message.caller.removeprefix("86")
        if caller in self._by_number:
            self.measured.invite_to_ringing.append(now - self._by_number[caller].sent_at)
        tag = uuid.uuid4().hex[:8]
        local = f"{message.headers['to']};tag={tag}"
        phone.dialog = _Dialog(call_id, local, message.headers["from"], message.contact, caller=caller)
        self._legs[call_id] = phone
        contact = f"Contact: <sip:{phone.name}@127.0.0.1:{self._ports[1]}>\r\n"
        self._send(1, answer(message, "180 Ringing", tag, contact))
        heard_at = int(self._sink.getsockname()[1])
        phone.dialog.answer = answer(message, "200 OK", tag, contact + self._description(heard_at))
        self._loop.call_later(self.answer_after, self._pick_up, phone, phone.dialog)

    def _pick_up(self, phone: Phone, dialog: _Dialog) -> None:
        if phone.dialog is dialog:
            self._send(1, dialog.answer)

    def _acknowledged(self, call_id: str, now: float) -> None:
        phone = self._legs.get(call_id)
        dialog = phone.dialog if phone else None
        if phone is None or dialog is None or dialog.talking:
            return
        dialog.talking = True
        call = self._by_number.get(dialog.caller)
        if call is None:
            return
        call.talked_at, call.agent = now, phone.name
        if self.agent_ends:
            self._loop.call_later(self.talk, self._agent_hangs_up, phone, dialog)
        else:
            caller_id = next(id_ for id_, (other, _) in self._calls.items() if other is call)
            self._loop.call_later(self.talk, self._hang_up, caller_id)

    def _agent_hangs_up(self, phone: Phone, dialog: _Dialog) -> None:
        if phone.dialog is not dialog:
            return
        self._repeat(dialog.call_id, 1, self._within("BYE", 1, phone.name, dialog, dialog.remote, 1))
        phone.freed_at = monotonic()
        self._leg_over(dialog.call_id)
        if self.talk_over is not None:
            self.talk_over()

    def _leg_over(self, call_id: str) -> None:
        phone = self._legs.pop(call_id, None)
        if phone is not None:
            phone.dialog = None

    # -- the wire ----------------------------------------------------------------------------------------------------

    def _send(self, end: int, text: str | bytes) -> None:
        self._transports[end].sendto(text.encode() if isinstance(text, str) else text, ("127.0.0.1", self.port))

    def _repeat(self, call_id: str, end: int, text: str, tries: int = 0) -> None:
        self._send(end, text)
        if tries < len(_RESEND):
            self._resends[call_id] = self._loop.call_later(_RESEND[tries], self._repeat, call_id, end, text, tries + 1)
        elif call_id in self._calls:
            self._calls[call_id][0].failure = "no answer from Asterisk"
            self._over(call_id)

    def _stop_repeating(self, call_id: str) -> None:
        if timer := self._resends.pop(call_id, None):
            timer.cancel()

    def _head(self, method: str, target: str, end: int, user: str, to: str, call_id: str, sequence: int) -> str:
        own = f"127.0.0.1:{self._ports[end]}"
        sender = f"<sip:{user}@cti>" if method == "REGISTER" else f"<sip:{user}@{own}>"
        return (
            f"{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{uuid.uuid4().hex};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: {sender};tag={call_id[:8]}\r\nTo: {to}\r\nCall-ID: {call_id}\r\n"
            f"CSeq: {sequence} {method}\r\nContact: <sip:{user}@{own}>\r\n"
        )

    def _within(self, method: str, end: int, user: str, dialog: _Dialog, remote: str, sequence: int) -> str:
        """A request inside a dialog; `local` carries our tag."""
        own = f"127.0.0.1:{self._ports[end]}"
        return (
            f"{method} {dialog.target} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{uuid.uuid4().hex};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: {dialog.local}\r\nTo: {remote}\r\nCall-ID: {dialog.call_id}\r\n"
            f"CSeq: {sequence} {method}\r\nContact: <sip:{user}@{own}>\r\nContent-Length: 0\r\n\r\n"
        )

    def _description(self, port: int) -> str:
        """SDP (RFC 4566): A-law to `port`, keys as RFC 4733 events."""
        body = (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
            "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
        )
        return f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
