"""Queues: made and changed with their rules checked."""

import re
from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.customers.names import clean_name
from cti_server.directory.tables import Queue
from cti_server.directory.users import DirectoryError, check_skills

_LONGEST = 3600


async def put_queue(
    session: AsyncSession,
    id_: str,
    *,
    name: Mapping[str, str],
    requirement: Mapping[str, int],
    ring_seconds: int = 20,
    wrap_up_seconds: int = 60,
    short_abandon_seconds: int = 5,
    announce_seconds: int = 30,
) -> None:
    """Make the queue or give it these settings. Times in seconds up to an hour; `announce_seconds` 0 = never."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,63}", id_):
        raise DirectoryError("bad_queue", "A queue's id is 2–64 of a–z, 0–9 and underscore, and starts with a letter.")
    names = {language: clean_name(text) for language, text in name.items()}
    if set(names) != {"zh", "en"} or not all(names.values()):
        raise DirectoryError("bad_name", "A queue has a name in zh and in en.")
    least = {"ring_seconds": (ring_seconds, 5), "wrap_up_seconds": (wrap_up_seconds, 0)}
    least |= {"short_abandon_seconds": (short_abandon_seconds, 0), "announce_seconds": (announce_seconds, 0)}
    for what, (seconds, lowest) in least.items():
        if not lowest <= seconds <= _LONGEST:
            raise DirectoryError("bad_time", f"{what} is {lowest} to {_LONGEST} seconds, not {seconds}.")
    await check_skills(session, requirement)
    row = await session.get(Queue, id_)
    if row is None:
        row = Queue(id=id_)
        session.add(row)
    row.name, row.requirement, row.active = names, dict(requirement), True
    row.ring_seconds, row.wrap_up_seconds = ring_seconds, wrap_up_seconds
    row.short_abandon_seconds, row.announce_seconds = short_abandon_seconds, announce_seconds
    await session.flush()
