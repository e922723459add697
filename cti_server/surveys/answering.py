"""One answer for one conversation, given on a web page: however often and from wherever it is sent, it counts once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.floor.events import Recorded
from cti_server.floor.inputs import Input, RefusedError
from cti_server.floor.model import Floor
from cti_server.floor.survey_inputs import SurveyGiven
from cti_server.floor.words import AgentId, InteractionId, InteractionState, QueueId
from cti_server.interactions.tables import Interaction
from cti_server.store.base import at_millis
from cti_server.store.tables import JournalEntry

LONGEST_COMMENT = 1000


class Asked(Protocol):
    """The engine, as far as this room goes."""

    async def request(self, request: Input) -> tuple[Recorded, ...]:
        """Raises RefusedError; returns once the events are safe."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation that can be rated: somebody talked with the customer, and that is over."""

    interaction: InteractionId
    agent: AgentId
    queue: QueueId | None
    language: str
    at: datetime


async def talk_of(session: AsyncSession, floor: Floor, interaction: str) -> Talk | None:
    """None: there is no such conversation, nobody talked in it, or they still do."""
    live = floor.interactions.get(InteractionId(interaction))
    if live is not None:
        if live.agent is None or live.state is not InteractionState.WRAPPING_UP:
            return None
        return Talk(live.id, live.agent, live.queue, live.language, at_millis(live.connected_at or live.arrived_at))
    row = await session.get(Interaction, interaction)
    if row is None or row.agent_id is None or row.connected_at is None:
        return None
    queue = QueueId(row.queue) if row.queue is not None else None
    return Talk(InteractionId(row.id), AgentId(row.agent_id), queue, row.language, row.connected_at)


async def score_of(session: AsyncSession, interaction: str) -> int | None:
    """What was answered before, read from the journal: rows follow it a moment later."""
    given = select(JournalEntry.data["score"].as_integer()).where(
        JournalEntry.interaction_id == interaction, JournalEntry.type == "SurveyAnswered"
    )
    return await session.scalar(given.limit(1))


async def answer(session: AsyncSession, engine: Asked, talk: Talk, score: int, comment: str) -> tuple[Recorded, ...]:
    """Within the caller's transaction. Raises RefusedError `survey_answered` or `bad_score`."""
    # Whoever sends it twice at the same moment waits here, and then finds the first one in the journal.
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"survey {talk.interaction}", 0))))
    if await score_of(session, talk.interaction) is not None:
        raise RefusedError("survey_answered", f"Interaction {talk.interaction} was rated already.")
    given = SurveyGiven(talk.interaction, score, "link", talk.agent, talk.queue, comment[:LONGEST_COMMENT])
    return await engine.request(given)
