"""Links for customers who were rung back: other systems get them with `callback.completed`, to send them on."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import asyncpg

from cti_server.floor.events import CallbackClosed, Recorded
from cti_server.surveys import links

_RATEABLE = """
    SELECT i.id FROM interactions i JOIN queues q ON q.id = i.queue
    WHERE i.id = ANY($1::text[]) AND q.survey AND i.connected_at IS NOT NULL
"""


class CompletedLinks:
    """`base`: where customers reach us (https://host). The link for one event is the same whenever it is asked for."""

    def __init__(self, key: bytes, base: str) -> None:
        self._key = key
        self._base = base

    async def __call__(
        self, connection: asyncpg.Connection, batch: Sequence[Recorded]
    ) -> Mapping[int, Mapping[str, object]]:
        """By number of the event: {"survey": {url, expires_at}} where a callback ended with a talk in a queue that
        asks. Within the caller's transaction, which has written the rows."""
        ended: dict[str, Recorded] = {}
        for recorded in batch:
            if isinstance(recorded.event, CallbackClosed) and recorded.event.why == "talked":
                ended[recorded.event.interaction] = recorded
        if not ended:
            return {}
        rows = await connection.fetch(_RATEABLE, list(ended))
        return {ended[row["id"]].seq: {"survey": self._link(row["id"], ended[row["id"]].at)} for row in rows}

    def _link(self, interaction: str, at: int) -> dict[str, object]:
        link = links.issue(interaction, self._key, at, self._base)
        until = datetime.fromtimestamp(link.expires_at, UTC).isoformat().replace("+00:00", "Z")
        return {"url": link.url, "expires_at": until}
