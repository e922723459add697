"""Recordings: what they are, and their sound in pieces as a player asks for it."""

import stat
from datetime import UTC, datetime
from os import stat_result
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cti_server.cases import case_of_recording
from cti_server.interactions.history import RecordingMeta, recording
from cti_server.web.audit import record_look
from cti_server.web.cases import case_sight
from cti_server.web.deps import Deps, WebDeps
from cti_server.web.errors import Problem
from cti_server.web.fields import Id
from cti_server.web.permissions import CurrentUser, may, permission
from cti_server.web.ranges import UnsatisfiableRangeError, one_range
from cti_server.web.tokens import User

router = APIRouter(prefix="/api/v1", tags=["recordings"])

_TYPES = {".ogg": "audio/ogg", ".opus": "audio/ogg", ".wav": "audio/wav", ".flac": "audio/flac"}


class Recording(BaseModel):
    id: str
    interaction_id: str
    customer_id: str
    segment: int
    agent: str
    state: str
    sha256: str
    size_bytes: int
    duration_ms: int
    started_at: datetime


@router.get("/recordings/{id_}", dependencies=[permission("recordings.own")])
async def get_recording(id_: Id, user: CurrentUser, deps: Deps) -> Recording:
    async with deps.sessions() as session:
        found = await _allowed(session, deps, user, id_)
    return Recording(
        id=found.id,
        interaction_id=found.interaction_id,
        customer_id=found.customer_id,
        segment=found.segment,
        agent=found.agent,
        state=found.state,
        sha256=found.sha256,
        size_bytes=found.size_bytes,
        duration_ms=found.duration_ms,
        started_at=found.started_at.astimezone(UTC),
    )


@router.get("/recordings/{id_}/audio", dependencies=[permission("recordings.own")])
@router.head("/recordings/{id_}/audio", dependencies=[permission("recordings.own")])
async def get_audio(id_: Id, request: Request, user: CurrentUser, deps: Deps) -> Response:
    """The file, or one range of it (206). ETag is the SHA-256. Who listens is written down before a byte leaves."""
    async with deps.sessions.begin() as session:
        found = await _allowed(session, deps, user, id_)
        file, facts = await _file(deps, found)
        await record_look(session, user, "recording.listen", found.id)
    headers = {
        "ETag": f'"{found.sha256}"',
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'inline; filename="{file.name}"',
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    _one_range_or_none(request, facts.st_size)
    return FileResponse(file, headers=headers, media_type=_TYPES.get(file.suffix), stat_result=facts)


async def _allowed(session: AsyncSession, deps: WebDeps, user: User, id_: str) -> RecordingMeta:
    """Somebody else's recording looks like none: its existence is nobody's business.

    What a caller dictated for a case belongs to the case: whoever sees that may hear it.
    """
    found = await recording(session, id_)
    if found is None:
        raise Problem("not_found")
    if may(user, "recordings.all") or user.agent in found.agents:
        return found
    if found.agent or await case_of_recording(session, id_, case_sight(deps, user)) is None:
        raise Problem("not_found")
    return found


async def _file(deps: WebDeps, found: RecordingMeta) -> tuple[Path, stat_result]:
    if found.state != "stored" or not found.path:
        raise Problem("recording_missing")
    file = await run_in_threadpool(_inside, deps.recordings, found.path)
    if file is None:
        raise Problem("recording_missing")
    if file[1].st_size != found.size_bytes:
        raise Problem("recording_changed")
    return file


def _inside(folder: Path, relative: str) -> tuple[Path, stat_result] | None:
    """The file, proven to lie in the recording store whatever the row says."""
    root = folder.resolve()
    try:
        file = (root / relative).resolve()
        facts = file.stat()
    except (OSError, ValueError):
        return None
    return (file, facts) if file.is_relative_to(root) and stat.S_ISREG(facts.st_mode) else None


def _one_range_or_none(request: Request, size: int) -> None:
    """Leave to FileResponse only what it shall answer; several ranges or nonsense get the whole file."""
    header = request.headers.get("range")
    if header is None:
        return
    try:
        wanted = one_range(header, size)
    except UnsatisfiableRangeError:
        raise Problem("range_not_satisfiable", headers={"Content-Range": f"bytes */{size}"}) from None
    if wanted is None:
        request.scope["headers"] = [pair for pair in request.scope["headers"] if pair[0] != b"range"]
