"""The directory as the floor and the screens want it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.directory.profiles import profiles
from cti_server.directory.tables import Agent, Calendar, Disposition, NotReadyReason, Queue, Skill
from cti_server.floor.events import AgentConfigured, QueueConfigured
from cti_server.floor.inputs import DirectoryLoaded
from cti_server.floor.words import AgentId, QueueId
from cti_server.store.base import Json, Words
from routing.fragments import calendar_of, rules_of
from routing.hours import Calendar as Hours


@dataclass(frozen=True, slots=True)
class Term:
    """`code` of a disposition or reason (or id of a skill) and what people call it: language → text."""

    code: str
    label: Words


async def load_directory(session: AsyncSession) -> DirectoryLoaded:
    """All active queues and agents, in the order of their ids.

    ConfigurationError when somebody wrote rules or hours into the tables that cannot be used.
    """
    queues = await session.scalars(select(Queue).where(Queue.active).order_by(Queue.id))
    agents = await session.scalars(select(Agent).where(Agent.active).order_by(Agent.id))
    calendars = {row.id: row.document for row in await session.scalars(select(Calendar))}
    for document in calendars.values():
        calendar_of(document)
    able = await profiles(session)
    return DirectoryLoaded(
        queues=tuple(_queue(row, calendars) for row in queues),
        agents=tuple(
            AgentConfigured(
                AgentId(row.id),
                row.name,
                dict(able[row.id].skills),
                {QueueId(queue): membership for queue, membership in able[row.id].memberships.items()},
            )
            for row in agents
        ),
    )


def _queue(row: Queue, calendars: Mapping[str, Json]) -> QueueConfigured:
    return QueueConfigured(
        queue=QueueId(row.id),
        name=row.name,
        rules=row.rules,
        ring_seconds=row.ring_seconds,
        wrap_up_seconds=row.wrap_up_seconds,
        short_abandon_seconds=row.short_abandon_seconds,
        announce_seconds=row.announce_seconds,
        calendar=calendars.get(rules_of(row.id, row.rules).hours),
        survey=row.survey,
    )


async def dispositions(session: AsyncSession) -> Sequence[Term]:
    """The active ones, in the order agents see them."""
    rows = await session.scalars(
        select(Disposition).where(Disposition.active).order_by(Disposition.position, Disposition.code)
    )
    return [Term(row.code, row.label) for row in rows]


async def not_ready_reasons(session: AsyncSession) -> Sequence[Term]:
    """The active ones, in the order agents see them."""
    rows = await session.scalars(
        select(NotReadyReason).where(NotReadyReason.active).order_by(NotReadyReason.position, NotReadyReason.code)
    )
    return [Term(row.code, row.label) for row in rows]


async def calendars(session: AsyncSession) -> Mapping[str, Hours]:
    """Opening hours by id."""
    return {row.id: calendar_of(row.document) for row in await session.scalars(select(Calendar))}


async def skills(session: AsyncSession) -> Sequence[Term]:
    """All skills by id."""
    return [Term(row.id, row.name) for row in await session.scalars(select(Skill).order_by(Skill.id))]
