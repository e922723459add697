"""The directory as the floor and the screens want it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.directory.tables import Agent, AgentSkill, Disposition, NotReadyReason, Queue, Skill
from cti_server.floor.events import AgentConfigured, QueueConfigured
from cti_server.floor.inputs import DirectoryLoaded
from cti_server.floor.words import AgentId, QueueId
from cti_server.store.base import Words


@dataclass(frozen=True, slots=True)
class Term:
    """`code` of a disposition or reason (or id of a skill) and what people call it: language → text."""

    code: str
    label: Words


async def load_directory(session: AsyncSession) -> DirectoryLoaded:
    """All active queues and agents, in the order of their ids."""
    queues = await session.scalars(select(Queue).where(Queue.active).order_by(Queue.id))
    agents = await session.scalars(select(Agent).where(Agent.active).order_by(Agent.id))
    skills: dict[str, dict[str, int]] = {}
    levels = select(AgentSkill.agent_id, AgentSkill.skill_id, AgentSkill.level)
    for agent, skill, level in await session.execute(levels.order_by(AgentSkill.agent_id, AgentSkill.skill_id)):
        skills.setdefault(agent, {})[skill] = level
    return DirectoryLoaded(
        queues=tuple(
            QueueConfigured(
                queue=QueueId(row.id),
                name=row.name,
                requirement=row.requirement,
                ring_seconds=row.ring_seconds,
                wrap_up_seconds=row.wrap_up_seconds,
                short_abandon_seconds=row.short_abandon_seconds,
                announce_seconds=row.announce_seconds,
            )
            for row in queues
        ),
        agents=tuple(AgentConfigured(AgentId(row.id), row.name, skills.get(row.id, {})) for row in agents),
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


async def skills(session: AsyncSession) -> Sequence[Term]:
    """All skills by id."""
    return [Term(row.id, row.name) for row in await session.scalars(select(Skill).order_by(Skill.id))]
