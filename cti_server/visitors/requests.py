"""Requests of visitors in the database: what the agent sees of one, and the pages he is on while he lets us know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.store.base import Words, at_millis
from cti_server.store.tables import JournalEntry
from cti_server.store.wire import decode
from cti_server.visitors.status import Status, ended_by
from cti_server.visitors.tables import PageView, PushedPage, VisitorRequest

MOST_PUSHES = 50
"""Pages one visitor can be shown."""
MOST_VIEWS = 100
"""Pages of one visitor that are kept, the newest."""


@dataclass(frozen=True, slots=True)
class Page:
    """`url` http(s), of one of the site's origins. `at`: when he came there."""

    url: str
    title: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Push:
    """`id` grows with time."""

    id: int
    agent: str
    url: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """What the agent sees of a visitor. `seen`: where he was since, as far as he lets us know, oldest first."""

    site: str
    name: str
    language: str
    note: str
    asked_from: Page
    passed: Words
    consent_version: int
    consented_at: datetime
    following: bool
    seen: tuple[Page, ...]
    pushed: tuple[Push, ...]


async def forget_request(session: AsyncSession, interaction: str) -> None:
    """It came to nothing: the callback was refused."""
    await session.execute(delete(VisitorRequest).where(VisitorRequest.interaction_id == interaction))


async def visit_of(session: AsyncSession, interaction: str) -> Visit | None:
    """None: this interaction did not come from a web site."""
    row = await session.get(VisitorRequest, interaction)
    if row is None:
        return None
    views = await session.scalars(select(PageView).where(PageView.interaction_id == interaction).order_by(PageView.id))
    return Visit(
        site=row.site,
        name=row.name,
        language=row.language,
        note=row.note,
        asked_from=Page(row.page_url, row.page_title, row.requested_at),
        passed=row.passed,
        consent_version=row.consent_version,
        consented_at=row.consented_at,
        following=row.following,
        seen=tuple(Page(view.url, view.title, view.seen_at) for view in views),
        pushed=tuple(await pushes_after(session, interaction, 0)),
    )


async def page_seen(session: AsyncSession, interaction: str, url: str, title: str, at: int) -> bool:
    """False: he did not agree to be followed. `at`: ms since the epoch. Told twice, a page is one view."""
    row = await session.get(VisitorRequest, interaction, with_for_update=True)
    if row is None or not row.following:
        return False
    newest = select(PageView).where(PageView.interaction_id == interaction).order_by(PageView.id.desc())
    last = await session.scalar(newest.limit(1))
    if last is not None and (last.url, last.title) == (url, title):
        return True
    session.add(PageView(interaction_id=interaction, url=url, title=title, seen_at=at_millis(at)))
    await session.flush()
    too_old = newest.with_only_columns(PageView.id).offset(MOST_VIEWS)
    await session.execute(delete(PageView).where(PageView.id.in_(too_old)))
    return True


async def stop_following(session: AsyncSession, interaction: str) -> None:
    """He does not want it any more: what is known of where he was goes, too."""
    query = update(VisitorRequest).where(VisitorRequest.interaction_id == interaction)
    await session.execute(query.values(following=False))
    await session.execute(delete(PageView).where(PageView.interaction_id == interaction))


async def forget_views(session: AsyncSession, before: datetime) -> None:
    """Of all visitors, what is older."""
    await session.execute(delete(PageView).where(PageView.seen_at < before))


async def push_page(session: AsyncSession, interaction: str, agent: str, url: str) -> bool:
    """False: he was shown so many already."""
    if len(await pushes_after(session, interaction, 0)) >= MOST_PUSHES:
        return False
    session.add(PushedPage(interaction_id=interaction, agent_id=agent, url=url))
    return True


async def pushes_after(session: AsyncSession, interaction: str, after: int) -> Sequence[Push]:
    rows = await session.scalars(
        select(PushedPage)
        .where(PushedPage.interaction_id == interaction, PushedPage.id > after)
        .order_by(PushedPage.id)
        .limit(MOST_PUSHES)
    )
    return [Push(row.id, row.agent_id, row.url, row.pushed_at) for row in rows]


async def end_of(session: AsyncSession, interaction: str) -> Status | None:
    """How a request ended that the floor does not know any more, from the journal; None: the journal does not tell."""
    rows = await session.execute(
        select(JournalEntry.type, text("data::text"))
        .where(
            JournalEntry.interaction_id == interaction, JournalEntry.type.in_(("CallbackClosed", "InteractionClosed"))
        )
        .order_by(JournalEntry.seq)
        .limit(1)
    )
    found = rows.first()
    return ended_by(decode(found[0], found[1])) if found is not None else None
