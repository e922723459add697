"""Who looked at what: rows of the audit log."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.store.tables import AuditEntry
from cti_server.web.tokens import User

_SAME_LOOK = timedelta(minutes=10)


async def record(
    session: AsyncSession, user: User, action: str, target: str, details: Mapping[str, object] | None = None
) -> None:
    """Written in the caller's transaction."""
    session.add(AuditEntry(user_id=user.id, action=action, target=target, details=dict(details or {})))
    await session.flush()


async def record_look(session: AsyncSession, user: User, action: str, target: str) -> None:
    """As `record`, but a player that fetches a file in many pieces is one look: at most one row in ten minutes."""
    known = await session.scalar(
        select(AuditEntry.id)
        .where(
            AuditEntry.target == target,
            AuditEntry.user_id == user.id,
            AuditEntry.action == action,
            AuditEntry.at > func.now() - _SAME_LOOK,
        )
        .limit(1)
    )
    if known is None:
        await record(session, user, action, target)
