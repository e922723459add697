"""What one agent can do: his skills with levels, and the queues he is a member of."""

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.directory.tables import Agent, AgentQueue, AgentSkill, Queue, Skill
from routing.document import Node, given
from routing.problems import Problems, Text
from routing.requirement import HIGHEST_LEVEL, LOWEST_LEVEL
from routing.rules import BEST_MEMBERSHIP, LAST_MEMBERSHIP, Membership, Profile

_MOST = 1_000


async def abilities(session: AsyncSession, agent: str) -> Profile | None:
    """None for an agent who is not there (any more)."""
    if await session.scalar(select(Agent.id).where(Agent.id == agent, Agent.active)) is None:
        return None
    levels = select(AgentSkill.skill_id, AgentSkill.level).where(AgentSkill.agent_id == agent)
    member = (
        select(AgentQueue.queue_id, AgentQueue.priority, AgentQueue.reserve)
        .join(Queue, Queue.id == AgentQueue.queue_id)
        .where(AgentQueue.agent_id == agent, Queue.active)
    )
    return Profile(
        {skill: level for skill, level in await session.execute(levels.order_by(AgentSkill.skill_id))},
        {
            queue: Membership(priority, reserve)
            for queue, priority, reserve in await session.execute(member.order_by(AgentQueue.queue_id))
        },
    )


async def put_abilities(session: AsyncSession, agent: str, profile: Profile) -> None:
    """Replace what an agent who is there can do by what `read_abilities` made."""
    for table in (AgentSkill, AgentQueue):
        await session.execute(delete(table).where(table.agent_id == agent))
    session.add_all(AgentSkill(agent_id=agent, skill_id=skill, level=level) for skill, level in profile.skills.items())
    session.add_all(
        AgentQueue(agent_id=agent, queue_id=queue, priority=one.priority, reserve=one.reserve)
        for queue, one in profile.memberships.items()
    )
    await session.flush()


async def read_abilities(session: AsyncSession, document: object) -> Profile:
    """`{skills: {id: level}, memberships: {id: {priority, reserve}}}`; ConfigurationError says what is wrong where."""
    problems = Problems()
    fields = Node("", document, problems).fields(("skills", "memberships"), required=("skills", "memberships"))
    known_skills = dict.fromkeys(await session.scalars(select(Skill.id).order_by(Skill.id)))
    known_queues = dict.fromkeys(await session.scalars(select(Queue.id).where(Queue.active).order_by(Queue.id)))
    skills = _known(fields.get("skills"), known_skills, Text(zh="技能", en="skill"))
    queues = _known(fields.get("memberships"), known_queues, Text(zh="队列", en="queue"))
    profile = Profile(
        {skill: given(node, lambda one: one.whole(LOWEST_LEVEL, HIGHEST_LEVEL), 1) for skill, node in skills.items()},
        {queue: _membership(node) for queue, node in queues.items()},
    )
    problems.refuse()
    return profile


def _known(node: Node | None, known: Mapping[str, object], kind: Text) -> dict[str, Node]:
    """The entries of the mapping; what nobody knows is refused and left out."""
    found: dict[str, Node] = {}
    for id_, entry in (node.mapping(_MOST) if node else {}).items():
        if id_ in known:
            found[id_] = entry
        else:
            message = Text(zh=f"没有此{kind['zh']}", en=f"there is no such {kind['en']}")
            entry.refuse(message, entry.problems.instead_of(id_, known))
    return found


def _membership(node: Node) -> Membership:
    get = node.fields(("priority", "reserve")).get
    return Membership(
        given(get("priority"), lambda one: one.whole(BEST_MEMBERSHIP, LAST_MEMBERSHIP), BEST_MEMBERSHIP),
        given(get("reserve"), Node.flag, False),
    )
