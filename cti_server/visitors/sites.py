"""The sites that may ask for callbacks, as the web needs them at every request: from memory, seconds old at most."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cti_server.store.base import Words
from cti_server.visitors.tables import VisitorSite

_FRESH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Site:
    """A `VisitorSite` as it stands in the table."""

    key: str
    name: Words
    origins: frozenset[str]
    queue: str
    language: str
    consent: Words
    consent_version: int
    calendar: str | None
    follow_pages: bool
    per_address: int
    per_number: int
    per_site: int


class Sites:
    """The active sites by key."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], clock: Callable[[], float]) -> None:
        self._sessions = sessions
        self._clock = clock
        self._known: Mapping[str, Site] | None = None
        self._read_at = 0.0

    async def all(self) -> Mapping[str, Site]:
        """What was last known while the database is away. Raises SQLAlchemyError or OSError when nothing is."""
        now = self._clock()
        if self._known is None or now - self._read_at > _FRESH_SECONDS:
            self._read_at = now
            try:
                async with self._sessions() as session:
                    rows = await session.scalars(select(VisitorSite).where(VisitorSite.active))
                    self._known = {row.key: site_of(row) for row in rows}
            except (SQLAlchemyError, OSError):
                if self._known is None:
                    raise
        return self._known

    def changed(self) -> None:
        """Somebody wrote the table: read it at the next question."""
        self._read_at = -_FRESH_SECONDS - 1
        self._known = None

    async def allow(self, origin: str) -> bool:
        """Whether a page of `origin` carries the widget of some site. While nothing is known: no."""
        try:
            known = await self.all()
        except (SQLAlchemyError, OSError):
            return False
        return any(origin in site.origins for site in known.values())


def site_of(row: VisitorSite) -> Site:
    return Site(
        key=row.key,
        name=row.name,
        origins=frozenset(row.origins),
        queue=row.queue,
        language=row.language,
        consent=row.consent,
        consent_version=row.consent_version,
        calendar=row.calendar,
        follow_pages=row.follow_pages,
        per_address=row.per_address,
        per_number=row.per_number,
        per_site=row.per_site,
    )


async def put_site(session: AsyncSession, site: Site) -> None:
    """Make or replace it. A new consent text gets a new version, whatever `site` says, so that no record lies."""
    row = await session.get(VisitorSite, site.key, with_for_update=True)
    fields: dict[str, object] = {name: getattr(site, name) for name in Site.__slots__}
    fields["origins"] = sorted(site.origins)
    if row is None:
        session.add(VisitorSite(**fields))
        return
    version = row.consent_version + (row.consent != site.consent)
    for name, value in fields.items():
        setattr(row, name, value)
    row.consent_version, row.active = version, True


async def remove_site(session: AsyncSession, key: str) -> bool:
    """It asks for nothing any more; its past requests stay. False: there is none."""
    row = await session.get(VisitorSite, key, with_for_update=True)
    if row is None or not row.active:
        return False
    row.active = False
    return True
