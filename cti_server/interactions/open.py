"""What is still going on with a customer."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.interactions.tables import Interaction

_MOST = 50


async def open_interactions(session: AsyncSession, customer_id: str) -> Sequence[Interaction]:
    """His interactions that are not closed, newest first, at most 50."""
    query = (
        select(Interaction)
        .where(Interaction.customer_id == customer_id, Interaction.state != "closed")
        .order_by(Interaction.arrived_at.desc(), Interaction.id.desc())
        .limit(_MOST)
    )
    return (await session.scalars(query)).all()
