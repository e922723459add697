"""A browser's SIP over websocket (RFC 7118) by hand: registers, is called and calls, with a WebRTC description.

No media flows: what is proved is signalling. Calls with sound are proved with a real browser elsewhere.
"""

import asyncio
import hashlib
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 8 0\r\nc=IN IP4 127.0.0.1\r\na=rtcp-mux\r\na=mid:0\r\na=sendrecv\r\n"
    "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=setup:actpass\r\n"
    f"a=fingerprint:sha-256 {':'.join(['AB'] * 32)}\r\n"
    "a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
)


class WsPhone:
    """One websocket with one SIP user."""

    def __init__(self, socket: ClientConnection, user: str, password: str) -> None:
        self._socket, self._user, self._password = socket, user, password
        self._call_id = uuid.uuid4().hex

    async def register(self) -> int:
        """REGISTER with digest authentication; the final status code."""
        return await self._transaction("REGISTER", "sip:127.0.0.1", "")

    async def invite(self, number: str, headers: str = "") -> int:
        """INVITE `number`; the final status code."""
        return await self._transaction("INVITE", f"sip:{number}@127.0.0.1", _SDP, headers)

    async def incoming(self, timeout: float = 10.0) -> str:
        """Wait for an INVITE and decline it (486); returns the request."""
        async with asyncio.timeout(timeout):
            while True:
                request = await self._receive()
                if request.startswith("INVITE "):
                    kept = re.findall(r"(?im)^(?:Via|From|To|Call-ID|CSeq|Record-Route): .*$", request)
                    await self._socket.send(
                        "SIP/2.0 486 Busy Here\r\n" + "\r\n".join(line.strip() for line in kept)
                        + "\r\nContent-Length: 0\r\n\r\n"
                    )  # fmt: skip
                    return request

    async def _transaction(self, method: str, target: str, body: str, headers: str = "") -> int:
        authorization = ""
        for sequence in (1, 2):
            await self._send(method, target, body, sequence, headers + authorization)
            while True:
                answer = await asyncio.wait_for(self._receive(), 10)
                status = re.match(r"SIP/2.0 (\d{3})", answer)
                if status and int(status[1]) >= 200 and f"CSeq: {sequence} {method}" in answer:
                    break
            if status[1] != "401" or sequence == 2:
                return int(status[1])
            authorization = self._authorize(method, target, answer)
        raise AssertionError("unreachable")

    def _authorize(self, method: str, target: str, challenge: str) -> str:
        asked = dict(re.findall(r'(\w+)="?([^",\s]+)"?', challenge.split("WWW-Authenticate: Digest ", 1)[1]))
        first = _md5(f"{self._user}:{asked['realm']}:{self._password}")
        answer = _md5(f"{first}:{asked['nonce']}:00000001:c:auth:{_md5(f'{method}:{target}')}")
        return (
            f'Authorization: Digest username="{self._user}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", '
            f'uri="{target}", response="{answer}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c", '
            f'opaque="{asked.get("opaque", "")}"\r\n'
        )

    async def _send(self, method: str, target: str, body: str, sequence: int, headers: str) -> None:
        to = target if method == "INVITE" else f"sip:{self._user}@127.0.0.1"
        await self._socket.send(
            f"{method} {target} SIP/2.0\r\nVia: SIP/2.0/WS w.invalid;branch=z9hG4bK{uuid.uuid4().hex}\r\n"
            f'Max-Forwards: 70\r\nFrom: "王小明" <sip:{self._user}@127.0.0.1>;tag={self._call_id[:8]}\r\n'
            f"To: <{to}>\r\nCall-ID: {self._call_id}{method}\r\nCSeq: {sequence} {method}\r\n"
            f"Contact: <sip:{self._user}@w.invalid;transport=ws>;expires=60\r\n{headers}"
            f"Content-Type: application/sdp\r\nContent-Length: {len(body.encode())}\r\n\r\n{body}"
        )

    async def _receive(self) -> str:
        data = await self._socket.recv()
        return data if isinstance(data, str) else data.decode()


@asynccontextmanager
async def ws_phone(address: str, user: str, password: str) -> AsyncIterator[WsPhone]:
    """A SIP websocket at `address` (ws://…/ws), closed at the end."""
    async with connect(address, subprotocols=[Subprotocol("sip")], proxy=None, close_timeout=0.2) as socket:
        yield WsPhone(socket, user, password)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
