"""Saving flows and putting them in force. Every save is a new version; what was saved is never changed.

Texts are examined (`examination`) before: that takes too long for a transaction.
"""

from collections.abc import Sequence

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


async def put_in_force(
    session: AsyncSession,
    flow_id: str,
    examined: Examined,
    *,
    user: str,
    note: str = "",
    number: int,
) -> Sequence[Problem]:
    """Publish version `number`, whose text was examined; its warnings. Nothing happens if it is in force already.

    ConfigurationError with everything that is wrong, StaleFlowError when it is not the latest version any more.
    """
    if not examined.usable or examined.flow is None:
        raise ConfigurationError(examined.problems)
    await _lock(session)
    state = await flow_state(session, flow_id)
    if state is None or (state.latest.number != number and not await _offered(session, flow_id, number)):
        raise StaleFlowError(state.latest if state else None)
    if state.in_force is not None and state.in_force.number == number:
        return examined.problems
    await _take_numbers(session, flow_id, examined.flow)
    row = insert(FlowPublication).values(flow_id=flow_id, number=number, published_by=user, note=note)
    await session.execute(row)
    return examined.problems


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


async def _offered(session: AsyncSession, flow_id: str, number: int) -> bool:
    query = select(FlowVersion.shipped).where(FlowVersion.flow_id == flow_id, FlowVersion.number == number)
    return bool(await session.scalar(query))


async def _take_numbers(session: AsyncSession, flow_id: str, flow: Flow) -> None:
    await session.execute(delete(FlowNumber).where(FlowNumber.flow_id == flow_id))
    rows: list[Json] = [{"number": number, "flow_id": flow_id} for number in dict.fromkeys(flow.numbers)]
    if not rows:
        return
    added = insert(FlowNumber).on_conflict_do_nothing().returning(FlowNumber.number)
    taken = set(flow.numbers) - set(await session.scalars(added, rows))
    if taken:
        query = select(FlowNumber).where(FlowNumber.number.in_(taken)).order_by(FlowNumber.number)
        raise ConfigurationError([words.number_taken(row.number, row.flow_id) for row in await session.scalars(query)])


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
