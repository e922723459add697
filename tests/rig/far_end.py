"""The far side of the trunk for going out: people who are rung, and a count of how often.

Speaks RFC 3261 as far as being called needs it, and a steady tone as G.711 to whoever it talks with.
"""

import asyncio
import contextlib
import hashlib
import math
import re
import uuid
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from typing import Literal

from typing_extensions import override

from tests.rig.ports import free_ports

Manner = Literal["answer", "ring", "busy", "refuse"]
"""What somebody does who is rung; `ring`: until `pick_up`."""

_FINAL = {"busy": "486 Busy Here", "refuse": "603 Decline"}
_FRAME = 160


_CHALLENGES = {
    401: ("401 Unauthorized", "WWW-Authenticate", "Authorization"),
    407: ("407 Proxy Authentication Required", "Proxy-Authenticate", "Proxy-Authorization"),
}
_REALM = "far.example"


@dataclass
class Rung:
    """One INVITE, however often it was sent. `heard` is the G.711 μ-law this side got."""

    number: str
    call_id: str
    request: str
    address: tuple[str, int]
    tag: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    state: str = "ringing"
    """ringing · up · over."""
    heard: bytearray = field(default_factory=bytearray)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    rtp: asyncio.DatagramTransport | None = None
    speaking: asyncio.Task[None] | None = None


class FarEnd(asyncio.DatagramProtocol):
    """Everybody outside. `manner` is what they do when they are rung; `rung` every call so far, in order.

    With an `account` (user, secret) calls have to prove it, as RFC 3261 §22 says; `challenge` is the status that asks.
    """

    def __init__(self, port: int, tone: float) -> None:
        self.port = port
        self.manner: Manner = "answer"
        self.rung: list[Rung] = []
        self.account: tuple[str, str] | None = None
        self.challenge: Literal[401, 407] = 401
        self._tone = _ulaw_tone(tone)
        self.transport: asyncio.DatagramTransport | None = None
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def count(self, number: str) -> int:
        """How often `number` (as it was dialled) was rung."""
        return sum(one.number == number for one in self.rung)

    async def rings(self, times: int, seconds: float = 20.0) -> Rung:
        """Wait until so many calls have come altogether; the last of them."""
        async with asyncio.timeout(seconds):
            while len(self.rung) < times:
                self._news.clear()
                await self._news.wait()
        return self.rung[times - 1]

    def pick_up(self, call: Rung) -> None:
        self._start(self._answer(call))

    def hang_up(self, call: Rung) -> None:
        """BYE from this side."""
        target = re.search(r"(?im)^Contact:\s*<([^>]+)>", call.request)
        assert target is not None
        sender, receiver = _header(call.request, "To") + f";tag={call.tag}", _header(call.request, "From")
        self._send(
            f"BYE {target[1]} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{uuid.uuid4().hex}\r\n"
            f"Max-Forwards: 70\r\nFrom: {sender}\r\nTo: {receiver}\r\nCall-ID: {call.call_id}\r\nCSeq: 1 BYE\r\n"
            "Content-Length: 0\r\n\r\n",
            call.address,
        )
        self._end(call)

    # -- the wire ------------------------------------------------------------------------------------------------

    @override
    def datagram_received(self, data: bytes, address: tuple[str | int, int]) -> None:
        text, where = data.decode(errors="replace"), (str(address[0]), address[1])
        method = text.partition(" ")[0]
        call = next((one for one in self.rung if one.call_id == _header(text, "Call-ID")), None)
        if method == "INVITE" and call is None:
            if self._is_proved(text):
                self._invited(text, where)
            else:
                self._ask_for_proof(text, where)
        elif method == "CANCEL" and call is not None:
            self._reply(text, "200 OK", where, call.tag)
            if call.state == "ringing":
                self._reply(call.request, "487 Request Terminated", where, call.tag)
                self._end(call)
        elif method == "BYE":
            self._reply(text, "200 OK", where)
            if call is not None:
                self._end(call)
        elif method == "OPTIONS":
            self._reply(text, "200 OK", where)

    def _is_proved(self, text: str) -> bool:
        """Whether the digest (RFC 7616, MD5 with qop=auth) is that of the account."""
        if self.account is None:
            return True
        given = dict(re.findall(r'(\w+)="?([^",]*)"?', _header(text, _CHALLENGES[self.challenge][2])))
        user, secret = self.account
        one, two = _md5(f"{user}:{_REALM}:{secret}"), _md5(f"INVITE:{given.get('uri')}")
        proof = ":".join((one, *(given.get(part, "") for part in ("nonce", "nc", "cnonce", "qop")), two))
        return given.get("username") == user and given.get("response") == _md5(proof)

    def _ask_for_proof(self, text: str, where: tuple[str, int]) -> None:
        status, field_, _ = _CHALLENGES[self.challenge]
        asked = f'{field_}: Digest realm="{_REALM}", nonce="{uuid.uuid4().hex}", qop="auth", algorithm=MD5'
        self._reply(text, status, where, uuid.uuid4().hex[:8], more=asked)

    def _invited(self, text: str, where: tuple[str, int]) -> None:
        number = re.match(r"INVITE sip:([^@]+)@", text)
        assert number is not None
        call = Rung(number[1], _header(text, "Call-ID"), text, where)
        self.rung.append(call)
        self._news.set()
        self._reply(text, "180 Ringing", where, call.tag)
        if self.manner in _FINAL:
            self._reply(text, _FINAL[self.manner], where, call.tag)
            self._end(call)
        elif self.manner == "answer":
            self.pick_up(call)

    async def _answer(self, call: Rung) -> None:
        media = re.search(r"(?m)^m=audio (\d+)", call.request)
        assert media is not None
        loop = asyncio.get_running_loop()
        call.rtp, _ = await loop.create_datagram_endpoint(lambda: _Ear(call.heard), local_addr=("127.0.0.1", 0))
        port = call.rtp.get_extra_info("sockname")[1]
        body = (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
        )
        call.state = "up"
        self._reply(call.request, "200 OK", call.address, call.tag, body)
        call.speaking = asyncio.create_task(self._speak(call, int(media[1])))

    async def _speak(self, call: Rung, port: int) -> None:
        assert call.rtp is not None
        loop, began, packet = asyncio.get_running_loop(), asyncio.get_running_loop().time(), 0
        while True:
            start = packet * _FRAME % len(self._tone)
            head = bytes((0x80, 0)) + (packet % 65536).to_bytes(2, "big") + (packet * _FRAME).to_bytes(4, "big")
            call.rtp.sendto(head + b"\x0c\x0f\xfe\xe1" + self._tone[start : start + _FRAME], ("127.0.0.1", port))
            packet += 1
            await asyncio.sleep(max(0.0, began + packet * 0.02 - loop.time()))

    def _end(self, call: Rung) -> None:
        call.state = "over"
        call.over.set()
        if call.speaking is not None:
            call.speaking.cancel()
        if call.rtp is not None:
            call.rtp.close()

    def _reply(
        self, request: str, status: str, where: tuple[str, int], tag: str = "", body: str = "", more: str = ""
    ) -> None:
        lines = re.findall(r"(?im)^(?:Via|From|To|Call-ID|CSeq|Record-Route):.*$", request)
        kept = [line.strip() + (f";tag={tag}" if tag and line.lower().startswith("to:") else "") for line in lines]
        kept.append(f"Contact: <sip:far@127.0.0.1:{self.port}>")
        if body:
            kept.append("Content-Type: application/sdp")
        if more:
            kept.append(more)
        head = "\r\n".join(kept)
        self._send(f"SIP/2.0 {status}\r\n{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}", where)

    def _send(self, text: str, where: tuple[str, int]) -> None:
        assert self.transport is not None
        self.transport.sendto(text.encode(), where)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        for call in self.rung:
            self._end(call)
        if self.transport is not None:
            self.transport.close()


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, heard: bytearray) -> None:
        self._heard = heard

    @override
    def datagram_received(self, data: bytes, address: tuple[str | int, int]) -> None:
        if data[1] & 0x7F == 0:
            self._heard += data[12:]


@contextlib.asynccontextmanager
async def far_end(tone: float = 520.0) -> AsyncIterator[FarEnd]:
    """People outside, at a port of their own on loopback."""
    [port] = free_ports(1)
    made = FarEnd(port, tone)
    loop = asyncio.get_running_loop()
    made.transport, _ = await loop.create_datagram_endpoint(lambda: made, local_addr=("127.0.0.1", port))
    try:
        yield made
    finally:
        made.close()


def hears(call: Rung, hertz: float) -> float:
    """How loud `hertz` was in the last half second this side heard, 0 to 32767."""
    samples = [_linear(byte) for byte in call.heard[-4000:]]
    if len(samples) < 4000:
        return 0.0
    angle = 2 * math.pi * hertz / 8000
    real = sum(v * math.cos(angle * n) for n, v in enumerate(samples))
    imaginary = sum(v * math.sin(angle * n) for n, v in enumerate(samples))
    return 2 * math.hypot(real, imaginary) / len(samples)


def _ulaw_tone(hertz: float) -> bytes:
    return bytes(_ulaw(int(10000 * math.sin(2 * math.pi * hertz * n / 8000))) for n in range(8000))


def _ulaw(sample: int) -> int:
    """ITU-T G.711."""
    sign, level = (0x80, -sample) if sample < 0 else (0, sample)
    level = min(level, 32635) + 132
    exponent = max(0, level.bit_length() - 8)
    return ~(sign | exponent << 4 | level >> (exponent + 3) & 0x0F) & 0xFF


def _linear(byte: int) -> int:
    byte = ~byte & 0xFF
    level = (((byte & 0x0F) << 3) + 132 << (byte >> 4 & 7)) - 132
    return -level if byte & 0x80 else level


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _header(message: str, name: str) -> str:
    found = re.search(rf"(?im)^{name}:\s*(.*?)\r?$", message)
    return found[1] if found else ""
