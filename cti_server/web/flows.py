"""Flows: their versions, the draft an editor works on, what is in force; what the visual designer needs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import JSONResponse

from cti_server.flows import publishing, versions
from cti_server.flows.differences import differences
from cti_server.flows.examination import Examined, examine, read_text
from cti_server.flows.publishing import StaleFlowError
from cti_server.flows.versions import FlowState, Version
from cti_server.store.base import reading
from cti_server.web import flow_views as views
from cti_server.web.audit import record
from cti_server.web.deps import Deps, WebDeps
from cti_server.web.errors import Problem
from cti_server.web.fields import Prose
from cti_server.web.permissions import CurrentUser, permission
from ivr_flows.flow import Flow
from routing.problems import ConfigurationError

router = APIRouter(prefix="/api/v1/flows", tags=["flows"])

_YAML = ("application/yaml", "application/x-yaml", "text/yaml")
_BODY: dict[str, object] = {
    "requestBody": {
        "required": True,
        "description": "A flow as YAML, UTF-8, at most 256 KiB",
        "content": {"application/yaml": {"schema": {"type": "string"}}},
    }
}
_ETAG = re.compile(r'"(\d{1,9})"')
_CURSOR = re.compile(r"v(\d{1,9})")

FlowId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Id of a flow, such as 95598")]
Number = Annotated[int, Path(ge=1, lt=2**31, description="Number of a version")]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=100,
        description='The version your change is based on (ETag of the flow), "0" for a new flow, * for any',
    ),
]
Note = Annotated[Prose, Query(max_length=500, description="What changed, for the list of versions")]


# -- what editors need -----------------------------------------------------------------------------------------------


@router.get("", dependencies=[permission("flows.read")])
async def flows(deps: Deps) -> views.FlowList:
    """Every flow: what is in force, what is being edited, what a release offers."""
    async with reading(deps.sessions) as session:
        found = await versions.flow_states(session)
    return views.FlowList(items=[views.flow_item(state) for state in found])


@router.get("/schema", dependencies=[permission("flows.read")])
async def schema() -> JSONResponse:
    """JSON Schema of a flow, for editors that complete and check while one types."""
    return JSONResponse(Flow.model_json_schema(), media_type="application/schema+json")


@router.get("/prompts", dependencies=[permission("flows.read")])
async def prompts(deps: Deps) -> views.PromptList:
    """What flows can say, by id."""
    return views.PromptList(items=views.prompt_items(deps.heard.book))


@router.post("/check", dependencies=[permission("flows.read")], openapi_extra=_BODY)
async def check(
    request: Request, deps: Deps, flow: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = None
) -> views.Looked:
    """What would be said of this text if it were published (as flow `flow`); nothing is kept."""
    return views.looked(request, await _sent(request, deps, flow))


# -- one flow --------------------------------------------------------------------------------------------------------


@router.get("/{flow}", dependencies=[permission("flows.read")])
async def one(flow: FlowId, request: Request, response: Response, deps: Deps) -> views.FlowDetail:
    """The latest version to go on from, with its number as ETag."""
    async with reading(deps.sessions) as session:
        state = await _state(session, flow)
        text = await versions.text_of(session, flow, state.latest.number)
        found = await versions.versions(session, flow, limit=20)
    examined = await _examined(deps, text, flow)
    response.headers["ETag"] = f'"{state.latest.number}"'
    head = views.flow_item(state)
    return views.FlowDetail(
        id=head.id,
        version=head.version,
        in_force=head.in_force,
        draft=head.draft,
        offered=head.offered,
        yaml=text,
        checked=views.looked(request, examined),
        versions=[views.version_item(version, state) for version in found],
    )


@router.put("/{flow}/draft", dependencies=[permission("flows.edit")], openapi_extra=_BODY)
async def save(
    flow: FlowId,
    request: Request,
    response: Response,
    user: CurrentUser,
    deps: Deps,
    if_match: IfMatch = None,
    note: Note = "",
) -> views.Saved:
    """Keep a text as the next version without putting it in force. It may be unfinished or wrong."""
    expected = _expected(if_match)
    examined = await _sent(request, deps, flow)
    async with deps.sessions.begin() as session:
        with refusals():
            saved = await publishing.save(session, flow, examined, user=user.username, note=note, expected=expected)
        await record(session, user, "flow.save", flow, {"version": saved.number, "note": note})
        state = await _state(session, flow)
    return _saved(request, response, examined, saved, state)


@router.post("/{flow}/publish", dependencies=[permission("flows.edit")])
async def publish(
    flow: FlowId,
    request: Request,
    response: Response,
    user: CurrentUser,
    deps: Deps,
    if_match: IfMatch = None,
    note: Note = "",
) -> views.Saved:
    """Put the latest version in force. New calls get it at once, calls in progress finish on theirs."""
    expected = _expected(if_match)
    async with reading(deps.sessions) as session:
        latest = (await _state(session, flow)).latest
        if expected not in (None, latest.number):
            raise stale(latest)
        text = await versions.text_of(session, flow, latest.number)
    examined = await _examined(deps, text, flow)
    async with deps.sessions.begin() as session:
        with refusals():
            await publishing.put_in_force(session, flow, examined, user=user.username, note=note, number=latest.number)
        await record(session, user, "flow.publish", flow, {"version": latest.number, "note": note})
        state = await _state(session, flow)
    await deps.follow_flows()
    return _saved(request, response, examined, state.latest, state)


@router.post("/{flow}/rollback", dependencies=[permission("flows.edit")])
async def rollback(
    flow: FlowId,
    wanted: views.Rollback,
    request: Request,
    response: Response,
    user: CurrentUser,
    deps: Deps,
    if_match: IfMatch = None,
    note: Note = "",
) -> views.Saved:
    """Publish an older version anew, as the next version. It is checked as any other."""
    expected = _expected(if_match)
    async with reading(deps.sessions) as session:
        if await versions.one_version(session, flow, wanted.version) is None:
            raise Problem("not_found")
        text = await versions.text_of(session, flow, wanted.version)
    examined = await _examined(deps, text, flow)
    async with deps.sessions.begin() as session:
        with refusals():
            saved = await publishing.save_and_publish(
                session,
                flow,
                examined,
                user=user.username,
                note=note,
                expected=expected,
                restored_from=wanted.version,
            )
        details = {"version": saved.number, "restored_from": wanted.version, "note": note}
        await record(session, user, "flow.rollback", flow, details)
        state = await _state(session, flow)
    await deps.follow_flows()
    return _saved(request, response, examined, saved, state)


@router.get("/{flow}/versions", dependencies=[permission("flows.read")])
async def list_versions(
    flow: FlowId,
    deps: Deps,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> views.Versions:
    """What was saved, newest first."""
    before = _CURSOR.fullmatch(cursor) if cursor is not None else None
    if cursor is not None and before is None:
        raise Problem("invalid_cursor")
    async with reading(deps.sessions) as session:
        state = await _state(session, flow)
        found = await versions.versions(session, flow, limit=limit + 1, before=int(before[1]) if before else None)
    more = len(found) > limit
    return views.Versions(
        items=[views.version_item(version, state) for version in found[:limit]],
        next_cursor=f"v{found[limit - 1].number}" if more else None,
    )


@router.get("/{flow}/versions/{number}", dependencies=[permission("flows.read")])
async def one_version(flow: FlowId, number: Number, request: Request, deps: Deps) -> views.VersionDetail:
    """An earlier text, to look at or to publish again."""
    async with reading(deps.sessions) as session:
        state = await _state(session, flow)
        found = await versions.one_version(session, flow, number)
        if found is None:
            raise Problem("not_found")
        text = await versions.text_of(session, flow, number)
    examined = await _examined(deps, text, flow)
    return views.VersionDetail(
        version=views.version_item(found, state), yaml=text, checked=views.looked(request, examined)
    )


@router.get("/{flow}/diff", dependencies=[permission("flows.read")])
async def diff(
    flow: FlowId,
    request: Request,
    deps: Deps,
    from_: Annotated[int | None, Query(alias="from", ge=1, lt=2**31, description="Normally what is in force")] = None,
    to: Annotated[int | None, Query(ge=1, lt=2**31, description="Normally the latest")] = None,
) -> views.Diff:
    """What changed between two versions: of the text, and step by step."""
    async with reading(deps.sessions) as session:
        state = await _state(session, flow)
        old = from_ or (state.in_force or state.latest).number
        new = to or state.latest.number
        for number in (old, new):
            if await versions.one_version(session, flow, number) is None:
                raise Problem("not_found")
        texts = [await versions.text_of(session, flow, number) for number in (old, new)]
    names = (f"{flow} · {old}", f"{flow} · {new}")
    found = await deps.workers.run(differences, texts[0], texts[1], names)
    return views.diff_body(request, found, old, new)


# -- in and out ------------------------------------------------------------------------------------------------------


async def _state(session: AsyncSession, flow: str) -> FlowState:
    state = await versions.flow_state(session, flow)
    if state is None:
        raise Problem("not_found")
    return state


async def _sent(request: Request, deps: WebDeps, flow: str | None) -> Examined:
    """The flow in the body; a text that cannot even be kept is refused."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _YAML:
        raise Problem("media_type_unknown", ("请用 application/yaml。", "Use application/yaml."))
    try:
        text = read_text(await request.body())
    except ConfigurationError as error:
        raise Problem("configuration_refused", problems=error.problems) from None
    return await _examined(deps, text, flow)


async def _examined(deps: WebDeps, text: str, flow: str | None) -> Examined:
    async with reading(deps.sessions) as session:
        around = await versions.surroundings(session, deps.flow_reach())
    return await deps.workers.run(examine, text, flow, around)


def _expected(if_match: str | None) -> int | None:
    """The version somebody's changes are based on; None for any."""
    if if_match is None:
        raise Problem("if_match_missing")
    if if_match.strip() == "*":
        return None
    named = _ETAG.fullmatch(if_match.strip())
    return int(named[1]) if named else -1


@contextmanager
def refusals() -> Iterator[None]:
    """What the database's side refuses, as problems."""
    try:
        yield
    except StaleFlowError as error:
        raise stale(error.latest) from None
    except ConfigurationError as error:
        raise Problem("configuration_refused", problems=error.problems) from None


def stale(latest: Version | None) -> Problem:
    """Who was faster, and when."""
    if latest is None:
        detail = ('还没有这个流程，请用 If-Match: "0"。', 'There is no such flow yet; use If-Match: "0".')
        return Problem("changed_meanwhile", detail, headers={"ETag": '"0"'})
    who, when, number = latest.saved_by, views.utc(latest.saved_at), latest.number
    detail = (
        f"{who} 已于 {when} 保存版本 {number}，请在其基础上修改。",
        f"{who} saved version {number} at {when}; start from that one.",
    )
    more = {"version": number, "saved_by": who, "saved_at": when, "note": latest.note}
    return Problem("changed_meanwhile", detail, headers={"ETag": f'"{number}"'}, more={"latest": more})


def _saved(request: Request, response: Response, examined: Examined, saved: Version, state: FlowState) -> views.Saved:
    response.headers["ETag"] = f'"{state.latest.number}"'
    return views.Saved(
        version=saved.number,
        hash=saved.hash,
        usable=examined.usable,
        in_force=state.in_force is not None and state.in_force.number == saved.number,
        problems=views.faults(request, examined),
    )
