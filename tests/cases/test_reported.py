"""Cases that follow from the journal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cti_server.cases import CaseRecord, Filters, ReportedCases, list_cases, open_case
from cti_server.floor import events as e
from cti_server.floor.words import InteractionId, LegId, RecordingId
from cti_server.interactions.projection import Projection
from cti_server.store.base import create_engine, reading, session_factory
from cti_server.store.journal import Journal
from cti_server.store.spool import Spool
from tests.interactions.stories import customer, recorded
from tests.interactions.test_projection import commit, reached
from tests.rig.postgres import Database

CALL = InteractionId("i-1")
WHO, OTHER = customer("+8613800000001"), customer("+8613800000002")
CODES = {"job": e.Attribute("1234567", {"zh": "任务号", "en": "Job"})}


@asynccontextmanager
async def projecting(database: Database, home: Path) -> AsyncIterator[tuple[Journal, Projection]]:
    journal = Journal(database.server, Spool(home / "spool"), first_wait=0.02)
    await journal.open()
    projection = Projection(database.server, journal.read, (ReportedCases().write,))
    task = asyncio.create_task(projection.run())
    try:
        yield journal, projection
    finally:
        task.cancel()
        await asyncio.wait({task})
        await journal.close()


def story(*reports: e.ReportDictated) -> list[e.Recorded]:
    started = e.InteractionStarted(CALL, "voice", "in", WHO.phone, "王", "95598", WHO, LegId("l-1"), "PJSIP/x")
    return recorded([(0, started), *((1_000 * n, report) for n, report in enumerate(reports, 1))])


def report(number: int = 1, subject: str = "现场报告", kind: str = "report") -> e.ReportDictated:
    return e.ReportDictated(RecordingId(f"{CALL}-report{number}"), CALL, WHO.id, kind, subject, CODES)


async def cases(database: Database) -> list[CaseRecord]:
    engine = create_engine(database.server)
    try:
        async with reading(session_factory(engine)) as session:
            return [item.case for item in (await list_cases(session, Filters())).items][::-1]
    finally:
        await engine.dispose()


async def test_a_report_becomes_a_case_with_its_sound(database: Database, tmp_path: Path) -> None:
    events = story(report(), report(2, "", "unheard of"))
    async with projecting(database, tmp_path) as (journal, projection):
        await commit(journal, projection, events)
        await reached(projection, len(events))
    first, second = await cases(database)
    assert (first.kind, first.subject, first.state, first.opened_by) == ("report", "现场报告", "open", "flow")
    assert (first.customer_id, first.interaction_id) == (WHO.id, CALL)
    assert first.recording_id == f"{CALL}-report1"
    assert first.codes == {"job": {"value": "1234567", "label": {"zh": "任务号", "en": "Job"}}}
    assert second.number == f"{first.number[:-1]}2"
    assert (second.kind, second.subject) == ("report", f"{CALL}-report2")


async def test_one_that_was_opened_while_the_caller_was_there_is_not_opened_again(
    database: Database, tmp_path: Path
) -> None:
    engine = create_engine(database.server)
    async with session_factory(engine).begin() as session:
        made = await open_case(
            session, kind="report", customer_id=WHO.id, subject="x", opened_by="flow", key=f"{CALL}-report1"
        )
    await engine.dispose()
    async with projecting(database, tmp_path) as (journal, projection):
        await commit(journal, projection, story(report()))
        await reached(projection, 2)
    assert [case.id for case in await cases(database)] == [made.id]


async def test_cases_follow_their_conversation_to_another_customer(database: Database, tmp_path: Path) -> None:
    events = story(report())
    events += recorded([(5_000, e.CustomerAssigned(CALL, OTHER))], after=len(events))
    async with projecting(database, tmp_path) as (journal, projection):
        await commit(journal, projection, events)
        await reached(projection, len(events))
    assert [case.customer_id for case in await cases(database)] == [OTHER.id]
