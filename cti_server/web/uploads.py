"""Files that are sent to us: kept in a temporary file, so that large ones cost no memory, and never for long."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from cti_server.web.errors import Problem

MOST_BYTES = 20 * 2**20 + 1
"""One more than a recording may have, so that its own check says so."""
_SECONDS = 120.0
_AT_ONCE = 2


class Uploads:
    """Two at a time; further ones wait before a byte of them is read."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)

    @asynccontextmanager
    async def received(self, request: Request) -> AsyncIterator[Path]:
        """The request's body as a file, gone afterwards. Bounded by `BodyLimit`; Problem when it comes too slowly."""
        async with self._turns:
            with await run_in_threadpool(_temporary) as file:
                try:
                    async with asyncio.timeout(_SECONDS):
                        async for chunk in request.stream():
                            await run_in_threadpool(_write, file, chunk)
                except TimeoutError:
                    raise Problem("upload_too_slow") from None
                await run_in_threadpool(file.flush)
                yield Path(file.name)


def _temporary() -> IO[bytes]:
    return tempfile.NamedTemporaryFile(prefix="cti-upload-")


def _write(file: IO[bytes], chunk: bytes) -> None:
    file.write(chunk)
