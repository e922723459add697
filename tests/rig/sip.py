"""Single SIP requests by hand: for what no well-behaved phone would send."""

import asyncio
import re
import uuid

from typing_extensions import override


class _Inbox(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.received: asyncio.Queue[str] = asyncio.Queue()

    @override
    def datagram_received(self, data: bytes, address: tuple[str | int, int]) -> None:
        self.received.put_nowait(data.decode(errors="replace"))


async def ask(method: str, target: str, port: int, *, user: str = "13800000001", headers: str = "") -> int:
    """Send one `method` to sip:`target`@127.0.0.1:`port` over UDP and return the final answer's status code.

    An accepted INVITE is cancelled by never acknowledging it; Asterisk ends such a call by itself.
    """
    loop = asyncio.get_running_loop()
    transport, inbox = await loop.create_datagram_endpoint(_Inbox, local_addr=("127.0.0.1", 0))
    own = transport.get_extra_info("sockname")[1]
    token = uuid.uuid4().hex
    body = ""
    if method == "INVITE":
        body = (
            f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {own + 1} RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
        )
    elif method == "MESSAGE":
        body = "hello"
    kind = "text/plain" if method == "MESSAGE" else "application/sdp"
    text = (
        f"{method} sip:{target}@127.0.0.1:{port} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK{token};rport\r\nMax-Forwards: 70\r\n"
        f"From: <sip:{user}@127.0.0.1:{own}>;tag={token[:8]}\r\nTo: <sip:{target}@127.0.0.1:{port}>\r\n"
        f"Call-ID: {token}\r\nCSeq: 1 {method}\r\nContact: <sip:{user}@127.0.0.1:{own}>\r\n{headers}"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
    try:
        transport.sendto(text.encode(), ("127.0.0.1", port))
        async with asyncio.timeout(5):
            while True:
                answer = await inbox.received.get()
                status = re.match(r"SIP/2.0 (\d{3})", answer)
                if status and int(status[1]) >= 200:
                    return int(status[1])
    finally:
        transport.close()
