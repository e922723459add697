"""Customers: find, read, make, change."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, NoReturn, TypeVar

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from cti_server.customers import records
from cti_server.customers.records import CustomerError, CustomerRecord
from cti_server.customers.search import BadCursorError, search
from cti_server.web.audit import record
from cti_server.web.deps import Deps, WebDeps
from cti_server.web.errors import Problem
from cti_server.web.fields import Id
from cti_server.web.idempotency import Key, once
from cti_server.web.permissions import CurrentUser, permission

router = APIRouter(prefix="/api/v1", tags=["customers"])

T = TypeVar("T")
_PROBLEMS = {"unknown_customer": "not_found", "bad_phone": "invalid_number"}


class Phone(BaseModel):
    e164: str
    shown: str
    label: str
    place: str


class Customer(BaseModel):
    id: str
    name: str
    grade: str
    prospect: bool
    phones: list[Phone]
    attributes: dict[str, object]
    hints: list[str]
    created_at: datetime


class Customers(BaseModel):
    items: list[Customer]
    next_cursor: str | None


class NewPhone(BaseModel):
    e164: str = Field(max_length=32)
    label: str = Field(default="", max_length=64)


class NewCustomer(BaseModel):
    name: str = Field(min_length=1, max_length=200)
    phones: list[NewPhone] = Field(default=[], max_length=20)
    grade: str = Field(default="", max_length=32)
    hints: list[Annotated[str, Field(max_length=200)]] = Field(default=[], max_length=20)
    attributes: dict[Annotated[str, Field(max_length=64)], str | int | float | bool | None] = Field(
        default={}, max_length=60
    )


class CustomerChange(BaseModel):
    """What is given is changed; the rest stays."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    grade: str | None = Field(default=None, max_length=32)
    hints: list[Annotated[str, Field(max_length=200)]] | None = Field(default=None, max_length=20)


@router.get("/customers", dependencies=[permission("customers.read")])
async def find_customers(
    deps: Deps,
    q: Annotated[str, Query(max_length=100)] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=2048)] = None,
) -> Customers:
    """By name, pinyin, initials, or three or more digits of a number; best first."""
    async with deps.sessions() as session:
        try:
            page = await search(session, q, limit=limit, cursor=cursor)
        except BadCursorError:
            raise Problem("invalid_cursor") from None
        found = [await records.read(session, match.id) for match in page.items]
    return Customers(items=[_view(one, deps) for one in found if one is not None], next_cursor=page.next_cursor)


@router.get("/customers/{id_}", dependencies=[permission("customers.read")])
async def get_customer(id_: Id, deps: Deps) -> Customer:
    """The customer; for one that was merged into another, that other one."""
    async with deps.sessions() as session:
        end = await records.resolve(session, id_)
        found = await records.read(session, end) if end is not None else None
    if found is None:
        raise Problem("not_found")
    return _view(found, deps)


@router.post("/customers", status_code=201, response_model=Customer, dependencies=[permission("customers.edit")])
async def create_customer(
    new: NewCustomer, request: Request, user: CurrentUser, deps: Deps, key: Key = None
) -> Response:
    async def create(session: AsyncSession) -> bytes:
        made = await records.create(
            session,
            name=new.name,
            phones=[records.Phone(phone.e164, phone.label) for phone in new.phones],
            grade=new.grade,
            hints=new.hints,
            attributes=new.attributes,
        )
        await record(session, user, "customer.create", made.id)
        return _view(made, deps).model_dump_json().encode()

    async with deps.sessions() as session:
        return await _checked(lambda: once(session, request, user, key, create))


@router.patch("/customers/{id_}", dependencies=[permission("customers.edit")])
async def change_customer(id_: Id, change: CustomerChange, user: CurrentUser, deps: Deps) -> Customer:
    async def apply() -> CustomerRecord:
        async with deps.sessions.begin() as session:
            changed = await records.edit(session, id_, name=change.name, grade=change.grade, hints=change.hints)
            await record(session, user, "customer.edit", changed.id, {"fields": sorted(change.model_fields_set)})
            return changed

    return _view(await _checked(apply), deps)


async def _checked(work: Callable[[], Awaitable[T]]) -> T:
    try:
        return await work()
    except CustomerError as error:
        _refuse(error)


def _refuse(error: CustomerError) -> NoReturn:
    code = _PROBLEMS.get(error.code, "invalid_request")
    raise Problem(code, None if code != "invalid_request" else (error.detail, error.detail)) from None


def _view(found: CustomerRecord, deps: WebDeps) -> Customer:
    return Customer(
        id=found.id,
        name=found.name,
        grade=found.grade,
        prospect=found.prospect,
        phones=[
            Phone(e164=phone.e164, shown=phone.shown, label=phone.label, place=phone.place)
            for phone in records.phone_views(found, deps.places)
        ],
        attributes=dict(found.attributes),
        hints=list(found.hints),
        created_at=found.created_at.astimezone(UTC),
    )
