"""The routing configuration in force: read from the rows it stands in, and published as a new version.

A published configuration is skills, calendars and queues; who can do what is the agents' own (`abilities`). A running
server hears of it by NOTIFY and changes over at once; who waits keeps his age.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.directory.examination import Flows, examine
from cti_server.directory.profiles import profiles
from cti_server.directory.tables import AgentSkill, Calendar, Queue, RoutingConfiguration, Skill
from cti_server.prompts.own import own_words
from cti_server.store.base import Base, Json
from ivr_flows.promptbook import PromptBook
from routing.configuration import Configuration, QueueSettings
from routing.dumping import Document, dump
from routing.durations import duration_text
from routing.fragments import calendar_document, rules_document
from routing.loading import load
from routing.problems import ConfigurationError, Problem, Text


class StaleVersionError(Exception):
    """Somebody else published meanwhile; `current` is in force."""

    def __init__(self, current: int) -> None:
        super().__init__(f"version {current} is in force")
        self.current = current


@dataclass(frozen=True, slots=True)
class Published:
    version: int
    warnings: Sequence[Problem]


@dataclass(frozen=True, slots=True)
class Version:
    version: int
    published_at: datetime
    published_by: str
    note: str


# -- reading ---------------------------------------------------------------------------------------------------------


async def current_version(session: AsyncSession) -> int:
    """0 when nothing was published yet."""
    return await session.scalar(select(func.max(RoutingConfiguration.version))) or 0


async def current_document(session: AsyncSession) -> Document:
    """What is in force, as the document one would publish; empty `queues` when there are none."""
    skills = await session.scalars(select(Skill).order_by(Skill.id))
    calendars = await session.scalars(select(Calendar).order_by(Calendar.id))
    queues = await session.scalars(select(Queue).where(Queue.active).order_by(Queue.id))
    document: Document = {"version": 1}
    if named := {row.id: dict(row.name) for row in skills}:
        document["skills"] = named
    if hours := {row.id: row.document for row in calendars}:
        document["calendars"] = hours
    document["queues"] = {row.id: _entry(row) for row in queues}
    return document


async def current_configuration(session: AsyncSession) -> Configuration:
    """What is in force. ConfigurationError when the rows say something that cannot be, or there is no queue."""
    return load(await current_document(session))


async def versions(session: AsyncSession, *, limit: int, before: int | None = None) -> Sequence[Version]:
    """Newest first; those older than `before`."""
    query = select(RoutingConfiguration).order_by(RoutingConfiguration.version.desc()).limit(limit)
    if before is not None:
        query = query.where(RoutingConfiguration.version < before)
    return [Version(row.version, row.published_at, row.published_by, row.note) for row in await session.scalars(query)]


async def published_document(session: AsyncSession, version: int) -> Document | None:
    """The document of an earlier version, None when there is none such."""
    return await session.scalar(select(RoutingConfiguration.document).where(RoutingConfiguration.version == version))


def _entry(row: Queue) -> Document:
    times = {"ring": row.ring_seconds, "wrap_up": row.wrap_up_seconds}
    times |= {"short_abandon": row.short_abandon_seconds, "announce": row.announce_seconds}
    entry: Document = {"name": dict(row.name), **row.rules}
    entry |= {key: duration_text(s * 1_000) for key, s in times.items()}
    return entry | ({"survey": True} if row.survey else {})


# -- publishing ------------------------------------------------------------------------------------------------------


async def publish(
    session: AsyncSession,
    document: object,
    *,
    user: str,
    note: str = "",
    expected_version: int | None = None,
    flows: Flows | None = None,
) -> Published:
    """Check `document` and put it in force, in the caller's transaction. `flows`: as in `examine`.

    ConfigurationError with everything that is wrong, StaleVersionError when `expected_version` is not in force any
    more; what is in force stays then. Takes seconds for thousands of queues.
    """
    prompts = PromptBook.load().with_recordings(await own_words(session))
    examined = examine(document, await profiles(session), prompts, flows)
    if examined.configuration is None:
        raise ConfigurationError(examined.problems)
    version = await put_in_force(
        session, examined.configuration, user=user, note=note, expected_version=expected_version
    )
    return Published(version, examined.problems)


async def put_in_force(
    session: AsyncSession,
    configuration: Configuration,
    *,
    user: str,
    note: str = "",
    expected_version: int | None = None,
) -> int:
    """The version `configuration`, which was examined before, has from now on. Errors: those of `publish`."""
    current = await current_version(session)
    if expected_version not in (None, current):
        raise StaleVersionError(current)
    await _refuse_lost_skills(session, configuration)
    # The row's key lets one of two publishers through at a time; the other waits here, and then is refused.
    row = insert(RoutingConfiguration).values(
        version=current + 1, document=dump(configuration), published_by=user, note=note
    )
    if await session.scalar(row.on_conflict_do_nothing().returning(RoutingConfiguration.version)) is None:
        raise StaleVersionError(await current_version(session))
    await _replace_skills(session, configuration)
    await _replace_calendars(session, configuration)
    await _replace_queues(session, configuration.queues)
    return current + 1


async def _refuse_lost_skills(session: AsyncSession, configuration: Configuration) -> None:
    in_use = await session.execute(
        select(AgentSkill.skill_id, func.min(AgentSkill.agent_id), func.count())
        .where(AgentSkill.skill_id.not_in(list(configuration.skills)))
        .group_by(AgentSkill.skill_id)
        .order_by(AgentSkill.skill_id)
    )
    if lost := [_still_had(skill, agent, count) for skill, agent, count in in_use]:
        raise ConfigurationError(lost)


async def _replace_skills(session: AsyncSession, configuration: Configuration) -> None:
    await session.execute(delete(Skill).where(Skill.id.not_in(list(configuration.skills))))
    rows: Iterable[Json] = ({"id": id_, "name": dict(name)} for id_, name in configuration.skills.items())
    await _upsert(session, Skill, rows)


async def _replace_calendars(session: AsyncSession, configuration: Configuration) -> None:
    await session.execute(delete(Calendar).where(Calendar.id.not_in(list(configuration.calendars))))
    entries = configuration.calendars.items()
    rows: Iterable[Json] = ({"id": id_, "document": calendar_document(one)} for id_, one in entries)
    await _upsert(session, Calendar, rows)


async def _replace_queues(session: AsyncSession, queues: Mapping[str, QueueSettings]) -> None:
    await session.execute(update(Queue).where(Queue.active, Queue.id.not_in(list(queues))).values(active=False))
    await _upsert(session, Queue, (_row(id_, queue) for id_, queue in queues.items()))
    session.expire_all()


def _row(id_: str, queue: QueueSettings) -> Json:
    return {
        "id": id_,
        "name": dict(queue.name),
        "rules": rules_document(queue),
        "ring_seconds": queue.ring // 1_000,
        "wrap_up_seconds": queue.wrap_up // 1_000,
        "short_abandon_seconds": queue.short_abandon // 1_000,
        "announce_seconds": queue.announce // 1_000,
        "survey": queue.survey,
        "active": True,
    }


async def _upsert(session: AsyncSession, table: type[Base], rows: Iterable[Json]) -> None:
    """Rows by `id`: new ones are added, the others get these values."""
    todo = list(rows)
    if todo:
        statement = insert(table)
        values = {key: statement.excluded[key] for key in todo[0] if key != "id"}
        await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values), todo)


def _still_had(skill: str, agent: str, count: int) -> Problem:
    return Problem(
        f"skills.{skill}",
        Text(
            zh=f"{count} 名坐席（如 {agent}）有此技能，配置中却没有",
            en=f"{count} agents (such as {agent}) have this skill, and the configuration lacks it",
        ),
        Text(zh="保留它，或先取消这些坐席的此技能", en="Keep it, or take it from these agents first"),
    )
