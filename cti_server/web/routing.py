"""Routing: the configuration in force, its versions, the emergency switch, and what agents can do."""

import re
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, StrictBool
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse

from cti_server.directory import abilities as able
from cti_server.directory import publishing
from cti_server.directory.examination import Examined, Kind, encode, examine_text
from cti_server.directory.profiles import profiles
from cti_server.directory.publishing import StaleVersionError, Version
from cti_server.floor.inputs import EmergencyRequested
from cti_server.floor.words import QueueId
from cti_server.flows.walkable import walkable
from cti_server.prompts.own import own_words
from cti_server.store.base import Json, reading
from cti_server.web.agents import ask
from cti_server.web.audit import record
from cti_server.web.deps import Deps, WebDeps
from cti_server.web.errors import Problem, problem_list
from cti_server.web.fields import Id, Prose
from cti_server.web.permissions import CurrentUser, permission
from routing.problems import ConfigurationError
from routing.rules import Profile

router = APIRouter(prefix="/api/v1", tags=["routing"])

_KINDS: dict[str, Kind] = {
    "application/json": "json",
    "application/yaml": "yaml",
    "application/x-yaml": "yaml",
    "text/yaml": "yaml",
}
_BODY: dict[str, object] = {
    "requestBody": {
        "required": True,
        "content": {name: {"schema": {"type": "object"}} for name in ("application/json", "application/yaml")},
    }
}
_ETAG = re.compile(r'"(\d{1,18})"')
_CURSOR = re.compile(r"v(\d{1,18})")

IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=100)]


class Item(BaseModel):
    version: int
    published_at: str
    published_by: str
    note: str


class Versions(BaseModel):
    items: list[Item]
    next_cursor: str | None


class Emergency(BaseModel):
    on: StrictBool


# -- the configuration -----------------------------------------------------------------------------------------------


@router.get("/routing/configuration", dependencies=[permission("routing.read")])
async def configuration(request: Request, deps: Deps) -> Response:
    """What is in force, with its version as ETag. YAML when Accept asks for it."""
    async with reading(deps.sessions) as session:
        version = await publishing.current_version(session)
        document = await publishing.current_document(session)
    return await _document(request, deps, document, version)


@router.put("/routing/configuration", dependencies=[permission("directory.edit")], openapi_extra=_BODY)
async def put_configuration(
    request: Request,
    user: CurrentUser,
    deps: Deps,
    if_match: IfMatch = None,
    note: Annotated[Prose, Query(max_length=500)] = "",
) -> Response:
    """Put another configuration in force. If-Match names the version it was made from; `*` replaces any."""
    expected = _expected(if_match)
    examined = await _examined(request, deps, expected)
    if examined.configuration is None:
        raise Problem("configuration_refused", problems=examined.problems)
    async with deps.sessions.begin() as session:
        try:
            version = await publishing.put_in_force(
                session, examined.configuration, user=user.username, note=note, expected_version=expected
            )
        except StaleVersionError as error:
            raise _stale(error.current) from None
        except ConfigurationError as error:
            raise Problem("configuration_refused", problems=error.problems) from None
        await record(session, user, "routing.publish", str(version), {"note": note})
    body = {"version": version, "problems": problem_list(request, examined.problems)}
    return JSONResponse(body, headers={"ETag": f'"{version}"'})


@router.post("/routing/configuration/check", dependencies=[permission("routing.read")], openapi_extra=_BODY)
async def check_configuration(request: Request, deps: Deps) -> Response:
    """What would be said of this configuration; nothing is changed."""
    examined = await _examined(request, deps)
    usable = examined.configuration is not None
    return JSONResponse({"usable": usable, "problems": problem_list(request, examined.problems)})


@router.get("/routing/configuration/versions", dependencies=[permission("routing.read")])
async def versions(
    deps: Deps,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> Versions:
    """What was published, newest first."""
    before = _CURSOR.fullmatch(cursor) if cursor is not None else None
    if cursor is not None and before is None:
        raise Problem("invalid_cursor")
    async with reading(deps.sessions) as session:
        found = await publishing.versions(session, limit=limit + 1, before=int(before[1]) if before else None)
    more = len(found) > limit
    return Versions(
        items=[_item(one) for one in found[:limit]],
        next_cursor=f"v{found[limit - 1].version}" if more else None,
    )


@router.get("/routing/configuration/versions/{version}", dependencies=[permission("routing.read")])
async def one_version(version: int, request: Request, deps: Deps) -> Response:
    """An earlier configuration, to look at or to publish again."""
    async with reading(deps.sessions) as session:
        document = await publishing.published_document(session, version) if 0 < version < 2**63 else None
    if document is None:
        raise Problem("not_found")
    return await _document(request, deps, document)


async def _document(conn: HTTPConnection, deps: WebDeps, document: Json, version: int | None = None) -> Response:
    headers = {"Vary": "Accept"} | ({"ETag": f'"{version}"'} if version is not None else {})
    if "yaml" not in conn.headers.get("accept", ""):
        return JSONResponse(document, headers=headers)
    text = await deps.workers.run(encode, document)
    return Response(text, media_type="application/yaml", headers=headers)


async def _examined(request: Request, deps: WebDeps, expected: int | None = None) -> Examined:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    kind = _KINDS.get(media_type)
    if kind is None:
        raise Problem("media_type_unknown")
    body = await request.body()
    async with reading(deps.sessions) as session:
        current = await publishing.current_version(session)
        agents = await profiles(session)
        recorded = await own_words(session)
    if expected not in (None, current):
        raise _stale(current)
    library = deps.flow_reach().library
    flows = walkable(library) if library is not None else None
    return await deps.workers.run(examine_text, body, kind, agents, flows, recorded)


def _expected(if_match: str | None) -> int | None:
    """The version somebody's changes are based on; None for any."""
    if if_match is None:
        raise Problem("if_match_missing")
    if if_match.strip() == "*":
        return None
    named = _ETAG.fullmatch(if_match.strip())
    return int(named[1]) if named else -1


def _stale(current: int) -> Problem:
    return Problem("changed_meanwhile", headers={"ETag": f'"{current}"'})


def _item(found: Version) -> Item:
    at = found.published_at.isoformat().replace("+00:00", "Z")
    return Item(version=found.version, published_at=at, published_by=found.published_by, note=found.note)


# -- queues and agents -----------------------------------------------------------------------------------------------


@router.post("/queues/{queue}/emergency", status_code=204, dependencies=[permission("floor.all")])
async def emergency(queue: Id, wanted: Emergency, user: CurrentUser, deps: Deps) -> None:
    """Switch a queue's emergency on or off: its overflow rules for that case hold from now on, or no longer."""
    await ask(deps, EmergencyRequested(QueueId(queue), wanted.on, user.username))


@router.get("/agents/{agent}/skills", dependencies=[permission("agents.read")])
async def skills(agent: Id, deps: Deps) -> Response:
    """The agent's skills with levels, and the queues he is a member of."""
    async with reading(deps.sessions) as session:
        found = await able.abilities(session, agent)
    if found is None:
        raise Problem("unknown_agent")
    return JSONResponse(_shown(found))


@router.put("/agents/{agent}/skills", dependencies=[permission("directory.edit")])
async def put_skills(agent: Id, wanted: dict[str, object], user: CurrentUser, deps: Deps) -> Response:
    """Replace both. He is offered what he can do from now on; a call he is in goes on."""
    async with deps.sessions.begin() as session:
        if await able.abilities(session, agent) is None:
            raise Problem("unknown_agent")
        try:
            profile = await able.read_abilities(session, wanted)
        except ConfigurationError as error:
            raise Problem("configuration_refused", problems=error.problems) from None
        await able.put_abilities(session, agent, profile)
        await record(session, user, "agent.skills", agent, _shown(profile))
    return JSONResponse(_shown(profile))


def _shown(profile: Profile) -> dict[str, object]:
    return {
        "skills": dict(profile.skills),
        "memberships": {
            queue: {"priority": one.priority, "reserve": one.reserve} for queue, one in profile.memberships.items()
        },
    }
