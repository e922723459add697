"""Server-Sent Events (WHATWG HTML §9.2): what is new, until the listener goes or the time is over."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import StreamingResponse

from cti_server.floor.words import InteractionId
from cti_server.visitors.visits import Visits
from cti_server.web.errors import Problem

STREAM_SECONDS = 900.0
"""Then the browser comes again by itself, and what may have changed is checked anew."""
LOOK_SECONDS = 5.0
"""How often is looked at what changes without an event of its own, such as how many are ahead; also a sign of life."""
AWAY = (OSError, SQLAlchemyError)
"""What says that the database cannot be asked just now."""
_RETRY = b"retry: 2000\n\n"
_ALIVE = b":\n\n"

News = Callable[[], Awaitable[tuple[list[bytes], bool]]]
"""What is new since it was asked last, as events, and whether that was the last of it."""


def event(kind: str, data: bytes, id_: int | None = None) -> bytes:
    """One event. `data`: JSON in one line, as our encoder writes it."""
    numbered = f"id: {id_}\n" if id_ is not None else ""
    return f"{numbered}event: {kind}\ndata: ".encode() + data + b"\n\n"


def stream(visits: Visits, interaction: InteractionId, news: News) -> StreamingResponse:
    """A stream of `news` about this interaction. Raises Problem `too_many_streams` when nobody else can listen."""
    if not visits.has_room(interaction):
        raise Problem("too_many_streams", headers={"Retry-After": "10"})
    return StreamingResponse(
        _told(visits, interaction, news), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )


async def _told(visits: Visits, interaction: InteractionId, news: News) -> AsyncIterator[bytes]:
    clock = asyncio.get_running_loop().time
    until = clock() + STREAM_SECONDS
    with visits.follow(interaction) as changed:
        yield _RETRY
        while not visits.closing and clock() < until:
            changed.clear()
            try:
                found, last = await news()
            except AWAY:
                found, last = [], False  # the stream outlives the database's absence
            yield b"".join(found) or _ALIVE
            if last:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await changed.wait()
