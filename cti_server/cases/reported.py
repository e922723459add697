"""Cases that follow from what happened, written in the transaction of the rows of the same events."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cti_server.cases.records import MOST_SUBJECT, ZONE, open_case
from cti_server.cases.tables import KINDS, Kind
from cti_server.floor.events import CustomerAssigned, Recorded, ReportDictated
from cti_server.store.base import at_millis

_KNOWN = "SELECT 1 FROM cases WHERE key = $1"
_NEXT = """
    INSERT INTO case_days AS d (day, last) VALUES ($1, 1)
    ON CONFLICT (day) DO UPDATE SET last = d.last + 1 RETURNING last
"""
_OPEN = """
    INSERT INTO cases
        (number, key, kind, customer_id, interaction_id, recording_id, subject, codes, opened_at, opened_by)
    VALUES ($1, $2, $3, $4, $5, $2, $6, $7, $8, $9)
    ON CONFLICT (key) DO NOTHING
"""
_MOVE = "UPDATE cases SET customer_id = $2 WHERE interaction_id = $1"

_encode = msgspec.json.Encoder().encode


async def open_reported(sessions: async_sessionmaker[AsyncSession], zone: ZoneInfo, report: ReportDictated) -> str:
    """The number of the case of a report, opened while its caller waits. CaseError, or what the database fails of."""
    async with sessions.begin() as session:
        case = await open_case(
            session,
            kind=kind_of(report.kind),
            customer_id=report.customer,
            interaction_id=report.interaction,
            recording_id=report.recording,
            subject=report.subject or report.recording,
            codes={name: {"value": code.value, "label": code.label} for name, code in report.codes.items()},
            opened_by="flow",
            key=report.recording,
            zone=zone,
        )
    return case.number


def kind_of(name: str) -> Kind:
    """A report, if it is none that we know."""
    return next((kind for kind in KINDS if kind == name), "report")


class ReportedCases:
    """A dictated report that nobody opened a case for yet becomes one: the caller hung up, the server was killed, or
    the database was away. And the cases of a conversation follow it to another customer."""

    def __init__(self, zone: ZoneInfo = ZONE) -> None:
        self._zone = zone

    async def write(self, connection: asyncpg.Connection, batch: Sequence[Recorded]) -> None:
        for recorded in batch:
            if isinstance(recorded.event, ReportDictated):
                await self._open(connection, recorded.event, recorded.at)
            elif isinstance(recorded.event, CustomerAssigned):
                await connection.execute(_MOVE, recorded.event.interaction, recorded.event.customer.id)

    async def _open(self, connection: asyncpg.Connection, report: ReportDictated, at: int) -> None:
        if await connection.fetchval(_KNOWN, report.recording) is not None:
            return
        local = at_millis(at).astimezone(self._zone)
        last = await connection.fetchval(_NEXT, local.date())
        await connection.execute(
            _OPEN,
            f"C-{local:%Y%m%d}-{last:04d}",
            report.recording,
            kind_of(report.kind),
            report.customer,
            report.interaction,
            report.subject[:MOST_SUBJECT] or report.recording,
            _encode(report.codes).decode(),
            at_millis(at),
            "flow",
        )
