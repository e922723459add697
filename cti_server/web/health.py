"""Is it alive, can it work, how is it doing."""

import ipaddress
import secrets

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request

from cti_server.web.deps import Deps
from cti_server.web.errors import Problem
from cti_server.web.permissions import public

router = APIRouter(tags=["health"])


class Readiness(BaseModel):
    """`ready`: calls can be taken. The database being away does not stop that; it is told beside."""

    ready: bool
    pbx: bool
    database: bool
    journal: str


@router.get("/healthz", dependencies=[public("a probe; says only that the process answers")])
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/readyz", dependencies=[public("a probe; says only whether work is possible")])
async def readyz(deps: Deps, response: Response) -> Readiness:
    pbx = deps.hub.floor.pbx_up
    if not pbx:
        response.status_code = 503
    return Readiness(ready=pbx, pbx=pbx, database=await _database(deps), journal=deps.journal_state())


async def _database(deps: Deps) -> bool:
    try:
        async with deps.sessions() as session:
            await session.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        return False
    return True


@router.get("/metrics", dependencies=[public("checked inside: from this machine, or with the metrics token")])
async def metrics(request: Request, deps: Deps) -> Response:
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    known = bool(deps.metrics_token) and secrets.compare_digest(token.encode(), deps.metrics_token.encode())
    if not known and not _local(request):
        raise Problem("not_allowed")
    return Response(generate_latest(deps.metrics), media_type=CONTENT_TYPE_LATEST)


def _local(request: Request) -> bool:
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
