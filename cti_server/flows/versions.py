"""The versions of flows, as they stand in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from cti_server.directory.tables import Queue, Skill
from cti_server.flows.examination import Surroundings
from cti_server.flows.tables import FlowNumber, FlowPublication, FlowVersion
from cti_server.prompts.own import own_words
from cti_server.store.base import Json
from ivr_flows.check import Surroundings as Reachable

_PUBLISHED = (FlowPublication.flow_id == FlowVersion.flow_id) & (FlowPublication.number == FlowVersion.number)

_SHIPPED = FlowVersion.shipped.is_(True)


@dataclass(frozen=True, slots=True)
class Published:
    """When a version was put in force the last time, by whom, and why."""

    at: datetime
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version without its text. `hash` is what running calls and the journal name; None: cannot be run."""

    flow_id: str
    number: int
    hash: str | None
    outline: Json
    shipped: bool
    restored_from: int | None
    saved_at: datetime
    saved_by: str
    note: str
    published: Published | None = None


@dataclass(frozen=True, slots=True)
class FlowState:
    """Where a flow stands. `latest` is what an editor goes on from; `draft` is that, while it is not in force.

    `offered`: the file of a later release, which does not replace what people here have edited.
    """

    latest: Version
    in_force: Version | None
    draft: Version | None
    offered: Version | None


async def flow_states(session: AsyncSession) -> Sequence[FlowState]:
    """Every flow, by id."""
    in_force = await _by_flow(session, _in_force())
    latest = await _by_flow(session, _last(_of_people()))
    shipped = await _by_flow(session, _last(_SHIPPED))
    every = shipped | latest
    return [_state(every[id_], in_force.get(id_), shipped.get(id_)) for id_ in sorted(every)]


async def flow_state(session: AsyncSession, flow_id: str) -> FlowState | None:
    """One flow, None when nothing was ever saved of it."""
    mine = FlowVersion.flow_id == flow_id
    in_force = (await _by_flow(session, _in_force().where(mine))).get(flow_id)
    latest = (await _by_flow(session, _last(_of_people()).where(mine))).get(flow_id)
    shipped = (await _by_flow(session, _last(_SHIPPED).where(mine))).get(flow_id)
    newest = latest or shipped
    return _state(newest, in_force, shipped) if newest else None


async def versions(session: AsyncSession, flow_id: str, *, limit: int, before: int | None = None) -> Sequence[Version]:
    """Newest first; those older than `before`."""
    query = _rows().where(FlowVersion.flow_id == flow_id).order_by(FlowVersion.number.desc()).limit(limit)
    if before is not None:
        query = query.where(FlowVersion.number < before)
    return await _read(session, query)


async def one_version(session: AsyncSession, flow_id: str, number: int) -> Version | None:
    found = await versions(session, flow_id, limit=1, before=number + 1)
    return found[0] if found and found[0].number == number else None


async def text_of(session: AsyncSession, flow_id: str, number: int) -> str:
    """The text of a version that exists."""
    query = select(FlowVersion.yaml).where(FlowVersion.flow_id == flow_id, FlowVersion.number == number)
    return (await session.execute(query)).scalar_one()


async def texts_with(session: AsyncSession, flow_id: str, hash_: str, *, limit: int) -> Sequence[str]:
    """Texts of a flow that may be the content `hash_`, the most likely first.

    Another release may have hashed the same content differently: then it is one that was published not long ago.
    """
    published = (
        select(FlowPublication.number, func.max(FlowPublication.id).label("last"))
        .where(FlowPublication.flow_id == flow_id)
        .group_by(FlowPublication.number)
        .subquery()
    )
    same = FlowVersion.hash == hash_
    query = (
        select(FlowVersion.yaml)
        .outerjoin(published, published.c.number == FlowVersion.number)
        .where(FlowVersion.flow_id == flow_id, or_(same, published.c.last.is_not(None)))
        .order_by(func.coalesce(same, False).desc(), published.c.last.desc().nulls_last())
        .limit(limit)
    )
    return list(await session.scalars(query))


async def published_texts(session: AsyncSession, flow_id: str, *, limit: int) -> Sequence[str]:
    """What was in force, the last first."""
    query = (
        select(FlowVersion.yaml)
        .join(FlowPublication, _PUBLISHED)
        .where(FlowVersion.flow_id == flow_id)
        .order_by(FlowPublication.id.desc())
        .limit(limit)
    )
    return list(await session.scalars(query))


async def texts_in_force(session: AsyncSession) -> Sequence[str]:
    """What callers of each flow get."""
    query = (
        select(FlowVersion.yaml)
        .ext(distinct_on(FlowVersion.flow_id))
        .join(FlowPublication, _PUBLISHED)
        .order_by(FlowVersion.flow_id, FlowPublication.id.desc())
    )
    return list(await session.scalars(query))


async def last_publications(session: AsyncSession) -> Mapping[str, int]:
    """Flow → id of its last publication."""
    query = select(FlowPublication.flow_id, func.max(FlowPublication.id)).group_by(FlowPublication.flow_id)
    return {flow_id: last for flow_id, last in await session.execute(query)}


async def surroundings(session: AsyncSession, reach: Reachable | None = None) -> Surroundings:
    """What flows lead into; `reach` is beyond the database."""
    numbers = await session.execute(select(FlowNumber.number, FlowNumber.flow_id))
    return Surroundings(
        frozenset(await session.scalars(select(Queue.id).where(Queue.active))),
        frozenset(await session.scalars(select(Skill.id))),
        {number: flow_id for number, flow_id in numbers},
        reach,
        await own_words(session),
    )


Rows = Select[FlowVersion]


def _rows() -> Rows:
    return select(FlowVersion).options(defer(FlowVersion.yaml, raiseload=True))


def _last(which: ColumnElement[bool]) -> Rows:
    query = _rows().ext(distinct_on(FlowVersion.flow_id))
    return query.where(which).order_by(FlowVersion.flow_id, FlowVersion.number.desc())


def _in_force() -> Rows:
    query = _rows().ext(distinct_on(FlowVersion.flow_id)).join(FlowPublication, _PUBLISHED)
    return query.order_by(FlowVersion.flow_id, FlowPublication.id.desc())


def _of_people() -> ColumnElement[bool]:
    """What people wrote or put in force, not what a release merely offers."""
    return or_(~FlowVersion.shipped, exists().where(_PUBLISHED))


async def _by_flow(session: AsyncSession, query: Rows) -> dict[str, Version]:
    return {version.flow_id: version for version in await _read(session, query)}


async def _read(session: AsyncSession, query: Rows) -> Sequence[Version]:
    rows = list(await session.scalars(query))
    publications = (
        select(FlowPublication)
        .where(FlowPublication.flow_id.in_({row.flow_id for row in rows}))
        .where(FlowPublication.number.in_({row.number for row in rows}))
        .order_by(FlowPublication.id)
    )
    told = {
        (row.flow_id, row.number): Published(row.published_at, row.published_by, row.note)
        for row in (await session.scalars(publications) if rows else ())
    }
    return [_version(row, told.get((row.flow_id, row.number))) for row in rows]


def _version(row: FlowVersion, published: Published | None) -> Version:
    return Version(
        row.flow_id,
        row.number,
        row.hash,
        row.outline,
        row.shipped,
        row.restored_from,
        row.saved_at,
        row.saved_by,
        row.note,
        published,
    )


def _state(latest: Version, in_force: Version | None, shipped: Version | None) -> FlowState:
    draft = latest if in_force is None or latest.number > in_force.number else None
    newer = shipped is not None and in_force is not None and shipped.number > in_force.number
    offered = shipped if newer and shipped is not None and shipped.published is None else None
    return FlowState(latest, in_force, draft, offered)
