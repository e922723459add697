"""What was: interactions, their recordings and timelines, as the API shows them. Reads only.

Times are aware datetimes in UTC, durations milliseconds. Sessions come from `store.base.reading`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.cases import CaseBrief, cases_of
from cti_server.customers.tables import Customer
from cti_server.directory.tables import Agent
from cti_server.floor.surveys import LOW
from cti_server.floor.words import InteractionState
from cti_server.interactions.cursors import make_cursor, read_cursor
from cti_server.interactions.tables import BridgeSegment, Interaction, InteractionDraft, Recording, Survey
from cti_server.store.base import Json, at_millis
from cti_server.store.tables import JournalEntry

MOST_ITEMS = 200
_MOST_TIMELINE = 2_000


@dataclass(frozen=True, slots=True)
class Filters:
    """What to list; None = everything. `since` ≤ arrived_at < `until`.

    `seen_by`: only what this agent may see: where he talked, and all of the customers in `talking_with`.
    """

    agent: str | None = None
    customer: str | None = None
    queue: str | None = None
    state: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    callback: str | None = None
    """Of callbacks only: those in this state, `open`, `closed`, or `any`."""
    survey: str | None = None
    """Of those the customer rated only: with this score (`1`-`5`), `low`, or `any`."""
    seen_by: str | None = None
    talking_with: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One bridge segment: `agent` (with shown `name`) talked from `connected_at` to `ended_at`."""

    agent: str
    name: str
    segment: int
    connected_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class RecordingItem:
    id: str
    segment: int
    state: str
    duration_ms: int
    sha256: str


@dataclass(frozen=True, slots=True)
class RecordingMeta:
    """`path` is relative to the recording store. `agents`: all who talked in the interaction."""

    id: str
    interaction_id: str
    customer_id: str
    segment: int
    agent: str
    agents: tuple[str, ...]
    state: str
    path: str
    sha256: str
    size_bytes: int
    duration_ms: int
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Rating:
    """What the customer said; see `interactions.surveys`."""

    score: int
    via: str
    comment: str
    case: str | None
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    disposition: str
    note: str


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    seq: int
    at: datetime
    type: str
    data: Json


@dataclass(frozen=True, slots=True)
class InteractionItem:
    id: str
    channel: str
    direction: str
    caller: str
    caller_name: str
    dialled: str
    customer_id: str
    customer_name: str
    queue: str | None
    agents: list[Turn]
    state: str
    outcome: str | None
    cause: str
    disposition: str
    note: str
    language: str
    path: list[dict[str, object]]
    arrived_at: datetime
    queued_at: datetime | None
    connected_at: datetime | None
    ended_at: datetime | None
    wait_ms: int
    talk_ms: int
    hold_ms: int
    callback: Json | None
    survey: Rating | None
    transfers: list[dict[str, object]]
    recordings: list[RecordingItem]
    cases: list[CaseBrief]


@dataclass(frozen=True, slots=True)
class InteractionDetail:
    """`draft` is that of the agent who asked."""

    item: InteractionItem
    draft: Draft | None
    timeline: list[TimelineEntry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class InteractionPage:
    """Newest first. `next_cursor` is None on the last page."""

    items: list[InteractionItem]
    next_cursor: str | None


async def list_interactions(
    session: AsyncSession, filters: Filters, *, limit: int = 50, cursor: str | None = None
) -> InteractionPage:
    """A page of at most `limit` (1–200) interactions that fit `filters`. Raises CursorError."""
    limit = max(1, min(limit, MOST_ITEMS))
    query = select(Interaction, Customer.name).join(Customer, Customer.id == Interaction.customer_id)
    query = query.where(*_conditions(filters))
    if cursor is not None:
        arrived_at, last = read_cursor(cursor)
        query = query.where(tuple_(Interaction.arrived_at, Interaction.id) < tuple_(arrived_at, last))
    query = query.order_by(Interaction.arrived_at.desc(), Interaction.id.desc()).limit(limit + 1)
    found = (await session.execute(query)).all()
    page = found[:limit]
    items = await _items(session, page)
    more = len(found) > limit
    return InteractionPage(items, make_cursor(page[-1][0].arrived_at, page[-1][0].id) if more else None)


async def one_interaction(
    session: AsyncSession, interaction: str, *, draft_of: str | None = None, seen_by: Filters | None = None
) -> InteractionDetail | None:
    """Everything about one interaction, or None (also when `seen_by` hides it)."""
    query = select(Interaction, Customer.name).join(Customer, Customer.id == Interaction.customer_id)
    query = query.where(Interaction.id == interaction, *_conditions(seen_by or Filters()))
    found = (await session.execute(query)).all()
    if not found:
        return None
    [item] = await _items(session, found)
    draft = await session.get(InteractionDraft, (interaction, draft_of)) if draft_of is not None else None
    shown = Draft(draft.disposition, draft.note) if draft is not None else None
    return InteractionDetail(item, shown, await timeline(session, interaction))


async def timeline(session: AsyncSession, interaction: str) -> list[TimelineEntry]:
    """The interaction's events from the journal, oldest first."""
    query = (
        select(JournalEntry)
        .where(JournalEntry.interaction_id == interaction)
        .order_by(JournalEntry.seq)
        .limit(_MOST_TIMELINE)
    )
    entries = (await session.scalars(query)).all()
    return [TimelineEntry(entry.seq, at_millis(entry.at), entry.type, entry.data) for entry in entries]


async def recording(session: AsyncSession, recording_id: str) -> RecordingMeta | None:
    """Where the sound is and whose it is."""
    query = (
        select(Recording, Interaction.customer_id)
        .join(Interaction, Interaction.id == Recording.interaction_id)
        .where(Recording.id == recording_id)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    row, customer = found
    talked = select(BridgeSegment.agent_id).where(BridgeSegment.interaction_id == row.interaction_id).distinct()
    agents = tuple(sorted({row.agent_id, *(await session.scalars(talked))}))
    return RecordingMeta(
        id=row.id,
        interaction_id=row.interaction_id,
        customer_id=customer,
        segment=row.segment,
        agent=row.agent_id,
        agents=agents,
        state=row.state,
        path=row.path,
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        duration_ms=row.duration_ms,
        started_at=row.started_at,
    )


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column, wanted in (
        (Interaction.queue, filters.queue),
        (Interaction.state, filters.state),
        (Interaction.outcome, filters.outcome),
    ):
        if wanted is not None:
            conditions.append(column == wanted)
    if filters.agent is not None:
        conditions.append(_talked(filters.agent))
    if filters.customer is not None:
        conditions.append(_of_customer(filters.customer))
    if filters.since is not None:
        conditions.append(Interaction.arrived_at >= filters.since)
    if filters.until is not None:
        conditions.append(Interaction.arrived_at < filters.until)
    if filters.callback is not None:
        conditions.append(Interaction.callback.is_not(None))
        if filters.callback == "open":
            conditions.append(Interaction.state != InteractionState.CLOSED)
        elif filters.callback == "closed":
            conditions.append(Interaction.state == InteractionState.CLOSED)
        elif filters.callback != "any":
            conditions.append(Interaction.callback["state"].astext == filters.callback)
    if filters.survey is not None:
        conditions.append(Interaction.id.in_(_rated(filters.survey)))
    if filters.seen_by is not None:
        conditions.append(or_(_talked(filters.seen_by), *map(_of_customer, filters.talking_with)))
    return conditions


def _rated(how: str) -> Select[str]:
    rated = select(Survey.interaction_id)
    if how == "low":
        return rated.where(Survey.score <= LOW)
    return rated if how == "any" else rated.where(Survey.score == int(how))


def _talked(agent: str) -> ColumnElement[bool]:
    segments = select(BridgeSegment.interaction_id).where(BridgeSegment.agent_id == agent)
    return or_(Interaction.agent_id == agent, Interaction.id.in_(segments))


def _of_customer(customer: str) -> ColumnElement[bool]:
    merged = select(Customer.id).where(Customer.merged_into == customer)
    return or_(Interaction.customer_id == customer, Interaction.customer_id.in_(merged))


async def _items(session: AsyncSession, rows: Sequence[Row[Interaction, str]]) -> list[InteractionItem]:
    ids = [row.id for row, _ in rows]
    turns: defaultdict[str, list[Turn]] = defaultdict(list)
    recordings: defaultdict[str, list[RecordingItem]] = defaultdict(list)
    ratings: dict[str, Rating] = {}
    if ids:
        for said in await session.scalars(select(Survey).where(Survey.interaction_id.in_(ids))):
            rating = Rating(said.score, said.via, said.comment, said.case_number, said.answered_at)
            ratings[said.interaction_id] = rating
        segments = (
            select(BridgeSegment, Agent.name)
            .outerjoin(Agent, Agent.id == BridgeSegment.agent_id)
            .where(BridgeSegment.interaction_id.in_(ids))
            .order_by(BridgeSegment.interaction_id, BridgeSegment.segment)
        )
        for segment, name in await session.execute(segments):
            turn = Turn(segment.agent_id, name or "", segment.segment, segment.connected_at, segment.ended_at)
            turns[segment.interaction_id].append(turn)
        sound = (
            select(Recording)
            .where(Recording.interaction_id.in_(ids))
            .order_by(Recording.interaction_id, Recording.segment, Recording.id)
        )
        for row in await session.scalars(sound):
            shown = RecordingItem(row.id, row.segment, row.state, row.duration_ms, row.sha256)
            recordings[row.interaction_id].append(shown)
    cases = await cases_of(session, ids)
    return [
        _item(row, customer, turns[row.id], recordings[row.id], ratings.get(row.id), cases.get(row.id, []))
        for row, customer in rows
    ]


def _item(
    row: Interaction,
    customer: str,
    turns: list[Turn],
    recordings: list[RecordingItem],
    survey: Rating | None,
    cases: list[CaseBrief],
) -> InteractionItem:
    return InteractionItem(
        id=row.id,
        channel=row.channel,
        direction=row.direction,
        caller=row.caller,
        caller_name=row.caller_name,
        dialled=row.dialled,
        customer_id=row.customer_id,
        customer_name=customer,
        queue=row.queue,
        agents=turns,
        state=row.state,
        outcome=row.outcome,
        cause=row.cause,
        disposition=row.disposition,
        note=row.note,
        language=row.language,
        path=row.path,
        arrived_at=row.arrived_at,
        queued_at=row.queued_at,
        connected_at=row.connected_at,
        ended_at=row.ended_at,
        wait_ms=row.wait_ms,
        talk_ms=row.talk_ms,
        hold_ms=row.hold_ms,
        callback=row.callback,
        survey=survey,
        transfers=row.transfers,
        recordings=recordings,
        cases=cases,
    )
