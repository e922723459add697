"""The short lists people choose from, kept in memory so that the desk has them while the database is away."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cti_server.directory.load import calendars, dispositions, load_directory, not_ready_reasons, skills
from routing.hours import Calendar

_FRESH_SECONDS = 15.0

Words = dict[str, str]


@dataclass(frozen=True, slots=True)
class Choices:
    """Code or id → words (`zh`, `en`), in the order to show them."""

    queues: dict[str, Words]
    skills: dict[str, Words]
    dispositions: dict[str, Words]
    not_ready_reasons: dict[str, Words]
    calendars: dict[str, Calendar]


class Lists:
    def __init__(self, sessions: async_sessionmaker[AsyncSession], clock: Callable[[], float]) -> None:
        self._sessions = sessions
        self._clock = clock
        self._known: Choices | None = None
        self._read_at = 0.0

    async def choices(self) -> Choices:
        """At most 15 s old; what was last known when the database is away. Raises SQLAlchemyError when nothing is."""
        now = self._clock()
        if self._known is None or now - self._read_at > _FRESH_SECONDS:
            # Set before the await: while one request reads (or waits for a dead database), others use what is known.
            self._read_at = now
            try:
                self._known = await self._read()
            except (SQLAlchemyError, OSError):
                if self._known is None:
                    raise
        return self._known

    async def calendar(self, id_: str) -> Calendar | None:
        """Opening hours by their id in the routing configuration."""
        return (await self.choices()).calendars.get(id_)

    async def _read(self) -> Choices:
        async with self._sessions() as session:
            loaded = await load_directory(session)
            return Choices(
                queues={queue.queue: queue.name for queue in loaded.queues},
                skills={term.code: term.label for term in await skills(session)},
                dispositions={term.code: term.label for term in await dispositions(session)},
                not_ready_reasons={term.code: term.label for term in await not_ready_reasons(session)},
                calendars=dict(await calendars(session)),
            )
