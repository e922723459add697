"""Cases (工单): open, see and close them."""

from typing import Annotated, Literal, Self

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, StringConstraints, model_validator
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from cti_server import cases
from cti_server.cases import CaseError, CaseItem, Filters, Kind
from cti_server.customers.records import resolve
from cti_server.floor.words import InteractionId
from cti_server.interactions.history import RecordingMeta, one_interaction, recording
from cti_server.live.frames import json_bytes
from cti_server.live.view import watchers
from cti_server.store.base import reading
from cti_server.web.audit import record
from cti_server.web.deps import Deps, WebDeps
from cti_server.web.errors import Problem
from cti_server.web.fields import Code, CustomerId, Id, Prose
from cti_server.web.idempotency import Key, once
from cti_server.web.interactions import sight
from cti_server.web.permissions import CurrentUser, may, permission
from cti_server.web.tokens import User

router = APIRouter(prefix="/api/v1", tags=["cases"])


class NewCase(BaseModel):
    """With whom: either a conversation one is in (or sees), or a customer."""

    kind: Kind
    subject: Annotated[Prose, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    details: Prose = Field(default="", max_length=8000)
    interaction_id: Code | None = None
    customer_id: CustomerId | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.interaction_id is None) == (self.customer_id is None):
            raise ValueError("give either interaction_id or customer_id")
        return self


class Closing(BaseModel):
    resolution: Prose = Field(default="", max_length=4000)


class Wanted(BaseModel):
    state: Literal["open", "closed"] | None = None
    kind: Kind | None = None
    customer: CustomerId | None = None
    interaction: Code | None = None
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=512)


@router.get("/cases", dependencies=[permission("cases.own")])
async def get_cases(wanted: Annotated[Wanted, Query()], user: CurrentUser, deps: Deps) -> Response:
    """Newest first. Agents see what they opened, and all of the customers they talk with now."""
    filters = case_sight(deps, user, wanted.state, wanted.kind, wanted.customer, wanted.interaction)
    async with reading(deps.sessions) as session:
        try:
            found = await cases.list_cases(session, filters, limit=wanted.limit, cursor=wanted.cursor)
        except cases.CursorError:
            raise Problem("invalid_cursor") from None
    return _json({"items": [_row(item) for item in found.items], "next_cursor": found.next_cursor})


@router.get("/cases/{id_}", dependencies=[permission("cases.own")])
async def get_case(id_: Id, user: CurrentUser, deps: Deps) -> Response:
    """By id or number, with its recording if it has one."""
    async with reading(deps.sessions) as session:
        item = await _seen(session, deps, user, id_)
        sound = await recording(session, item.case.recording_id) if item.case.recording_id is not None else None
    return _json({**_row(item), "recording": _sound(sound) if sound is not None else None})


@router.post("/cases", status_code=201, dependencies=[permission("cases.edit")])
async def create_case(new: NewCase, request: Request, user: CurrentUser, deps: Deps, key: Key = None) -> Response:
    async def create(session: AsyncSession) -> bytes:
        try:
            made = await cases.open_case(
                session,
                kind=new.kind,
                customer_id=await _customer(session, deps, user, new),
                interaction_id=new.interaction_id,
                subject=new.subject,
                details=new.details,
                opened_by=user.username,
            )
        except CaseError as error:
            raise Problem("invalid_request", (error.detail, error.detail)) from None
        await record(session, user, "case.open", made.id)
        return json_bytes(_row(await _seen(session, deps, user, made.id)))

    async with deps.sessions() as session:
        return await once(session, request, user, key, create)


@router.post("/cases/{id_}/close", dependencies=[permission("cases.edit")])
async def close_case(id_: Id, closing: Closing, user: CurrentUser, deps: Deps) -> Response:
    """Closed by the one who asks. `case_closed` when somebody was faster."""
    async with deps.sessions.begin() as session:
        item = await _seen(session, deps, user, id_)
        try:
            closed = await cases.close_case(
                session, item.case.id, closed_by=user.username, resolution=closing.resolution
            )
        except CaseError as error:
            raise Problem(error.code) from None
        await record(session, user, "case.close", closed.id)
        return _json(_row(await _seen(session, deps, user, closed.id)))


def case_sight(
    deps: WebDeps,
    user: User,
    state: str | None = None,
    kind: str | None = None,
    customer: str | None = None,
    interaction: str | None = None,
) -> Filters:
    """What of the cases this user may see."""
    if may(user, "cases.all"):
        return Filters(state, kind, customer, interaction)
    return Filters(
        state, kind, customer, interaction, seen_by=user.username, talking_with=sight(deps, user).talking_with
    )


async def _seen(session: AsyncSession, deps: WebDeps, user: User, id_: str) -> CaseItem:
    """Somebody else's case looks like none."""
    item = await cases.one_case(session, id_, case_sight(deps, user))
    if item is None:
        raise Problem("not_found")
    return item


async def _customer(session: AsyncSession, deps: WebDeps, user: User, new: NewCase) -> str:
    if new.interaction_id is not None:
        live = deps.hub.floor.interactions.get(InteractionId(new.interaction_id))
        if live is not None and (may(user, "interactions.all") or user.agent in watchers(deps.hub.floor, live.id)):
            return live.customer.id
        past = await one_interaction(session, new.interaction_id, seen_by=sight(deps, user))
        if past is None:
            raise Problem("not_your_interaction")
        return past.item.customer_id
    end = await resolve(session, new.customer_id or "")
    if end is None:
        raise Problem("not_found")
    return end


def _row(item: CaseItem) -> dict[str, object]:
    case = {name: getattr(item.case, name) for name in item.case.__slots__}
    names = {name: getattr(item, name) for name in ("customer_name", "opened_by_name", "closed_by_name")}
    return {**case, **names}


def _sound(found: RecordingMeta) -> dict[str, object]:
    return {name: getattr(found, name) for name in ("id", "segment", "state", "duration_ms", "sha256")}


def _json(value: object) -> Response:
    return Response(json_bytes(value), media_type="application/json")
