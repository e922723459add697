"""Webhooks as administrators see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.webhooks.signing import new_secret
from cti_server.webhooks.tables import Webhook, WebhookDelivery


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`waiting`: events still to be delivered; `last_result`: of the latest attempt."""

    id: str
    url: str
    events: Sequence[str]
    created_at: datetime
    waiting: int
    last_result: str


async def add_webhook(session: AsyncSession, url: str, events: Sequence[str]) -> Webhook:
    """With a new secret, which is shown this once."""
    row = Webhook(url=url, events=sorted(set(events)), secret=new_secret())
    session.add(row)
    await session.flush()
    await session.refresh(row)
    return row


async def all_webhooks(session: AsyncSession) -> Sequence[Endpoint]:
    """The oldest first."""
    waiting = (
        select(func.count())
        .where(WebhookDelivery.webhook_id == Webhook.id, WebhookDelivery.next_at.is_not(None))
        .scalar_subquery()
    )
    last = (
        select(WebhookDelivery.last_result)
        .where(WebhookDelivery.webhook_id == Webhook.id, WebhookDelivery.attempts > 0)
        .order_by(WebhookDelivery.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = await session.execute(select(Webhook, waiting, last).order_by(Webhook.created_at, Webhook.id))
    return [Endpoint(row.id, row.url, row.events, row.created_at, count, result or "") for row, count, result in rows]


async def remove_webhook(session: AsyncSession, id_: str) -> bool:
    """With what was still to be delivered. False: there is none."""
    gone = await session.execute(delete(Webhook).where(Webhook.id == id_).returning(Webhook.id))
    return gone.scalar() is not None
