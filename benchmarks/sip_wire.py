"""SIP messages (RFC 3261) as far as the benchmarks need them: taken apart, answered, authorised."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Self


@dataclass(slots=True)
class Message:
    """A SIP message, parsed as far as it matters here; `kept` are the header lines an answer repeats."""

    start: str
    headers: dict[str, str]
    kept: list[str]
    body: bytes

    @classmethod
    def parse(cls, data: bytes) -> Self:
        head, _, body = data.partition(b"\r\n\r\n")
        start, *lines = head.decode("utf-8", "replace").split("\r\n")
        headers: dict[str, str] = {}
        kept = []
        for line in lines:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            headers.setdefault(name, value.strip())
            if name in ("via", "from", "call-id", "cseq", "record-route"):
                kept.append(line)
        return cls(start, headers, kept, body)

    @property
    def status(self) -> int:
        """0 for a request."""
        return int(self.start[8:11]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        return self.headers["cseq"].split()[-1]

    @property
    def audio_port(self) -> int:
        """From the description (RFC 4566)."""
        found = re.search(rb"m=audio (\d+)", self.body)
        return int(found[1]) if found else 9

    @property
    def user(self) -> str:
        """User part of a request's target."""
        return re.split("[:@;]", self.start.split(" ")[1])[1]

    @property
    def caller(self) -> str:
        """Digits of the From user."""
        found = re.search(r"sips?:([^@;>]*)", self.headers["from"])
        return re.sub(r"\D", "", found[1]) if found else ""

    @property
    def contact(self) -> str:
        return self.headers["contact"].partition("<")[2].partition(">")[0] or self.headers["contact"]


def answer(request: Message, status: str, tag: str = "", rest: str = "") -> bytes:
    to = request.headers["to"] + (f";tag={tag}" if tag else "")
    end = rest if "Content-Length" in rest else f"{rest}Content-Length: 0\r\n\r\n"
    return ("\r\n".join([f"SIP/2.0 {status}", *request.kept, f"To: {to}", end])).encode()


def authorize(user: str, password: str, challenge: str) -> str:
    """The Authorization line for a REGISTER (RFC 2617, qop auth)."""
    asked = dict(re.findall(r'(\w+)="?([^",\s]+)"?', challenge))
    first = _md5(f"{user}:{asked['realm']}:{password}")
    second = _md5("REGISTER:sip:127.0.0.1")
    response = _md5(f"{first}:{asked['nonce']}:00000001:c:auth:{second}")
    return (
        f'Authorization: Digest username="{user}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", '
        f'uri="sip:127.0.0.1", response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c", '
        f'opaque="{asked.get("opaque", "")}"\r\n'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
