"""What is to be told, written in the transaction of the rows of the same events: neither lost nor made twice."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import asyncpg

from cti_server.floor.events import Recorded
from cti_server.webhooks.notices import notice_of

# Who was added later is not told of the past, also when the rows are made anew from the journal.
_WRITE = """
    INSERT INTO webhook_deliveries (webhook_id, event_id, type, body, next_at)
    SELECT w.id, given.id, given.type, given.body, now()
    FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) WITH ORDINALITY
        AS given (id, type, at, body, place)
    JOIN webhooks w ON w.active AND w.events ? given.type AND w.created_at <= to_timestamp(given.at / 1000.0)
    ORDER BY given.place
    ON CONFLICT (webhook_id, event_id) DO NOTHING
"""


More = Callable[[asyncpg.Connection, Sequence[Recorded]], Awaitable[Mapping[int, Mapping[str, object]]]]
"""What others are told besides of some events, by their numbers."""


async def write_notices(connection: asyncpg.Connection, batch: Sequence[Recorded], more: More | None = None) -> None:
    """Within the caller's transaction. Errors: those of asyncpg."""
    besides = await more(connection, batch) if more is not None else {}
    told = (notice_of(recorded, besides.get(recorded.seq)) for recorded in batch)
    notices = [notice for notice in told if notice is not None]
    if notices:
        columns = zip(*((notice.id, notice.type, notice.at, notice.body) for notice in notices), strict=True)
        await connection.execute(_WRITE, *map(list, columns))
