"""One customer: read, create, edit; and two records found to be one person: merge, which can be undone.

Plain functions on the caller's session; who opens the transaction commits it.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.customers.names import clean_name, sounds
from cti_server.customers.numbers import NO_HOME, Home, normalise, shown
from cti_server.customers.places import Places
from cti_server.customers.tables import Customer as CustomerRow
from cti_server.customers.tables import CustomerPhone
from cti_server.floor.events import Customer
from cti_server.floor.words import CustomerId

_MOST_HINTS, _HINT_CAP, _MOST_PHONES, _MOST_ATTRIBUTES = 12, 80, 20, 60


class CustomerError(Exception):
    """A record cannot be made so. `code` is stable: name_needed, bad_phone, bad_grade, too_much, unknown_customer,
    same_customer, merged, not_merged."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Phone:
    e164: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    id: str
    name: str
    grade: str
    prospect: bool
    phones: tuple[Phone, ...]
    attributes: Mapping[str, object]
    hints: tuple[str, ...]
    created_at: datetime
    merged_into: str | None


@dataclass(frozen=True, slots=True)
class PhoneView:
    e164: str
    shown: str
    label: str
    place: str


async def read(session: AsyncSession, id_: str) -> CustomerRecord | None:
    """The record, also of a merged customer (then `merged_into` is set); None when there is none."""
    row = await _row(session, id_)
    if row is None:
        return None
    phones = await session.scalars(
        select(CustomerPhone)
        .where(CustomerPhone.customer_id == row.id)
        .order_by(CustomerPhone.position, CustomerPhone.e164)
    )
    return CustomerRecord(
        id=row.id,
        name=row.name,
        grade=row.grade,
        prospect=row.prospect,
        phones=tuple(Phone(phone.e164, phone.label) for phone in phones),
        attributes=row.attributes,
        hints=tuple(row.hints),
        created_at=row.created_at,
        merged_into=row.merged_into,
    )


async def create(
    session: AsyncSession,
    *,
    name: str,
    phones: Sequence[Phone] = (),
    grade: str = "",
    hints: Sequence[str] = (),
    attributes: Mapping[str, object] | None = None,
    home: Home = NO_HOME,
    id_: str | None = None,
) -> CustomerRecord:
    """A new customer (never a prospect). Numbers as people write them. CustomerError says what is wrong."""
    row = CustomerRow(id=id_ or str(uuid.uuid4()), prospect=False, attributes=_attributes(attributes or {}))
    row.name, row.name_pinyin, row.name_initials = _named(name)
    row.grade, row.hints = _grade(grade), _hints(hints)
    numbers = _phones(phones, home)
    session.add(row)
    await session.flush()
    await _set_phones(session, row.id, numbers)
    return await _must_read(session, row.id)


async def edit(
    session: AsyncSession,
    id_: str,
    *,
    name: str | None = None,
    grade: str | None = None,
    hints: Sequence[str] | None = None,
    phones: Sequence[Phone] | None = None,
    attributes: Mapping[str, object] | None = None,
    home: Home = NO_HOME,
) -> CustomerRecord:
    """Change what is given; `phones` and `attributes` replace all. A prospect who gets a name becomes a customer."""
    row = await _row(session, id_, lock=True)
    if row is None:
        raise CustomerError("unknown_customer", f"There is no customer {id_}.")
    if row.merged_into is not None:
        raise CustomerError("merged", "This record was merged into another one; edit that one.")
    if name is not None:
        row.name, row.name_pinyin, row.name_initials = _named(name)
        row.prospect = False
    if grade is not None:
        row.grade = _grade(grade)
    if hints is not None:
        row.hints = _hints(hints)
    if attributes is not None:
        row.attributes = _attributes(attributes)
    await session.flush()
    if phones is not None:
        await _set_phones(session, row.id, _phones(phones, home))
    return await _must_read(session, row.id)


async def merge(session: AsyncSession, source: str, target: str) -> str:
    """`source` turned out to be `target`: his numbers and future calls lead there. Returns the target's final id.

    Nothing is moved or deleted, so `unmerge` restores both exactly.
    """
    first, second = sorted((source, target))
    for id_ in (first, second):  # always in the same order: two merges at once must not wait for each other
        if await _row(session, id_, lock=True) is None:
            raise CustomerError("unknown_customer", f"There is no customer {id_}.")
    end = await resolve(session, target)
    if end is None or end == source or source == target:
        raise CustomerError("same_customer", "Both records already are the same customer.")
    row = await _row(session, source)
    if row is None or row.merged_into is not None:
        raise CustomerError("merged", "This record was merged before; undo that first.")
    row.merged_into = end
    await session.flush()
    return end


async def unmerge(session: AsyncSession, source: str) -> None:
    """Undo `merge`."""
    row = await _row(session, source, lock=True)
    if row is None:
        raise CustomerError("unknown_customer", f"There is no customer {source}.")
    if row.merged_into is None:
        raise CustomerError("not_merged", "This record is not merged into another one.")
    await session.execute(update(CustomerRow).where(CustomerRow.id == source).values(merged_into=None))
    await session.refresh(row)


async def resolve(session: AsyncSession, id_: str) -> str | None:
    """Whom `id_` was merged into at last (himself when never merged); None when unknown."""
    for _ in range(9):
        row = await _row(session, id_)
        if row is None:
            return None
        if row.merged_into is None:
            return row.id
        id_ = row.merged_into
    return None


async def pick(session: AsyncSession, id_: str, *, phone: str, places: Places) -> Customer:
    """The customer as the floor wants him (input CustomerPicked), on the number he calls from."""
    end = await resolve(session, id_)
    record = await read(session, end) if end is not None else None
    if record is None:
        raise CustomerError("unknown_customer", f"There is no customer {id_}.")
    return as_floor(record, phone, places)


def as_floor(record: CustomerRecord, phone: str, places: Places) -> Customer:
    return Customer(
        id=CustomerId(record.id),
        name=record.name,
        grade=record.grade,
        prospect=record.prospect,
        phone=phone,
        place=places.of(phone),
        hints=record.hints,
    )


def phone_views(record: CustomerRecord, places: Places) -> tuple[PhoneView, ...]:
    """The numbers as a screen shows them."""
    return tuple(PhoneView(p.e164, shown(p.e164), p.label, places.of(p.e164)) for p in record.phones)


async def _row(session: AsyncSession, id_: str, *, lock: bool = False) -> CustomerRow | None:
    try:
        id_ = str(uuid.UUID(id_))
    except ValueError:
        return None
    query = select(CustomerRow).where(CustomerRow.id == id_).execution_options(populate_existing=True)
    return (await session.scalars(query.with_for_update() if lock else query)).one_or_none()


async def _must_read(session: AsyncSession, id_: str) -> CustomerRecord:
    record = await read(session, id_)
    if record is None:
        raise CustomerError("unknown_customer", f"There is no customer {id_}.")
    return record


async def _set_phones(session: AsyncSession, id_: str, phones: Sequence[Phone]) -> None:
    await session.execute(delete(CustomerPhone).where(CustomerPhone.customer_id == id_))
    session.add_all(
        CustomerPhone(customer_id=id_, e164=phone.e164, label=phone.label, position=position)
        for position, phone in enumerate(phones)
    )
    await session.flush()


def _named(name: str) -> tuple[str, str, str]:
    cleaned = clean_name(name)
    if not cleaned:
        raise CustomerError("name_needed", "A customer needs a name of at least one visible character.")
    return cleaned, *sounds(cleaned)


def _grade(grade: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}|", grade):
        raise CustomerError("bad_grade", "A grade is a code such as gold, silver or standard.")
    return grade


def _hints(hints: Sequence[str]) -> list[str]:
    cleaned = [hint for hint in (clean_name(raw[:_HINT_CAP]) for raw in hints) if hint]
    if len(cleaned) > _MOST_HINTS:
        raise CustomerError("too_much", f"At most {_MOST_HINTS} hints; an agent reads them in a second.")
    return list(dict.fromkeys(cleaned))


def _phones(phones: Sequence[Phone], home: Home) -> list[Phone]:
    if len(phones) > _MOST_PHONES:
        raise CustomerError("too_much", f"At most {_MOST_PHONES} numbers.")
    found: dict[str, Phone] = {}
    for phone in phones:
        number = normalise(phone.e164, home)
        if number.e164 is None:
            raise CustomerError("bad_phone", f"Not a telephone number ({number.reason}): give it with its area code.")
        found.setdefault(number.e164, replace(phone, e164=number.e164, label=clean_name(phone.label)))
    return list(found.values())


def _attributes(attributes: Mapping[str, object]) -> dict[str, object]:
    if len(attributes) > _MOST_ATTRIBUTES or any(len(key) > 64 for key in attributes):
        raise CustomerError("too_much", f"At most {_MOST_ATTRIBUTES} attributes with names of up to 64 characters.")
    return dict(attributes)
