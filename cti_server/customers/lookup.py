"""Which customers have a number or an attribute; merged ones lead to whom they were merged into."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.customers.records import resolve
from cti_server.customers.tables import Customer, CustomerPhone

_MOST = 20


async def owners_of(session: AsyncSession, e164: str) -> list[str]:
    """Ids of those who have this number, each once."""
    owners = select(CustomerPhone.customer_id).where(CustomerPhone.e164 == e164)
    return await _ends(session, Customer.id.in_(owners))


async def with_attribute(session: AsyncSession, name: str, value: str) -> list[str]:
    """Ids of those whose attribute `name` is exactly this text, each once."""
    return await _ends(session, Customer.attributes.contains({name: value}))


async def _ends(session: AsyncSession, which: ColumnElement[bool]) -> list[str]:
    found: Sequence[str] = (await session.scalars(select(Customer.id).where(which).limit(_MOST))).all()
    ends = [await resolve(session, id_) for id_ in found]
    return list(dict.fromkeys(end for end in ends if end is not None))
