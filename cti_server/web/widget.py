"""`/widget.js`: one file, one request, from any page; compressed once."""

import gzip
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cti_server.web.deps import Deps
from cti_server.web.errors import Problem
from cti_server.web.permissions import public

router = APIRouter(include_in_schema=False)

NAME = "widget.js"
_OPEN = public("the program of the widget holds no data; pages of other sites load it")
_HEADERS = {
    "Cache-Control": "public, max-age=600",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
    "Vary": "Accept-Encoding",
}


@router.get(f"/{NAME}", dependencies=[_OPEN])
@router.head(f"/{NAME}", dependencies=[_OPEN])
async def widget(request: Request, deps: Deps) -> Response:
    if deps.console is None:
        raise Problem("console_missing")
    file = deps.console / NAME
    try:
        plain, packed, etag = await run_in_threadpool(_read, file)
    except OSError:
        raise Problem("not_found") from None
    headers = {**_HEADERS, "ETag": etag}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    body = plain
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers = packed, {**headers, "Content-Encoding": "gzip"}
    return Response(body, headers=headers, media_type="text/javascript; charset=utf-8")


def _read(file: Path) -> tuple[bytes, bytes, str]:
    facts = file.stat()
    plain, packed = _packed(file, facts.st_mtime_ns, facts.st_size)
    return plain, packed, f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'


@lru_cache(maxsize=4)
def _packed(file: Path, changed: int, size: int) -> tuple[bytes, bytes]:
    """The file as it was then."""
    plain = file.read_bytes()
    return plain, gzip.compress(plain, 9, mtime=0)
