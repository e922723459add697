"""One case: opened once, closed once.

Plain functions on the caller's session; who opens the transaction commits it.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.cases.tables import Case, CaseDay, Kind
from cti_server.customers.records import resolve
from cti_server.store.base import Json

ZONE = ZoneInfo("Asia/Shanghai")
MOST_SUBJECT, MOST_DETAILS, MOST_RESOLUTION, MOST_CODES = 200, 8_000, 4_000, 20
NUMBER = re.compile(r"C-\d{8}-\d{4,9}")


class CaseError(Exception):
    """It cannot be done. `code` is stable: unknown_case, unknown_customer, no_subject, case_closed."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """`opened_by`: a user's name, `flow` or `survey`. `codes`: name → {value, label: {zh, en}}. Times in UTC."""

    id: str
    number: str
    kind: str
    state: str
    customer_id: str
    interaction_id: str | None
    recording_id: str | None
    subject: str
    details: str
    codes: Mapping[str, object]
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    closed_by: str
    resolution: str


async def open_case(
    session: AsyncSession,
    *,
    kind: Kind,
    customer_id: str,
    subject: str,
    opened_by: str,
    interaction_id: str | None = None,
    details: str = "",
    codes: Json | None = None,
    recording_id: str | None = None,
    key: str | None = None,
    zone: ZoneInfo = ZONE,
    now: datetime | None = None,
) -> CaseRecord:
    """A new case with the next number of the day in `zone`; under a known `key` the case that was opened with it.

    Too long texts are cut. Cases opened at the same time wait for each other until the first is committed. CaseError
    when it has no subject, or `customer_id` is no id of a customer.
    """
    if key is not None and (known := await _under(session, key)) is not None:
        return known
    subject = _text(" ".join(subject.split()), MOST_SUBJECT)
    if not subject:
        raise CaseError("no_subject", "A case needs a subject of at least one visible character.")
    at = now or datetime.now(UTC)
    made = await session.scalar(
        insert(Case)
        .values(
            number=await _next_number(session, at.astimezone(zone)),
            key=key,
            kind=kind,
            customer_id=await _end(session, customer_id),
            interaction_id=interaction_id,
            recording_id=recording_id,
            subject=subject,
            details=_text(details, MOST_DETAILS),
            codes=dict(list((codes or {}).items())[:MOST_CODES]),
            opened_at=at,
            opened_by=opened_by,
        )
        .on_conflict_do_nothing(index_elements=[Case.key])
        .returning(Case)
    )
    if made is not None:
        return record_of(made)
    known = await _under(session, key or "")
    if known is None:
        raise RuntimeError("a case is in the way of another without a key")
    return known


async def close_case(
    session: AsyncSession, id_: str, *, closed_by: str, resolution: str, now: datetime | None = None
) -> CaseRecord:
    """Closed with what became of it. CaseError when there is none, or somebody closed it before."""
    closed = await session.scalar(
        update(Case)
        .where(Case.id == id_, Case.state == "open")
        .values(
            state="closed",
            closed_at=now or datetime.now(UTC),
            closed_by=closed_by,
            resolution=_text(resolution, MOST_RESOLUTION),
        )
        .returning(Case)
        .execution_options(populate_existing=True)
    )
    if closed is not None:
        return record_of(closed)
    if await session.get(Case, id_) is None:
        raise CaseError("unknown_case", f"There is no case {id_}.")
    raise CaseError("case_closed", "This case was closed before.")


async def open_count(session: AsyncSession, customer_id: str) -> int:
    """How many open cases a customer has."""
    found = await session.scalar(
        select(func.count()).select_from(Case).where(Case.customer_id == customer_id, Case.state == "open")
    )
    return found or 0


def record_of(row: Case) -> CaseRecord:
    return CaseRecord(**{name: getattr(row, name) for name in CaseRecord.__slots__})


async def _under(session: AsyncSession, key: str) -> CaseRecord | None:
    row = await session.scalar(select(Case).where(Case.key == key))
    return record_of(row) if row is not None else None


async def _next_number(session: AsyncSession, local: datetime) -> str:
    last = await session.scalar(
        insert(CaseDay)
        .values(day=local.date(), last=1)
        .on_conflict_do_update(index_elements=[CaseDay.day], set_={"last": CaseDay.last + 1})
        .returning(CaseDay.last)
    )
    return f"C-{local:%Y%m%d}-{last:04d}"


async def _end(session: AsyncSession, customer_id: str) -> str:
    """Whom he was merged into. Somebody who just called for the first time has no row yet."""
    try:
        id_ = str(uuid.UUID(customer_id))
    except ValueError:
        raise CaseError("unknown_customer", f"There is no customer {customer_id[:64]}.") from None
    return await resolve(session, id_) or id_


def _text(given: str, most: int) -> str:
    return given.replace("\0", "").strip()[:most]
