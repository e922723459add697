"""The floor as it was: the nearest stored image before, and the events of the journal from there on."""

import hashlib
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import asyncpg
import msgspec
from typing_extensions import override

from cti_server.floor.apply import apply
from cti_server.floor.events import Recorded
from cti_server.floor.model import Agent, Floor, Interaction, Queue
from cti_server.floor.snapshot import UnknownEventError, load_floor
from cti_server.store.base import plain_url
from cti_server.store.journal_connection import AWAY
from cti_server.store.wire import from_row
from routing.problems import Text

READ_AT_ONCE = 2_000
MOST_FOLDED = 200_000
"""Events from the nearest image on that are folded: some seconds. Beyond, the past counts as out of reach."""

_EVENTS = """
    SELECT seq, at, type, interaction_id, agent_id, data::text FROM journal
    WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3
"""


class PastUnknownError(Exception):
    """The journal and its images do not tell any more, or not to this version. `text` says why, and what helps."""

    def __init__(self, text: Text) -> None:
        super().__init__(text)  # what it is made of again when it comes from a worker
        self.text = text

    @override
    def __str__(self) -> str:
        return self.text["en"]


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of one's own, for a worker or a command. ConnectionError when the database is away."""
    try:
        connection = await asyncpg.connect(
            plain_url(url), timeout=5, command_timeout=30, server_settings={"application_name": "cti-past"}
        )
        try:
            yield connection
        finally:
            await connection.close(timeout=2)
    except AWAY as error:
        raise ConnectionError(f"the database is away: {error}") from None


async def floor_before(connection: asyncpg.Connection, seq: int) -> Floor:
    """The floor just before event `seq` of the journal. Raises PastUnknownError."""
    try:
        floor = await _nearest_image(connection, seq - 1)
        if seq - 1 - floor.seq > MOST_FOLDED:
            raise _out_of_reach(floor.seq, seq)
        async for batch in batches(connection, floor.seq, seq - 1):
            for recorded in batch:
                apply(floor, recorded)
            floor.index.due.clear()
    except (msgspec.MsgspecError, UnknownEventError, LookupError, ValueError) as error:
        raise PastUnknownError(
            Text(
                zh=f"此前的事件由另一个版本写入，本版本无法还原（{error}）",
                en=f"the events before were written by another version, which this one cannot fold: {error}",
            )
        ) from error
    return floor


async def batches(connection: asyncpg.Connection, after: int, last: int) -> AsyncIterator[list[Recorded]]:
    """All events with `after` < seq ≤ `last`, oldest first. PastUnknownError when some are not there."""
    while after < last:
        rows = await connection.fetch(_EVENTS, after, last, READ_AT_ONCE)
        batch = [from_row(tuple(row)) for row in rows]
        if not batch or batch[0].seq != after + 1:
            raise _missing(after + 1)
        yield batch
        after = batch[-1].seq


def shape() -> str:
    """Changes when the floor is made of other fields: an image of another shape is not read."""
    lines: list[str] = []
    todo: list[type[Any]] = [Queue, Agent, Interaction]  # Any: a dataclass, whatever its fields are
    seen = set(todo)
    for cls in todo:
        hints = get_type_hints(cls)
        lines += [f"{cls.__qualname__}.{field.name}: {hints[field.name]!r}" for field in fields(cls)]
        for hint in hints.values():
            nested = [one for one in _parts(hint) if is_dataclass(one) and one not in seen]
            seen.update(nested)
            todo += nested
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]


async def _nearest_image(connection: asyncpg.Connection, seq: int) -> Floor:
    image = await connection.fetchval(
        "SELECT image FROM floor_images WHERE seq <= $1 AND shape = $2 ORDER BY seq DESC LIMIT 1", seq, shape()
    )
    if image is None:
        return Floor()
    try:
        return load_floor(zlib.decompress(image))
    except zlib.error as error:
        raise ValueError(f"a damaged image: {error}") from error


def _parts(hint: object) -> list[type[Any]]:
    found = [hint] if isinstance(hint, type) else []
    for inner in get_args(hint):
        found += _parts(inner)
    return found


def _out_of_reach(image: int, seq: int) -> PastUnknownError:
    return PastUnknownError(
        Text(
            zh=f"第 {seq} 号事件之前最近的场面映像在第 {image} 号，相距太远：保留期已过，或映像由另一个版本写入",
            en=f"the nearest image before event {seq} is at {image}, too far away: it is older than images are kept, "
            "or they were written by another version",
        )
    )


def _missing(seq: int) -> PastUnknownError:
    return PastUnknownError(
        Text(
            zh=f"日志缺少第 {seq} 号事件：已被清理，或还在本地缓存中",
            en=f"event {seq} is not in the journal: it was trimmed, or it is still in the spool",
        )
    )
