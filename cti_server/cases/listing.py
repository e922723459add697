"""Finding cases, newest first. Reads only."""

import base64
import binascii
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, cast, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.cases.records import NUMBER, CaseRecord, record_of
from cti_server.cases.tables import Case
from cti_server.customers.tables import Customer
from cti_server.directory.tables import User
from cti_server.store.base import at_millis

MOST_ITEMS = 100
_EPOCH = at_millis(0)


class CursorError(ValueError):
    """A cursor that we did not hand out."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What to list; None = everything.

    `seen_by`: only what this user may see: what he opened, and all of the customers in `talking_with`.
    """

    state: str | None = None
    kind: str | None = None
    customer: str | None = None
    interaction: str | None = None
    seen_by: str | None = None
    talking_with: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class CaseItem:
    """A case, and the names of the customer and of who opened and closed it ('' where it was no person)."""

    case: CaseRecord
    customer_name: str
    opened_by_name: str
    closed_by_name: str


@dataclass(frozen=True, slots=True)
class CasePage:
    """`next_cursor` is None on the last page."""

    items: list[CaseItem]
    next_cursor: str | None


async def list_cases(
    session: AsyncSession, filters: Filters, *, limit: int = 50, cursor: str | None = None
) -> CasePage:
    """A page of at most `limit` (1–100) cases that fit. Raises CursorError."""
    limit = max(1, min(limit, MOST_ITEMS))
    query = select(Case).where(*_conditions(filters))
    if cursor is not None:
        opened_at, last = _read_cursor(cursor)
        query = query.where(tuple_(Case.opened_at, Case.id) < tuple_(opened_at, cast(last, Case.id.type)))
    query = query.order_by(Case.opened_at.desc(), Case.id.desc()).limit(limit + 1)
    rows = (await session.scalars(query)).all()
    items = await _items(session, rows[:limit])
    return CasePage(items, _make_cursor(rows[limit - 1]) if len(rows) > limit else None)


async def one_case(session: AsyncSession, id_or_number: str, filters: Filters | None = None) -> CaseItem | None:
    """By its id or its number; None also when `filters` hide it."""
    row = await session.scalar(select(Case).where(_named(id_or_number), *_conditions(filters or Filters())))
    return (await _items(session, [row]))[0] if row is not None else None


@dataclass(frozen=True, slots=True)
class CaseBrief:
    """A case as a line beside something else."""

    id: str
    number: str
    kind: str
    state: str
    subject: str


async def cases_of(session: AsyncSession, interactions: Sequence[str]) -> dict[str, list[CaseBrief]]:
    """What was opened in each of these conversations, oldest first."""
    query = (
        select(Case.interaction_id, Case.id, Case.number, Case.kind, Case.state, Case.subject)
        .where(Case.interaction_id.in_(interactions))
        .order_by(Case.opened_at, Case.id)
    )
    found: dict[str, list[CaseBrief]] = {}
    for interaction, *brief in await session.execute(query):
        found.setdefault(str(interaction), []).append(CaseBrief(*brief))
    return found


async def case_of_recording(session: AsyncSession, recording: str, filters: Filters) -> str | None:
    """The id of the case whose sound this is, if `filters` let it be seen."""
    query = select(Case.id).where(Case.recording_id == recording, *_conditions(filters)).limit(1)
    found: str | None = await session.scalar(query)
    return found


def _named(id_or_number: str) -> ColumnElement[bool]:
    if NUMBER.fullmatch(id_or_number):
        return Case.number == id_or_number
    try:
        return Case.id == str(uuid.UUID(id_or_number))
    except ValueError:
        return Case.number == ""


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column, wanted in (
        (Case.state, filters.state),
        (Case.kind, filters.kind),
        (Case.interaction_id, filters.interaction),
    ):
        if wanted is not None:
            conditions.append(column == wanted)
    if filters.customer is not None:
        conditions.append(_of_customer(filters.customer))
    if filters.seen_by is not None:
        conditions.append(or_(Case.opened_by == filters.seen_by, *map(_of_customer, filters.talking_with)))
    return conditions


def _of_customer(customer: str) -> ColumnElement[bool]:
    merged = select(Customer.id).where(Customer.merged_into == customer)
    return or_(Case.customer_id == customer, Case.customer_id.in_(merged))


async def _items(session: AsyncSession, rows: Sequence[Case]) -> list[CaseItem]:
    customers = select(Customer.id, Customer.name).where(Customer.id.in_({row.customer_id for row in rows}))
    names = {id_: name for id_, name in await session.execute(customers)}
    people = {row.opened_by for row in rows} | {row.closed_by for row in rows}
    users = select(User.username, User.name).where(User.username.in_(people))
    called = {username: name for username, name in await session.execute(users)}
    return [
        CaseItem(
            record_of(row),
            names.get(row.customer_id, ""),
            called.get(row.opened_by, ""),
            called.get(row.closed_by, ""),
        )
        for row in rows
    ]


def _make_cursor(last: Case) -> str:
    micros = (last.opened_at - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(msgspec.json.encode([micros, last.id])).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        micros, last = msgspec.json.decode(raw, type=tuple[int, str])
        return _EPOCH + timedelta(microseconds=micros), str(uuid.UUID(last))
    except (binascii.Error, UnicodeError, msgspec.DecodeError, OverflowError, ValueError) as error:
        raise CursorError("this cursor was not handed out here") from error
