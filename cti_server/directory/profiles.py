"""What agents can do, as routing wants it: skills with levels, memberships of queues."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.directory.tables import Agent, AgentQueue, AgentSkill, Queue
from routing.rules import Membership, Profile


async def profiles(session: AsyncSession) -> Mapping[str, Profile]:
    """Of every active agent, whether signed in or not. Memberships of queues that are closed down do not count."""
    agents = list(await session.scalars(select(Agent.id).where(Agent.active)))
    skills: dict[str, dict[str, int]] = {agent: {} for agent in agents}
    memberships: dict[str, dict[str, Membership]] = {agent: {} for agent in agents}
    levels = select(AgentSkill.agent_id, AgentSkill.skill_id, AgentSkill.level)
    for agent, skill, level in await session.execute(levels.order_by(AgentSkill.agent_id, AgentSkill.skill_id)):
        if agent in skills:
            skills[agent][skill] = level
    of_queues = (
        select(AgentQueue.agent_id, AgentQueue.queue_id, AgentQueue.priority, AgentQueue.reserve)
        .join(Queue, Queue.id == AgentQueue.queue_id)
        .where(Queue.active)
    )
    for agent, queue, priority, reserve in await session.execute(
        of_queues.order_by(AgentQueue.agent_id, AgentQueue.queue_id)
    ):
        if agent in memberships:
            memberships[agent][queue] = Membership(priority, reserve)
    return {agent: Profile(skills[agent], memberships[agent]) for agent in agents}
