"""The do-not-call list: written by people, told to the floor, which lets nothing be dialled that is on it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.callbacks.tables import DoNotCall
from cti_server.floor.inputs import DoNotCallLoaded

MOST_NUMBERS = 20_000
"""The floor keeps them in memory. Whole ranges belong into CTI_DIAL_REFUSED."""
LONGEST_REASON = 500


class ListFullError(Exception):
    """No room for these numbers as well."""


@dataclass(frozen=True, slots=True)
class Barred:
    """`number` in E.164; `by`: who put it there."""

    number: str
    reason: str
    by: str
    at: datetime


async def add_numbers(session: AsyncSession, numbers: Iterable[str], reason: str, by: str) -> list[str]:
    """Those of `numbers` (E.164) that were not on the list; of the others the first entry stays. ListFullError."""
    wanted = sorted(set(numbers))
    if not wanted:
        return []
    rows = [{"number": number, "reason": reason[:LONGEST_REASON], "added_by": by} for number in wanted]
    query = insert(DoNotCall).on_conflict_do_nothing().returning(DoNotCall.number)
    added = sorted(await session.scalars(query, rows))
    if (await session.scalar(select(func.count()).select_from(DoNotCall)) or 0) > MOST_NUMBERS:
        raise ListFullError
    return added


async def remove_number(session: AsyncSession, number: str) -> bool:
    """False: it was not on the list."""
    gone = await session.scalar(delete(DoNotCall).where(DoNotCall.number == number).returning(DoNotCall.number))
    return gone is not None


async def list_numbers(session: AsyncSession, *, digits: str = "", limit: int, before: str = "") -> Sequence[Barred]:
    """Those that contain `digits`, newest first, after the number `before` of the page above."""
    query = select(DoNotCall).order_by(DoNotCall.added_at.desc(), DoNotCall.number).limit(limit)
    if digits:
        query = query.where(DoNotCall.number.contains(digits, autoescape=True))
    if before:
        last = select(DoNotCall.added_at).where(DoNotCall.number == before).scalar_subquery()
        later = (DoNotCall.added_at == last) & (DoNotCall.number > before)
        query = query.where((DoNotCall.added_at < last) | later)
    return [Barred(row.number, row.reason, row.added_by, row.added_at) for row in await session.scalars(query)]


async def load_numbers(session: AsyncSession) -> DoNotCallLoaded:
    """The list, for the floor."""
    return DoNotCallLoaded(frozenset(await session.scalars(select(DoNotCall.number))))
