"""A caller in signalling only: what a phone company's switch can send us, good or bad, many at a time.

Speaks RFC 3261 as far as one call needs it, and presses keys as RFC 4733 events.
"""

import asyncio
import re
import struct
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from typing_extensions import override

_TELEPHONE_EVENT = 101
_SILENCE = b"\xff" * 160


class _Socket(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.received: asyncio.Queue[str] = asyncio.Queue()

    @override
    def datagram_received(self, data: bytes, address: tuple[str | int, int]) -> None:
        self.received.put_nowait(data.decode(errors="replace"))


class SipCaller:
    """One call to `server` (host:port). `ended` is set once the other side has hung up."""

    def __init__(
        self, server: str, sip: asyncio.DatagramTransport, inbox: _Socket, rtp: asyncio.DatagramTransport
    ) -> None:
        host, _, port = server.partition(":")
        self._server = (host, int(port))
        self._sip, self._inbox, self._rtp = sip, inbox, rtp
        self._own = f"127.0.0.1:{sip.get_extra_info('sockname')[1]}"
        self._media: tuple[str, int] | None = None
        self._serving: asyncio.Task[None] | None = None
        self._target = self._from = self._to = ""
        self._packets, self._samples = 0, 0
        self.call_id = uuid.uuid4().hex
        self.ended = asyncio.Event()

    async def dial(self, dialled: str, sender: str, headers: str = "") -> int:
        """INVITE from `sender` (the From value as it goes onto the wire, without a tag); the final status code."""
        self._target = f"sip:{dialled}@{self._server[0]}:{self._server[1]}"
        self._from, self._to = f"{sender};tag={self.call_id[:8]}", f"<{self._target}>"
        port = self._rtp.get_extra_info("sockname")[1]
        body = (
            f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0 {_TELEPHONE_EVENT}\r\na=rtpmap:0 PCMU/8000\r\n"
            f"a=rtpmap:{_TELEPHONE_EVENT} telephone-event/8000\r\na=fmtp:{_TELEPHONE_EVENT} 0-15\r\n"
        )
        self._send("INVITE", 1, f"{headers}Content-Type: application/sdp\r\n", body)
        async with asyncio.timeout(15):
            while True:
                answer = await self._inbox.received.get()
                status = re.match(r"SIP/2.0 (\d{3})", answer)
                if status and int(status[1]) >= 200:
                    break
        self._to = _header(answer, "To")
        self._send("ACK", 1)
        if status[1] == "200":
            media = re.search(r"(?m)^m=audio (\d+)", answer)
            assert media is not None
            self._media = ("127.0.0.1", int(media[1]))
            self._serving = asyncio.create_task(self._serve())
        return int(status[1])

    def press(self, key: str) -> None:
        """One key, 160 ms long: three packets while it is down, three that it is up (RFC 4733 §2.5.1.4)."""
        event = "0123456789*#".index(key)
        self._rtp_packet(0, _SILENCE, marker=False)
        start = self._samples
        for number in range(6):
            up = number >= 3
            payload = struct.pack("!BBH", event, (0x80 if up else 0) | 10, min(number + 1, 4) * 320)
            self._rtp_packet(_TELEPHONE_EVENT, payload, marker=number == 0, at=start)
        self._samples += 1280

    def hang_up(self) -> None:
        """BYE."""
        self._send("BYE", 2)

    async def close(self) -> None:
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.gather(self._serving, return_exceptions=True)
        if self._media is not None and not self.ended.is_set():
            self.hang_up()
        self._sip.close()
        self._rtp.close()

    async def _serve(self) -> None:
        """Answer what comes within the call; a repeated answer to the INVITE is acknowledged again."""
        while True:
            message = await self._inbox.received.get()
            if message.startswith("SIP/2.0"):
                if "1 INVITE" in _header(message, "CSeq"):
                    self._send("ACK", 1)
                continue
            kept = re.findall(r"(?im)^(?:Via|From|To|Call-ID|CSeq):.*$", message)
            lines = "\r\n".join(line.strip() for line in kept)
            self._write(f"SIP/2.0 200 OK\r\n{lines}\r\nContent-Length: 0\r\n\r\n")
            if message.startswith("BYE"):
                self.ended.set()

    def _send(self, method: str, sequence: int, headers: str = "", body: str = "") -> None:
        self._write(
            f"{method} {self._target} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self._own};branch=z9hG4bK{uuid.uuid4().hex};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: {self._from}\r\nTo: {self._to}\r\nCall-ID: {self.call_id}\r\n"
            f"CSeq: {sequence} {method}\r\nContact: <sip:caller@{self._own}>\r\n{headers}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def _write(self, text: str) -> None:
        self._sip.sendto(text.encode("utf-8", "surrogateescape"), self._server)

    def _rtp_packet(self, kind: int, payload: bytes, *, marker: bool, at: int | None = None) -> None:
        if self._media is None:
            return
        self._packets += 1
        stamp = self._samples if at is None else at
        head = struct.pack("!BBHII", 0x80, (0x80 if marker else 0) | kind, self._packets, stamp, 0x0C0FFEE0)
        self._rtp.sendto(head + payload, self._media)
        if at is None:
            self._samples += 160


@asynccontextmanager
async def sip_caller(server: str) -> AsyncIterator[SipCaller]:
    """A caller of `server` (host:port); a call that is still up is ended at the end."""
    loop = asyncio.get_running_loop()
    sip, inbox = await loop.create_datagram_endpoint(_Socket, local_addr=("127.0.0.1", 0))
    rtp, _ = await loop.create_datagram_endpoint(_Socket, local_addr=("127.0.0.1", 0))
    made = SipCaller(server, sip, inbox, rtp)
    try:
        yield made
    finally:
        await made.close()


def _header(message: str, name: str) -> str:
    found = re.search(rf"(?im)^{name}:\s*(.*?)\r?$", message)
    return found[1] if found else ""
