"""HTTP on uvicorn, with the two bounds its parser lacks: how long a request's head may be, and how long it may take."""

import asyncio

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 64 * 1024
HEAD_SECONDS = 20.0
# A head may arrive in one read together with the beginning of its body: asyncio reads up to 256 KiB at once.
_ONE_READ = 256 * 1024
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedHttpProtocol(HttpToolsProtocol):
    """A head (request line and headers) of about MAX_HEAD bytes at most that is complete within HEAD_SECONDS."""

    _head_bytes = 0
    _in_head = True
    _deadline: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        super().connection_made(transport)
        self._start_head()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_deadline()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD + _ONE_READ and not self.transport.is_closing():
                self.transport.write(_TOO_LARGE)
                self.transport.close()
        if not self.transport.is_closing():
            super().data_received(data)

    @override
    def on_message_begin(self) -> None:
        if not self._in_head:
            self._start_head()
        super().on_message_begin()

    @override
    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_deadline()
        super().on_headers_complete()

    def _start_head(self) -> None:
        self._in_head, self._head_bytes = True, 0
        self._stop_deadline()
        self._deadline = asyncio.get_running_loop().call_later(HEAD_SECONDS, self.transport.abort)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
