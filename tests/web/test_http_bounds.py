"""Requests that never end must not cost more than their own connection, and that not for long."""

import asyncio
import contextlib

import pytest

from cti_server.web import http
from tests.web.site import Site


async def _connect(site: Site) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = site.host.partition(":")
    return await asyncio.open_connection(host, int(port))


async def test_endless_headers_are_refused(site: Site) -> None:
    reader, writer = await _connect(site)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ")
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < 50_000_000:
            writer.write(b"a" * 64_000)
            await writer.drain()
            sent += 64_000
    assert sent < 20_000_000
    with contextlib.suppress(ConnectionError):
        answer = await asyncio.wait_for(reader.read(), 5)
        assert answer.startswith(b"HTTP/1.1 431 ") or answer == b""
    writer.close()


@pytest.mark.parametrize("start", [b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_slow_heads_are_dropped(site: Site, monkeypatch: pytest.MonkeyPatch, start: bytes) -> None:
    monkeypatch.setattr(http, "HEAD_SECONDS", 0.2)
    reader, writer = await _connect(site)
    writer.write(start)
    with contextlib.suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def test_many_requests_share_a_connection(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bounds are for each head, not for the connection."""
    reader, writer = await _connect(site)
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Fill: " + b"a" * 2000 + b"\r\n\r\n"
    for _ in range(300):
        writer.write(request)
        assert (await asyncio.wait_for(reader.readuntil(b"}"), 5)).startswith(b"HTTP/1.1 200 ")
    writer.close()
