"""Conversations: what an agent does in one, and the record of all."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from cti_server.customers.records import CustomerError, pick
from cti_server.floor.inputs import CustomerPicked, HangUpRequested, RefusedError, RejoinRequested, WrapUpSubmitted
from cti_server.floor.words import InteractionId
from cti_server.interactions.cursors import CursorError
from cti_server.interactions.history import Filters, InteractionItem, list_interactions, one_interaction
from cti_server.live.frames import json_bytes
from cti_server.live.view import watchers
from cti_server.store.base import reading
from cti_server.web.agents import ask, floor_json, seat
from cti_server.web.deps import Deps, WebDeps
from cti_server.web.drafts import save_draft
from cti_server.web.errors import Problem
from cti_server.web.fields import Code, CustomerId, CustomerKey, Id, Prose
from cti_server.web.permissions import CurrentUser, may, permission
from cti_server.web.tokens import User

router = APIRouter(prefix="/api/v1", tags=["interactions"])


class Result(BaseModel):
    disposition: Prose = Field(max_length=64)
    note: Prose = Field(default="", max_length=8000)


class PickedCustomer(BaseModel):
    customer_id: str = Field(max_length=64)


class Wanted(BaseModel):
    """What to list. `from` ≤ arrived_at < `to`; times in ISO 8601, taken as UTC without an offset."""

    agent: Code | None = None
    customer: CustomerId | None = None
    queue: Code | None = None
    state: Code | None = None
    outcome: Code | None = None
    survey: Literal["1", "2", "3", "4", "5", "low", "any"] | None = None
    since: datetime | None = Field(default=None, alias="from")
    until: datetime | None = Field(default=None, alias="to")
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=512)


@router.get("/interactions", dependencies=[permission("interactions.own")])
async def get_interactions(wanted: Annotated[Wanted, Query()], user: CurrentUser, deps: Deps) -> Response:
    """Newest first. Agents see where they talked, and all of the customers they talk with now."""
    return await _page(deps, user, wanted)


@router.get("/customers/{id_}/interactions", dependencies=[permission("interactions.own")])
async def get_customer_interactions(
    id_: CustomerKey, wanted: Annotated[Wanted, Query()], user: CurrentUser, deps: Deps
) -> Response:
    return await _page(deps, user, wanted.model_copy(update={"customer": id_}))


@router.get("/interactions/{id_}", dependencies=[permission("interactions.own")])
async def get_interaction(id_: Id, user: CurrentUser, deps: Deps) -> Response:
    """One conversation with its timeline, and the draft of the agent who asks."""
    async with reading(deps.sessions) as session:
        found = await one_interaction(session, id_, draft_of=user.agent, seen_by=sight(deps, user))
    if found is None:
        raise Problem("not_found")
    return _json({**_fields(found.item), "draft": found.draft, "timeline": found.timeline})


async def _page(deps: WebDeps, user: User, wanted: Wanted) -> Response:
    filters = replace(
        sight(deps, user),
        agent=wanted.agent,
        customer=wanted.customer,
        queue=wanted.queue,
        state=wanted.state,
        outcome=wanted.outcome,
        survey=wanted.survey,
        since=_utc(wanted.since),
        until=_utc(wanted.until),
    )
    async with reading(deps.sessions) as session:
        try:
            found = await list_interactions(session, filters, limit=wanted.limit, cursor=wanted.cursor)
        except CursorError:
            raise Problem("invalid_cursor") from None
    return _json({"items": [_fields(item) for item in found.items], "next_cursor": found.next_cursor})


def sight(deps: WebDeps, user: User) -> Filters:
    """What of the record this user may see at all."""
    if may(user, "interactions.all"):
        return Filters()
    live = deps.hub.floor.interactions
    mine = [one.customer.id for one in live.values() if user.agent in watchers(deps.hub.floor, one.id)]
    return Filters(seen_by=user.agent or "", talking_with=mine)


def _utc(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


def _fields(item: InteractionItem) -> dict[str, object]:
    return {name: getattr(item, name) for name in item.__slots__}


def _json(value: object) -> Response:
    """ISO 8601 in UTC with `Z`, straight from the rows."""
    return Response(json_bytes(value), media_type="application/json")


@router.post("/interactions/{id_}/hang-up", status_code=204, dependencies=[permission("floor.self")])
async def hang_up(id_: Id, user: CurrentUser, deps: Deps) -> None:
    """End the conversation: the caller hears a goodbye and is released."""
    await ask(deps, HangUpRequested(seat(user), InteractionId(id_)))


@router.post("/interactions/{id_}/rejoin", status_code=204, dependencies=[permission("floor.self")])
async def rejoin(id_: Id, user: CurrentUser, deps: Deps) -> None:
    """The page was reloaded in a call: ring me into the bridge again."""
    await ask(deps, RejoinRequested(seat(user), InteractionId(id_)))


@router.post("/interactions/{id_}/wrap-up", dependencies=[permission("floor.self")])
async def wrap_up(id_: Id, result: Result, user: CurrentUser, deps: Deps) -> Result:
    """Complete the work. Sent again with the same content after a lost answer, it is a success as well."""
    if result.disposition not in (await deps.lists.choices()).dispositions:
        raise Problem("unknown_disposition")
    agent = seat(user)
    try:
        await ask(deps, WrapUpSubmitted(agent, InteractionId(id_), result.disposition, result.note))
    except RefusedError:
        if not deps.completed.was(id_, agent, result.disposition, result.note):
            raise
    deps.completed.note(id_, agent, result.disposition, result.note)
    return result


@router.put("/interactions/{id_}/draft", status_code=204, dependencies=[permission("floor.self")])
async def put_draft(id_: Id, draft: Result, user: CurrentUser, deps: Deps) -> None:
    """Keep what was typed so far. Only for a conversation of one's own."""
    agent = seat(user)
    _insight(deps, user, id_)
    async with deps.sessions.begin() as session:
        if not await save_draft(session, id_, agent, draft.disposition, draft.note):
            raise Problem("not_found")


@router.put("/interactions/{id_}/customer", dependencies=[permission("customers.edit")])
async def put_customer(id_: Id, picked: PickedCustomer, user: CurrentUser, deps: Deps) -> Response:
    """Say who this conversation is with; answers with the customer as the live interaction shows him."""
    _insight(deps, user, id_)
    interaction = deps.hub.floor.interactions[InteractionId(id_)]
    async with reading(deps.sessions) as session:
        try:
            customer = await pick(session, picked.customer_id, phone=interaction.caller, places=deps.places)
        except CustomerError:
            raise Problem("not_found") from None
    agent = seat(user) if user.agent is not None else None
    await ask(deps, CustomerPicked(agent, interaction.id, customer))
    return floor_json(customer)


def _insight(deps: WebDeps, user: User, id_: str) -> None:
    """The interaction is live and this user may see it, else `not_your_interaction`."""
    floor = deps.hub.floor
    mine = user.agent in watchers(floor, InteractionId(id_))
    if InteractionId(id_) not in floor.interactions or not (mine or may(user, "interactions.all")):
        raise Problem("not_your_interaction")
