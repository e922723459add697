"""Callbacks: ask for one, see them, move and cancel them, and which times can still be promised."""

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from cti_server.callbacks import free_slots
from cti_server.customers.records import CustomerError, pick
from cti_server.floor.events import Customer
from cti_server.floor.inputs import CallbackCancelled, CallbackMoved, CallbackPlaced
from cti_server.floor.model import Interaction
from cti_server.floor.words import CallbackMode, InteractionId, Millis, QueueId
from cti_server.interactions.cursors import CursorError
from cti_server.interactions.history import Filters, InteractionItem, list_interactions
from cti_server.live.frames import json_bytes
from cti_server.store.base import at_millis, reading
from cti_server.web.agents import ask
from cti_server.web.audit import record
from cti_server.web.deps import Deps, WebDeps
from cti_server.web.errors import Problem
from cti_server.web.fields import Code, CustomerId, Id, Prose
from cti_server.web.idempotency import Key, once
from cti_server.web.permissions import CurrentUser, may, permission

router = APIRouter(prefix="/api/v1", tags=["callbacks"])

_TIMES = ("requested_at", "not_before", "expires_at")
_Of = Literal["requested", "scheduled", "dialling", "connected", "completed", "exhausted", "cancelled"]
State = Literal["open", "closed", "any"] | _Of


class NewCallback(BaseModel):
    """`number` as people write it. `not_before` (ISO 8601; UTC without an offset): not earlier; with `slot` it is a
    time of GET /callbacks/slots and is promised. Without: as soon as it is his turn."""

    number: str = Field(min_length=3, max_length=64)
    queue: Code
    customer_id: CustomerId | None = None
    mode: CallbackMode | None = None
    not_before: datetime | None = None
    slot: bool = False
    source: Literal["api", "web"] = "api"
    priority: int = Field(default=0, ge=0, le=10)
    reason: Prose = Field(default="", max_length=500)


class NewTime(BaseModel):
    not_before: datetime


class Wanted(BaseModel):
    state: State = "open"
    queue: Code | None = None
    customer: CustomerId | None = None
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=512)


@router.get("/callbacks", dependencies=[permission("callbacks.all")])
async def get_callbacks(wanted: Annotated[Wanted, Query()], deps: Deps) -> Response:
    """Newest first; the open ones unless `state` says otherwise."""
    filters = Filters(callback=wanted.state, queue=wanted.queue, customer=wanted.customer)
    async with reading(deps.sessions) as session:
        try:
            found = await list_interactions(session, filters, limit=wanted.limit, cursor=wanted.cursor)
        except CursorError:
            raise Problem("invalid_cursor") from None
    return _json({"items": [_row(item) for item in found.items], "next_cursor": found.next_cursor})


@router.get("/callbacks/slots", dependencies=[permission("callbacks.place")])
async def get_slots(queue: Code, deps: Deps, days: Annotated[int, Query(ge=1, le=14)] = 3) -> Response:
    """Times at which a callback of this queue can be promised, and for how many."""
    floor = deps.hub.floor
    if QueueId(queue) not in floor.queues:
        raise Problem("unknown_queue")
    slots = free_slots(floor, QueueId(queue), deps.now(), days)
    items = [{"at": at_millis(one.at), "until": at_millis(one.until), "free": one.free} for one in slots]
    return _json({"items": items})


@router.get("/callbacks/{id_}", dependencies=[permission("callbacks.place")])
async def get_callback(id_: Id, deps: Deps, user: CurrentUser) -> Response:
    """An open one; what became of others is told by GET /interactions/{id}."""
    return _json(_view(_open(deps, id_)))


@router.post("/callbacks", status_code=201, dependencies=[permission("callbacks.place")])
async def create_callback(
    new: NewCallback, request: Request, user: CurrentUser, deps: Deps, key: Key = None
) -> Response:
    """Have a customer rung. 201 with the callback; its id is that of the interaction."""
    number = deps.dialable(new.number)
    if not number:
        raise Problem("number_not_allowed")
    # The same key means the same interaction, also when the answer could not be kept.
    seed = f"{user.id}:{key}".encode() if key is not None else secrets.token_bytes(32)
    id_ = InteractionId(hashlib.sha256(seed).hexdigest()[:32])
    source = "agent" if user.agent is not None and not may(user, "callbacks.all") else new.source

    async def create(session: AsyncSession) -> bytes:
        await ask(
            deps,
            CallbackPlaced(
                interaction=id_,
                number=number,
                customer=await _customer(deps, session, new.customer_id, number, id_),
                queue=QueueId(new.queue),
                source=source,
                mode=new.mode,
                not_before=_millis(new.not_before),
                slot=new.slot,
                priority=new.priority,
                reason=new.reason,
            ),
        )
        await record(session, user, "callback.create", id_)
        return json_bytes(_view(_open(deps, id_)))

    async with deps.sessions() as session:
        return await once(session, request, user, key, create)


@router.patch("/callbacks/{id_}", dependencies=[permission("callbacks.all")])
async def move_callback(id_: Id, time: NewTime, user: CurrentUser, deps: Deps) -> Response:
    """Another time, while nobody is being rung for it."""
    await ask(deps, CallbackMoved(InteractionId(id_), _millis(time.not_before), user.id))
    return _json(_view(_open(deps, id_)))


@router.delete("/callbacks/{id_}", status_code=204, dependencies=[permission("callbacks.all")])
async def cancel_callback(id_: Id, user: CurrentUser, deps: Deps) -> None:
    """Nobody is rung (any more)."""
    await ask(deps, CallbackCancelled(InteractionId(id_), user.id))


async def _customer(
    deps: WebDeps, session: AsyncSession, customer: str | None, number: str, id_: InteractionId
) -> Customer:
    if customer is None:
        return await deps.identify(number, id_)
    try:
        return await pick(session, customer, phone=number, places=deps.places)
    except CustomerError:
        raise Problem("not_found") from None


def _open(deps: WebDeps, id_: str) -> Interaction:
    interaction = deps.hub.floor.interactions.get(InteractionId(id_))
    if interaction is None or interaction.callback is None:
        raise Problem("unknown_callback")
    return interaction


def _view(interaction: Interaction) -> dict[str, object]:
    callback = interaction.callback
    told = () if callback is None else ("number", "mode", "source", "state", "attempts", "most_attempts", "reason")
    times = () if callback is None else _TIMES
    return {
        "id": interaction.id,
        "customer_id": interaction.customer.id,
        "customer_name": interaction.customer.name,
        "queue": interaction.queue,
        **{name: getattr(callback, name) for name in (*told, "last_result")},
        "why": "",
        **{name: at_millis(getattr(callback, name)) for name in times},
    }


def _row(item: InteractionItem) -> dict[str, object]:
    callback = dict(item.callback or {})
    for name in _TIMES:
        at = callback.get(name)
        callback[name] = at_millis(at) if isinstance(at, int) else None
    return {
        "id": item.id,
        "customer_id": item.customer_id,
        "customer_name": item.customer_name,
        "queue": item.queue,
        **callback,
    }


def _millis(at: datetime | None) -> Millis:
    if at is None:
        return Millis(0)
    aware = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return Millis(int(aware.timestamp() * 1000))


def _json(value: object) -> Response:
    return Response(json_bytes(value), media_type="application/json")
