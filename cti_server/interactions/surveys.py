"""What customers said of us: one answer after the other, and averages. Reads only.

Times are aware datetimes in UTC. A customer's answers include those given to whom was merged into him.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, case, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.customers.tables import Customer
from cti_server.directory.tables import Agent
from cti_server.floor.surveys import LOW
from cti_server.interactions.cursors import make_cursor, read_cursor
from cti_server.interactions.tables import Interaction, Survey

MOST_ITEMS = 200
_LATEST = 5
_ANSWERS = func.count(Survey.interaction_id)
_AVERAGE = func.avg(Survey.score)
_LOW = func.count(case((Survey.score <= LOW, 1)))


@dataclass(frozen=True, slots=True)
class SurveyFilters:
    """What to count; None = everything. `since` ≤ answered_at < `until`; `low`: only those that ask for a follow-up."""

    queue: str | None = None
    agent: str | None = None
    customer: str | None = None
    via: str | None = None
    score: int | None = None
    low: bool = False
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SurveyItem:
    """`score` 1-5; `via` keys, flow or link. `case`: the follow-up that was opened for it."""

    interaction_id: str
    customer_id: str
    customer_name: str
    agent: str | None
    agent_name: str
    queue: str | None
    score: int
    via: str
    comment: str
    case: str | None
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class SurveyPage:
    """Newest first. `next_cursor` is None on the last page."""

    items: list[SurveyItem]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Average:
    """`average` of `answers` scores (1-5), None without any; `low` of them want a follow-up. `of`: queue or agent."""

    of: str | None
    name: str
    answers: int
    average: float | None
    low: int


@dataclass(frozen=True, slots=True)
class Averages:
    total: Average
    queues: list[Average]
    agents: list[Average]


@dataclass(frozen=True, slots=True)
class CustomerSurveys:
    """What one customer said: his average, and the latest answers, newest first."""

    answers: int
    average: float | None
    latest: list[SurveyItem]


async def list_surveys(
    session: AsyncSession, filters: SurveyFilters, *, limit: int = 50, cursor: str | None = None
) -> SurveyPage:
    """A page of at most `limit` (1-200) answers that fit `filters`. Raises CursorError."""
    limit = max(1, min(limit, MOST_ITEMS))
    query = _items(filters)
    if cursor is not None:
        at, last = read_cursor(cursor)
        query = query.where(tuple_(Survey.answered_at, Survey.interaction_id) < tuple_(at, last))
    found = await _read(session, query.limit(limit + 1))
    page = found[:limit]
    more = len(found) > limit
    return SurveyPage(page, make_cursor(page[-1].answered_at, page[-1].interaction_id) if more else None)


async def averages(session: AsyncSession, filters: SurveyFilters) -> Averages:
    """Over all answers that fit `filters`: in total, by queue and by agent, those with most answers first."""
    fit = _conditions(filters)
    queues = select(Survey.queue, _ANSWERS, _AVERAGE, _LOW).where(Survey.queue.is_not(None), *fit)
    queues = queues.group_by(Survey.queue).order_by(_ANSWERS.desc(), Survey.queue)
    agents = select(Survey.agent_id, Agent.name, _ANSWERS, _AVERAGE, _LOW).outerjoin(Agent, Agent.id == Survey.agent_id)
    agents = agents.where(Survey.agent_id.is_not(None), *fit)
    agents = agents.group_by(Survey.agent_id, Agent.name).order_by(_ANSWERS.desc(), Survey.agent_id)
    return Averages(
        await _total(session, filters),
        [Average(of, "", answers, _rounded(mean), low) for of, answers, mean, low in await session.execute(queues)],
        [
            Average(of, name or "", answers, _rounded(mean), low)
            for of, name, answers, mean, low in await session.execute(agents)
        ],
    )


async def _total(session: AsyncSession, filters: SurveyFilters) -> Average:
    found = await session.execute(select(_ANSWERS, _AVERAGE, _LOW).where(*_conditions(filters)))
    answers, mean, low = found.one()
    return Average(None, "", answers, _rounded(mean), low)


async def surveys_of(session: AsyncSession, customer: str, *, seen_by: str | None = None) -> CustomerSurveys:
    """All that the customer said; the latest 5 in full. `seen_by`: only those about this agent in full."""
    filters = SurveyFilters(customer=customer)
    total = await _total(session, filters)
    latest = _items(replace(filters, agent=seen_by)).limit(_LATEST)
    return CustomerSurveys(total.answers, total.average, await _read(session, latest))


async def survey_of(session: AsyncSession, interaction: str) -> SurveyItem | None:
    """What the customer said after this conversation; None: nothing."""
    query = _items(SurveyFilters()).where(Survey.interaction_id == interaction)
    return next(iter(await _read(session, query)), None)


def _items(filters: SurveyFilters) -> Select[Survey, str, str, str]:
    query = select(Survey, Interaction.customer_id, Customer.name, Agent.name)
    query = query.join(Interaction, Interaction.id == Survey.interaction_id)
    query = query.join(Customer, Customer.id == Interaction.customer_id)
    query = query.outerjoin(Agent, Agent.id == Survey.agent_id).where(*_conditions(filters))
    return query.order_by(Survey.answered_at.desc(), Survey.interaction_id.desc())


async def _read(session: AsyncSession, query: Select[Survey, str, str, str]) -> list[SurveyItem]:
    return [
        SurveyItem(
            interaction_id=row.interaction_id,
            customer_id=customer,
            customer_name=name,
            agent=row.agent_id,
            agent_name=agent or "",
            queue=row.queue,
            score=row.score,
            via=row.via,
            comment=row.comment,
            case=row.case_number,
            answered_at=row.answered_at,
        )
        for row, customer, name, agent in await session.execute(query)
    ]


def _conditions(filters: SurveyFilters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        column == wanted
        for column, wanted in (
            (Survey.queue, filters.queue),
            (Survey.agent_id, filters.agent),
            (Survey.via, filters.via),
            (Survey.score, filters.score),
        )
        if wanted is not None
    ]
    if filters.low:
        found.append(Survey.score <= LOW)
    if filters.since is not None:
        found.append(Survey.answered_at >= filters.since)
    if filters.until is not None:
        found.append(Survey.answered_at < filters.until)
    if filters.customer is not None:
        merged = select(Customer.id).where(Customer.merged_into == filters.customer)
        his = or_(Interaction.customer_id == filters.customer, Interaction.customer_id.in_(merged))
        found.append(Survey.interaction_id.in_(select(Interaction.id).where(his)))
    return found


def _rounded(average: object) -> float | None:
    return None if average is None else round(float(str(average)), 2)
