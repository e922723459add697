"""Who is dissatisfied is called back (回访): for each low score a case of kind `follow_up`, opened once.

It is opened when the conversation is closed, so that a spoken comment is there to go with it.
"""

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cti_server.cases import CaseError, open_case
from cti_server.floor.surveys import LOW, comment_of
from cti_server.floor.words import InteractionId
from cti_server.interactions.tables import Interaction, Recording, Survey

CHANNEL = "surveys"
"""PostgreSQL notifies on it when there may be something to open."""
OPENED_BY = "survey"

log = structlog.get_logger()


async def open_follow_ups(sessions: async_sessionmaker[AsyncSession]) -> int:
    """Open what is due, each in a transaction of its own; how many. Two servers at it open nothing twice."""
    opened, passed = 0, list[str]()
    while True:
        async with sessions.begin() as session:
            due = await _next(session, passed)
            if due is None:
                return opened
            survey, customer = due
            try:
                survey.case_number = await _open(session, survey, customer)
            except CaseError as error:
                log.error("follow_up_not_opened", interaction=survey.interaction_id, why=error.code)
                passed.append(survey.interaction_id)
            else:
                opened += 1


async def _next(session: AsyncSession, passed: list[str]) -> tuple[Survey, str] | None:
    found = await session.execute(
        select(Survey, Interaction.customer_id)
        .join(Interaction, Interaction.id == Survey.interaction_id)
        .where(Survey.score <= LOW, Survey.case_number.is_(None), Interaction.state == "closed")
        .where(Survey.interaction_id.not_in(passed))
        .order_by(Survey.answered_at)
        .limit(1)
        .with_for_update(of=Survey, skip_locked=True)
    )
    row = found.first()
    return (row[0], row[1]) if row is not None else None


async def _open(session: AsyncSession, survey: Survey, customer: str) -> str:
    """The number of the case. Under its key it is the one that is there, also when the rows were made anew."""
    comment = await session.get(Recording, comment_of(InteractionId(survey.interaction_id)))
    made = await open_case(
        session,
        kind="follow_up",
        customer_id=customer,
        interaction_id=survey.interaction_id,
        subject=f"满意度 {survey.score} 分，请回访 · Rated {survey.score} of 5",
        details=survey.comment,
        recording_id=comment.id if comment is not None else None,
        opened_by=OPENED_BY,
        key=f"survey:{survey.interaction_id}",
    )
    return made.number
