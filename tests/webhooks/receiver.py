"""Another company's system: takes webhooks on a real port and checks them with the function from our documents."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

GUIDE = Path(__file__).parents[2] / "docs/web-visitor.md"
Verify = Callable[[str, str, bytes, float], bool]


def block(language: str) -> str:
    """The code in that language that checks a signature."""
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text("utf-8"), re.S)
    (found,) = (text for text in blocks if "verify" in text)
    return found


def documented_verify() -> Verify:
    names = SimpleNamespace()
    exec(block("python"), names.__dict__)  # noqa: S102 - that this very text works is what is tested
    verify: Verify = names.verify
    return verify


@dataclass
class Receiver:
    """`taken`: bodies that were right and new, in order. `refused`: whatever else came."""

    port: int = 0
    at: str = "http://127.0.0.1"
    secret: str = ""
    answers: list[int] = field(default_factory=list)
    """What to say to the next ones; 200 when nothing is left."""
    taken: list[bytes] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    """Requests as they came, head and body."""
    _seen: set[str] = field(default_factory=set)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"{self.at}:{self.port}/hook"

    async def got(self, count: int, seconds: float = 15) -> None:
        """Wait until so many requests came."""
        async with asyncio.timeout(seconds):
            while len(self.raw) < count:
                self._news.clear()
                await self._news.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head.decode().split("\r\n")[1:] if line)
        }
        body = await reader.readexactly(int(headers["content-length"]))
        answer = self.answers.pop(0) if self.answers else 200
        if answer == 200:
            answer = self._judge(headers, body)
        self.raw.append(head + body)
        extra = "Location: http://127.0.0.1:1/\r\n" if answer == 302 else ""
        writer.write(f"HTTP/1.1 {answer} X\r\n{extra}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        self._news.set()

    def _judge(self, headers: dict[str, str], body: bytes) -> int:
        verify = documented_verify()
        id_ = headers.get("cti-event-id", "")
        if not verify(self.secret, headers.get("cti-signature", ""), body) or id_ in self._seen:  # type: ignore[call-arg]  # its time is optional
            self.refused.append(body)
            return 400
        self._seen.add(id_)
        self.taken.append(body)
        return 200


@asynccontextmanager
async def receiver(tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> AsyncIterator[Receiver]:
    """`host`: the name it is known by."""
    made = Receiver(at=f"{'https' if tls else 'http'}://{host}")
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made
