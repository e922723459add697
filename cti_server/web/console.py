"""The console's files: hashed assets for ever, the rest asked for each time, index.html for its pages."""

import mimetypes
import os
import stat
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cti_server.web.deps import Deps
from cti_server.web.errors import Problem
from cti_server.web.permissions import public

router = APIRouter(include_in_schema=False)

_PAGES = frozenset({"sign-in", "desk", "conversations", "cases", "callbacks", "flows", "prompts", "caller"})
_OPEN = public("the program of the console holds no data; data needs signing in")
# Not left to the machine's mime tables: a script with the wrong type is not run under nosniff.
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
}


@router.get("/{path:path}", dependencies=[_OPEN])
@router.head("/{path:path}", dependencies=[_OPEN])
async def console(path: str, request: Request, deps: Deps) -> Response:
    if path == "api" or path.startswith("api/"):
        raise Problem("not_found")
    if deps.console is None:
        raise Problem("console_missing")
    found = await run_in_threadpool(_find, deps.console, path)
    if found is None:
        raise Problem("not_found")
    file, facts = found
    immutable = path.startswith("assets/")
    caching = "public, max-age=31536000, immutable" if immutable else "no-cache"
    etag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'
    headers = {"Cache-Control": caching, "ETag": etag}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    media_type = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return FileResponse(file, headers=headers, media_type=media_type, stat_result=facts)


def _find(root: Path, path: str) -> tuple[Path, os.stat_result] | None:
    """The file for a path of the site: itself, or index.html for a page of the console; never outside `root`."""
    root = root.resolve()
    if path == "" or path.split("/")[0] in _PAGES:
        file = root / "index.html"
    else:
        if "\0" in path or any(part.startswith(".") for part in path.split("/")):
            return None
        file = (root / path).resolve()
        if not file.is_relative_to(root):
            return None
    try:
        facts = file.stat()
    except OSError:
        return None
    return (file, facts) if stat.S_ISREG(facts.st_mode) else None
