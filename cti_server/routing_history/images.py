"""Writes the images `past` starts from. A worker folds them out of the journal, so the live floor is never held up."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from concurrent.futures.process import BrokenProcessPool
from typing import NoReturn

import asyncpg
import structlog

from cti_server.floor.snapshot import dump_floor
from cti_server.routing_history.past import PastUnknownError, connected, floor_before, shape

EVERY = 10_000
"""Events between two images: what has to be folded to explain an offer, about 0.3 s."""
KEPT = 2_000
"""Images; older ones are deleted. Twenty million events."""
_LOOK = 30.0

log = structlog.get_logger()


def make_image(url: str, every: int = EVERY, kept: int = KEPT) -> bool:
    """The next image after the newest, when the journal has got that far; whether one was made.

    For a worker process. Raises PastUnknownError, and OSError when the database is away.
    """
    return asyncio.run(_make_image(url, every, kept))


async def keep_images(make: Callable[[], Awaitable[bool]], newest: Callable[[], int], look: float = _LOOK) -> NoReturn:
    """Have images made as the journal grows; `newest` is the number of its last event."""
    looked = -EVERY
    while True:
        if newest() - looked >= EVERY:
            try:
                while await make():
                    pass
                looked = newest() - newest() % EVERY
            except (OSError, PastUnknownError, BrokenProcessPool) as error:
                log.warning("floor_image_not_made", why=str(error) or type(error).__name__)
        await asyncio.sleep(look)


async def _make_image(url: str, every: int, kept: int) -> bool:
    async with connected(url) as connection:
        return await _make(connection, every, kept)


async def _make(connection: asyncpg.Connection, every: int, kept: int) -> bool:
    last = await connection.fetchval("SELECT coalesce(max(seq), 0) FROM floor_images WHERE shape = $1", shape())
    due = int(last) + every
    if due > int(await connection.fetchval("SELECT coalesce(max(seq), 0) FROM journal")):
        return False
    floor = await floor_before(connection, due + 1)
    async with connection.transaction():
        await connection.execute(
            "INSERT INTO floor_images (seq, shape, image) VALUES ($1, $2, $3) "
            "ON CONFLICT (seq) DO UPDATE SET shape = excluded.shape, image = excluded.image",
            due,
            shape(),
            zlib.compress(dump_floor(floor)),
        )
        await connection.execute(
            "DELETE FROM floor_images WHERE seq <= (SELECT seq FROM floor_images ORDER BY seq DESC OFFSET $1 LIMIT 1)",
            kept,
        )
    return True
