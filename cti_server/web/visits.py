"""The visitor as the agent sees him: the page he asked from, where he is now; and showing him a page."""

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from cti_server.floor.words import InteractionId
from cti_server.interactions.history import one_interaction
from cti_server.live.frames import json_bytes
from cti_server.live.view import watchers
from cti_server.store.base import reading
from cti_server.visitors.pages import page_of
from cti_server.visitors.requests import Visit, push_page, visit_of
from cti_server.web import sse
from cti_server.web.agents import seat
from cti_server.web.deps import Deps, WebDeps
from cti_server.web.errors import Problem
from cti_server.web.fields import Id
from cti_server.web.interactions import sight
from cti_server.web.permissions import CurrentUser, may, permission
from cti_server.web.tokens import User

router = APIRouter(prefix="/api/v1", tags=["visitor"])


class Shown(BaseModel):
    url: str = Field(max_length=2048)


@router.get("/interactions/{id_}/visit", dependencies=[permission("interactions.own")])
async def get_visit(id_: Id, user: CurrentUser, deps: Deps) -> Response:
    """Where the request came from; `not_found` when it did not come from a web site."""
    async with reading(deps.sessions) as session:
        if not _is_watching(deps, user, id_) and not await one_interaction(session, id_, seen_by=sight(deps, user)):
            raise Problem("not_found")
        visit = await visit_of(session, id_)
    if visit is None:
        raise Problem("not_found")
    return Response(_body(visit), media_type="application/json")


@router.get("/interactions/{id_}/visit/events", dependencies=[permission("interactions.own")])
async def visit_events(id_: Id, user: CurrentUser, deps: Deps) -> StreamingResponse:
    """Server-Sent Events: `visit` at once and whenever it changes, as long as this user sees the live conversation."""
    _ensure_watching(deps, user, id_)
    shown: Visit | None = None

    async def news() -> tuple[list[bytes], bool]:
        nonlocal shown
        if not _is_watching(deps, user, id_):
            return [], True
        async with reading(deps.sessions) as session:
            visit = await visit_of(session, id_)
        if visit is None or visit == shown:
            return [], visit is None
        shown = visit
        return [sse.event("visit", _body(visit))], False

    return sse.stream(deps.visits, InteractionId(id_), news)


@router.post("/interactions/{id_}/visit/page", status_code=204, dependencies=[permission("floor.self")])
async def show_page(id_: Id, page: Shown, user: CurrentUser, deps: Deps) -> None:
    """Show the visitor a page of his site, as a link he may open."""
    _ensure_watching(deps, user, id_)
    async with deps.sessions.begin() as session:
        visit = await visit_of(session, id_)
        if visit is None:
            raise Problem("not_found")
        site = (await deps.sites.all()).get(visit.site)
        url = page_of(page.url, site.origins) if site is not None else None
        if url is None:
            raise Problem("invalid_page")
        if not await push_page(session, id_, seat(user), url):
            raise Problem("too_many_pages")
    deps.visits.changed(InteractionId(id_))


def _is_watching(deps: WebDeps, user: User, id_: str) -> bool:
    floor, interaction = deps.hub.floor, InteractionId(id_)
    if interaction not in floor.interactions:
        return False
    return user.agent in watchers(floor, interaction) or may(user, "interactions.all")


def _ensure_watching(deps: WebDeps, user: User, id_: str) -> None:
    if not _is_watching(deps, user, id_):
        raise Problem("not_your_interaction")


def _body(visit: Visit) -> bytes:
    return json_bytes(visit)
