"""What visitors looked at is forgotten in time."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cti_server.visitors.requests import forget_views

_LOOK_SECONDS = 3600.0

log = structlog.get_logger()


async def keep_forgetting(sessions: async_sessionmaker[AsyncSession], days: int) -> NoReturn:
    """Page views older than `days`, once an hour. Ends by cancellation only."""
    while True:
        try:
            async with sessions.begin() as session:
                await forget_views(session, datetime.now(UTC) - timedelta(days=days))
        except (SQLAlchemyError, OSError) as error:
            log.warning("page_views_not_forgotten", why=type(error).__name__)
        await asyncio.sleep(_LOOK_SECONDS)
