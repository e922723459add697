"""Learning that somebody changed rows a server keeps in memory (PostgreSQL's NOTIFY, sent by triggers)."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import NoReturn

import asyncpg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from cti_server.store.base import plain_url

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 10.0
_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError)

log = structlog.get_logger()


async def watch(url: str, channel: str, changed: Callable[[], Awaitable[None]]) -> NoReturn:
    """Call `changed` after each notice on `channel`, and after each time the database was away.

    Ends by cancellation only.
    """
    wait = _FIRST_WAIT
    while True:
        try:
            connection = await asyncpg.connect(
                plain_url(url), timeout=5, server_settings={"application_name": f"cti-{channel}"}
            )
            try:
                wait = _FIRST_WAIT
                await _follow(connection, channel, changed)
            finally:
                connection.terminate()
        except _AWAY as error:
            log.warning("changes_not_watched", channel=channel, why=str(error) or type(error).__name__)
        await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311 (jitter)
        wait = min(wait * 2, _LONGEST_WAIT)


async def _follow(connection: asyncpg.Connection, channel: str, changed: Callable[[], Awaitable[None]]) -> None:
    """Until the connection is lost."""
    news = asyncio.Event()
    news.set()  # what changed before we listened
    connection.add_termination_listener(lambda _: news.set())
    await connection.add_listener(channel, lambda *_: news.set())
    while not connection.is_closed():
        await news.wait()
        news.clear()
        if not connection.is_closed():
            await changed()
