"""The do-not-call list: numbers that are never dialled, who put them there, when and why."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from cti_server.callbacks.do_not_call import (
    LONGEST_REASON,
    Barred,
    ListFullError,
    add_numbers,
    list_numbers,
    load_numbers,
    remove_number,
)
from cti_server.customers.numbers import normalise
from cti_server.store.base import reading
from cti_server.web.agents import ask
from cti_server.web.audit import record
from cti_server.web.deps import Deps, WebDeps
from cti_server.web.errors import Problem
from cti_server.web.fields import Prose
from cti_server.web.permissions import CurrentUser, permission

router = APIRouter(prefix="/api/v1", tags=["callbacks"])

Number = Annotated[str, Path(min_length=1, max_length=64)]


class Why(BaseModel):
    reason: Prose = Field(default="", max_length=LONGEST_REASON)


class Entry(BaseModel):
    """`number` in E.164. `added_by`: a user name, or `cti:` and an account of the operating system."""

    number: str
    reason: str
    added_by: str
    added_at: datetime


class Entries(BaseModel):
    items: list[Entry]
    next_cursor: str | None


class Wanted(BaseModel):
    """`digits`: only numbers that contain them."""

    digits: str = Field(default="", max_length=15, pattern=r"^\+?[0-9]*$")
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str = Field(default="", max_length=64)


@router.get("/do-not-call", dependencies=[permission("callbacks.all")])
async def get_list(wanted: Annotated[Wanted, Query()], deps: Deps) -> Entries:
    """Newest first."""
    async with reading(deps.sessions) as session:
        found = await list_numbers(session, digits=wanted.digits, limit=wanted.limit + 1, before=wanted.cursor)
    page = found[: wanted.limit]
    return Entries(
        items=[_entry(one) for one in page],
        next_cursor=page[-1].number if len(found) > wanted.limit else None,
    )


@router.put("/do-not-call/{number}", status_code=204, dependencies=[permission("callbacks.place")])
async def put_number(number: Number, why: Why, user: CurrentUser, deps: Deps) -> None:
    """Never dial this number, as people write it. Open callbacks to it end. If it is there already, nothing changes."""
    e164 = _e164(deps, number)
    async with deps.sessions.begin() as session:
        try:
            added = await add_numbers(session, [e164], why.reason, user.username)
        except ListFullError:
            raise Problem("list_full") from None
        if added:
            await record(session, user, "do_not_call.add", e164, {"reason": why.reason})
    await _told(deps)


@router.delete("/do-not-call/{number}", status_code=204, dependencies=[permission("callbacks.all")])
async def delete_number(number: Number, user: CurrentUser, deps: Deps) -> None:
    """It may be dialled again."""
    e164 = _e164(deps, number)
    async with deps.sessions.begin() as session:
        if not await remove_number(session, e164):
            raise Problem("not_found")
        await record(session, user, "do_not_call.remove", e164)
    await _told(deps)


async def _told(deps: WebDeps) -> None:
    """The floor knows, before the answer says so."""
    async with reading(deps.sessions) as session:
        numbers = await load_numbers(session)
    await ask(deps, numbers)


def _e164(deps: WebDeps, number: str) -> str:
    e164 = normalise(number, deps.home).e164
    if e164 is None:
        raise Problem("invalid_number")
    return e164


def _entry(one: Barred) -> Entry:
    return Entry(number=one.number, reason=one.reason, added_by=one.by, added_at=one.at)
