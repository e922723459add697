"""Saving flows and putting them in force. Every save is a new version; what was saved is never changed.

Texts are examined (`examination`) before: that takes too long for a transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.flows import words
from cti_server.flows.examination import Examined
from cti_server.flows.tables import FlowNumber, FlowPublication, FlowVersion
from cti_server.flows.versions import Version, flow_state, one_version, text_of
from cti_server.store.base import Json
from ivr_flows.flow import Flow
from routing.problems import ConfigurationError, Problem, Text

_ONE_AT_A_TIME = 0x435449_46
"""Advisory lock of everybody who changes flows: numbers must be free across all of them."""
MAX_FLOWS = 1_000


class StaleFlowError(Exception):
    """Somebody else saved meanwhile; `latest` is the newest version now (None: there is no such flow)."""

    def __init__(self, latest: Version | None) -> None:
        super().__init__(f"version {latest.number if latest else 0} is the latest")
        self.latest = latest


async def save(
    session: AsyncSession,
    flow_id: str,
    examined: Examined,
    *,
    user: str,
    note: str = "",
    expected: int | None = None,
    restored_from: int | None = None,
    shipped: bool = False,
) -> Version:
    """Keep a text as the next version, in the caller's transaction; the latest itself when it says the same.

    It need not be fit for callers, or even readable. StaleFlowError when `expected` (0: no such flow yet) is not the
    latest version any more, ConfigurationError when there are too many flows.
    """
    await _lock(session)
    state = await flow_state(session, flow_id)
    latest = state.latest if state else None
    if expected not in (None, latest.number if latest else 0):
        raise StaleFlowError(latest)
    if latest is None:
        there_are = (await session.execute(select(func.count(FlowVersion.flow_id.distinct())))).scalar_one()
        if there_are >= MAX_FLOWS:
            raise ConfigurationError([_TOO_MANY])
    if latest is not None and not shipped and await text_of(session, flow_id, latest.number) == examined.text:
        return latest
    newest = select(func.coalesce(func.max(FlowVersion.number), 0) + 1).where(FlowVersion.flow_id == flow_id)
    row = insert(FlowVersion).values(
        flow_id=flow_id,
        number=newest.scalar_subquery(),
        yaml=examined.text,
        hash=examined.flow.version if examined.flow else None,
        outline=_outline(examined.flow) if examined.flow else {},
        shipped=shipped,
        restored_from=restored_from,
        saved_by=user,
        note=note,
    )
    number = (await session.execute(row.returning(FlowVersion.number))).scalar_one()
    saved = await one_version(session, flow_id, number)
    assert saved is not None  # noqa: S101 - written above
    return saved


@dataclass(frozen=True, slots=True)
class Publication:
    """Version `number` of a flow, whose text was examined (with others it is published with: together with them)."""

    flow_id: str
    examined: Examined
    number: int


async def put_in_force(
    session: AsyncSession,
    flow_id: str,
    examined: Examined,
    *,
    user: str,
    note: str = "",
    number: int,
) -> None:
    """Publish version `number`, whose text was examined. Errors: those of `put_all_in_force`."""
    await put_all_in_force(session, [Publication(flow_id, examined, number)], user=user, note=note)


async def put_all_in_force(
    session: AsyncSession, publications: Sequence[Publication], *, user: str, note: str = ""
) -> None:
    """Publish all of these in the caller's transaction; nothing happens to those that are in force already.

    Numbers may change hands between them. ConfigurationError with everything that is wrong (see `problems_of`),
    StaleFlowError when one is not the latest version any more.
    """
    if not all(one.examined.usable for one in publications):
        raise ConfigurationError(problems_of(publications))
    await _lock(session)
    new: dict[str, Publication] = {}
    for one in publications:
        state = await flow_state(session, one.flow_id)
        if state is None or (state.latest.number != one.number and not await _offered(session, one)):
            raise StaleFlowError(state.latest if state else None)
        if state.in_force is None or state.in_force.number != one.number:
            new[one.flow_id] = one
    await _take_numbers(session, {id_: one.examined.flow for id_, one in new.items() if one.examined.flow})
    for id_, one in new.items():
        row = insert(FlowPublication).values(flow_id=id_, number=one.number, published_by=user, note=note)
        await session.execute(row)


def problems_of(publications: Sequence[Publication]) -> list[Problem]:
    """What was found; of several flows each place begins with its flow: `95598:steps.main`."""
    if len(publications) == 1:
        return list(publications[0].examined.problems)
    return [
        replace(problem, path=f"{one.flow_id}:{problem.path}")
        for one in publications
        for problem in one.examined.problems
    ]


async def save_and_publish(
    session: AsyncSession,
    flow_id: str,
    examined: Examined,
    *,
    user: str,
    note: str = "",
    expected: int | None = None,
    restored_from: int | None = None,
) -> Version:
    """Both at once. Errors: those of `save` and `put_in_force`."""
    if not examined.usable:
        raise ConfigurationError(examined.problems)
    saved = await save(session, flow_id, examined, user=user, note=note, expected=expected, restored_from=restored_from)
    await put_in_force(session, flow_id, examined, user=user, note=note, number=saved.number)
    return saved


async def _offered(session: AsyncSession, one: Publication) -> bool:
    query = select(FlowVersion.shipped).where(FlowVersion.flow_id == one.flow_id, FlowVersion.number == one.number)
    return bool(await session.scalar(query))


async def _take_numbers(session: AsyncSession, flows: Mapping[str, Flow]) -> None:
    await session.execute(delete(FlowNumber).where(FlowNumber.flow_id.in_(flows)))
    for id_, flow in flows.items():
        rows: list[Json] = [{"number": number, "flow_id": id_} for number in dict.fromkeys(flow.numbers)]
        if not rows:
            continue
        added = insert(FlowNumber).on_conflict_do_nothing().returning(FlowNumber.number)
        taken = set(flow.numbers) - set(await session.scalars(added, rows))
        if taken:
            query = select(FlowNumber).where(FlowNumber.number.in_(taken)).order_by(FlowNumber.number)
            found = await session.scalars(query)
            raise ConfigurationError([words.number_taken(row.number, row.flow_id) for row in found])


async def _lock(session: AsyncSession) -> None:
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})


def _outline(flow: Flow) -> Json:
    return {
        "title": dict(flow.title),
        "numbers": list(flow.numbers),
        "languages": list(flow.languages),
        "steps": len(flow.steps),
    }


_TOO_MANY = Problem(
    "",
    Text(zh=f"已有 {MAX_FLOWS} 个流程", en=f"there are {MAX_FLOWS} flows already"),
    Text(zh="改用现有的流程", en="Use one of those"),
)
