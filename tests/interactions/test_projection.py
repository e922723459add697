"""Rows follow the journal: exactly once, whatever the batches are and whatever is away."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cti_server.floor import events as e
from cti_server.floor.words import AgentId, CustomerId, InteractionId, LegId, Outcome
from cti_server.interactions.projection import Projection
from cti_server.store.journal import Journal
from cti_server.store.spool import Spool
from tests.interactions.stories import QUEUE, T0, answered, customer, recorded
from tests.rig.postgres import Database, own_postgres

TABLES = (
    "interactions",
    "bridge_segments",
    "offers",
    "recordings",
    "agent_intervals",
    "surveys",
    "customers",
    "customer_phones",
)


def at(after: int) -> datetime:
    return datetime.fromtimestamp((T0 + after) / 1000, UTC)


@asynccontextmanager
async def projecting(database: Database, home: Path) -> AsyncIterator[tuple[Journal, Projection]]:
    journal = Journal(database.server, Spool(home / "spool"), first_wait=0.02)
    await journal.open()
    projection = Projection(database.server, journal.read)
    task = asyncio.create_task(projection.run())
    try:
        yield journal, projection
    finally:
        task.cancel()
        await asyncio.wait({task})
        await journal.close()


async def commit(journal: Journal, projection: Projection, batch: Sequence[e.Recorded]) -> None:
    await journal.append(batch)
    projection.offer(batch)


async def reached(projection: Projection, seq: int, deadline: float = 20) -> None:
    async with asyncio.timeout(deadline):
        await projection.reached(seq)


async def rows(database: Database) -> dict[str, list[dict[str, object]]]:
    """Every projected row, in a fixed order, without what the clock of the database wrote."""
    connection = await asyncpg.connect(database.owner)
    try:
        found = {table: await connection.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES}  # noqa: S608
    finally:
        await connection.close()
    return {
        table: [{name: value for name, value in row.items() if name != "created_at"} for row in table_rows]
        for table, table_rows in found.items()
    }


async def test_a_call_becomes_rows(database: Database, tmp_path: Path) -> None:
    events = recorded(answered(1))
    async with projecting(database, tmp_path) as (journal, projection):
        await commit(journal, projection, events)
        await reached(projection, len(events))
    found = await rows(database)

    [call] = found["interactions"]
    who = customer("+8613800000001")
    assert str(call["customer_id"]) == who.id
    expected = {
        "state": "closed", "outcome": "handled", "cause": "hangup", "agent_id": "1001", "queue": "power",
        "caller": "+8613800000001", "caller_name": "王", "dialled": "95598", "flow": "power", "language": "en",
        "disposition": "solved", "note": "已处理", "offers": 2,
        "wait_ms": 12_500, "talk_ms": 32_500, "hold_ms": 15_000,
        "arrived_at": at(0), "queued_at": at(10_000), "connected_at": at(22_500), "talk_ended_at": at(70_000),
        "ended_at": at(100_000), "waiting_since": None, "talking_since": None, "held_since": None,
    }  # fmt: skip
    assert {name: call[name] for name in expected} == expected
    assert "停电" in str(call["path"])
    [segment] = found["bridge_segments"]
    assert (segment["segment"], segment["agent_id"], segment["ended_by"]) == (1, "1001", "caller")
    assert (segment["connected_at"], segment["ended_at"]) == (at(22_500), at(70_000))
    assert [(offer["id"], offer["state"], offer["rang"], offer["ended_at"]) for offer in found["offers"]] == [
        ("o-1-1", "missed", True, at(20_000)),
        ("o-1-2", "accepted", True, at(22_000)),
    ]
    [recording] = found["recordings"]
    assert (recording["state"], recording["size_bytes"], recording["duration_ms"]) == ("stored", 4711, 47_500)
    assert [(i["state"], i["started_at"], i["ended_at"]) for i in found["agent_intervals"]] == [
        ("offered", at(20_100), at(22_500)),
        ("connected", at(22_500), at(70_000)),
        ("wrapping_up", at(70_000), at(100_000)),
        ("available", at(100_000), None),
    ]
    assert [(str(c["id"]), c["prospect"]) for c in found["customers"]] == [(who.id, True)]
    assert [p["e164"] for p in found["customer_phones"]] == ["+8613800000001"]


async def test_an_abandoned_call_waited_until_it_left(database: Database, tmp_path: Path) -> None:
    events = recorded([*list(answered(1))[:5], (31_000, e.CallerLeft(InteractionId("i-1"), "hangup")),
                       (31_000, e.InteractionClosed(InteractionId("i-1"), Outcome.ABANDONED, "hangup"))])  # fmt: skip
    async with projecting(database, tmp_path) as (journal, projection):
        await commit(journal, projection, events)
        await reached(projection, len(events))
    [call] = (await rows(database))["interactions"]
    assert (call["outcome"], call["wait_ms"], call["talk_ms"], call["agent_id"]) == ("abandoned", 21_000, 0, None)


async def test_another_customer_can_be_assigned_also_after_the_end(database: Database, tmp_path: Path) -> None:
    other = customer("+8613900000000", prospect=False, name="李雷")
    late = customer("+8613900000001", prospect=False, name="韩梅梅")
    story = [(at_, event) for at_, event in answered(1)]
    story.insert(10, (20_050, e.CustomerAssigned(InteractionId("i-1"), other, AgentId("1001"))))
    events = recorded(story)
    async with projecting(database, tmp_path) as (journal, projection):
        await commit(journal, projection, events)
        await reached(projection, len(events))
        assert str((await rows(database))["interactions"][0]["customer_id"]) == other.id
        after = recorded([(200_000, e.CustomerAssigned(InteractionId("i-1"), late, None))], len(events))
        await commit(journal, projection, after)
        await reached(projection, len(events) + 1)
    assert str((await rows(database))["interactions"][0]["customer_id"]) == late.id


async def test_what_a_customer_said_stands_once_also_after_the_end(database: Database, tmp_path: Path) -> None:
    """A link answered twice in the journal, as it may be after a spool: the first stands."""
    i, agent, queue = InteractionId("i-1"), AgentId("1001"), QUEUE
    events = recorded(answered(1))
    given = (
        (200_000, e.SurveyAnswered(i, 2, "link", agent, queue, "慢")),
        (201_000, e.SurveyAnswered(i, 5, "link", agent, queue)),
    )
    late = recorded(given, len(events))
    again = recorded([(202_000, given[1][1])], len(events) + 2)
    async with projecting(database, tmp_path) as (journal, projection):
        for batch in (events, late, again):
            await commit(journal, projection, batch)
            await reached(projection, batch[-1].seq)
        assert projection.skipped == 0
    [said] = (await rows(database))["surveys"]
    assert (said["score"], said["via"], said["agent_id"], said["queue"]) == (2, "link", "1001", "power")
    assert (said["comment"], said["answered_at"], said["case_number"]) == ("慢", at(200_000), None)


async def test_what_was_missed_is_read_from_the_journal(database: Database, tmp_path: Path) -> None:
    events = recorded([step for number in range(1, 40) for step in answered(number, agent=str(1000 + number))])
    async with projecting(database, tmp_path) as (journal, projection):
        await journal.append(events[:700])  # nobody told the projection
        await commit(journal, projection, events[700:])
        await reached(projection, len(events))
    found = await rows(database)
    assert len(found["interactions"]) == 39
    assert {call["state"] for call in found["interactions"]} == {"closed"}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(min_value=1, max_value=25), unique=True), restarts=st.booleans())
async def test_batches_do_not_matter(database: Database, tmp_path: Path, cuts: list[int], restarts: bool) -> None:
    """The same rows, however the events were cut into batches and however often the server was started anew."""
    owner = await asyncpg.connect(database.owner)
    await owner.execute(f"TRUNCATE {', '.join(TABLES)}, journal, projection_cursor CASCADE")
    await owner.close()
    events = recorded(answered(1))
    bounds = [0, *sorted(cuts), len(events)]
    batches = [events[a:b] for a, b in itertools.pairwise(bounds) if a < b]
    if restarts:
        for batch in batches:
            async with projecting(database, tmp_path) as (journal, projection):
                await commit(journal, projection, batch)
                await reached(projection, batch[-1].seq)
    else:
        async with projecting(database, tmp_path) as (journal, projection):
            for batch in batches:
                await commit(journal, projection, batch)
                await reached(projection, batch[-1].seq)
    assert await rows(database) == await _reference(database, tmp_path)


_known: list[dict[str, list[dict[str, object]]]] = []


async def _reference(database: Database, tmp_path: Path) -> dict[str, list[dict[str, object]]]:
    if not _known:
        owner = await asyncpg.connect(database.owner)
        await owner.execute(f"TRUNCATE {', '.join(TABLES)}, journal, projection_cursor CASCADE")
        await owner.close()
        events = recorded(answered(1))
        async with projecting(database, tmp_path) as (journal, projection):
            await commit(journal, projection, events)
            await reached(projection, len(events))
        _known.append(await rows(database))
    return _known[0]


async def test_an_event_that_cannot_be_a_row_does_not_hold_back_the_rest(database: Database, tmp_path: Path) -> None:
    broken = e.Customer(CustomerId("no uuid"), "x")
    bad = e.InteractionStarted(InteractionId("bad"), "voice", "in", "", "", "95598", broken, LegId("l-bad"), "PJSIP/y")
    story = list(answered(1))
    events = recorded([*story[:3], (5_500, bad), *story[3:]])
    async with projecting(database, tmp_path) as (journal, projection):
        await commit(journal, projection, events)
        await reached(projection, len(events))
        assert projection.skipped == 1
    found = await rows(database)
    assert [call["id"] for call in found["interactions"]] == ["i-1"]
    assert found["interactions"][0]["talk_ms"] == 32_500


async def test_an_outage_loses_no_rows(tmp_path: Path) -> None:
    events = recorded([step for number in range(1, 11) for step in answered(number, agent=str(1000 + number))])
    async with own_postgres() as postgres, projecting(postgres.database, tmp_path) as (journal, projection):
        await commit(journal, projection, events[:100])
        await postgres.stop()
        for start in range(100, 200, 10):
            await commit(journal, projection, events[start : start + 10])
        assert journal.state == "spooling"
        await postgres.start()
        await commit(journal, projection, events[200:])
        await reached(projection, len(events), 60)
        found = await rows(postgres.database)
    assert [call["talk_ms"] for call in found["interactions"]] == [32_500] * 10
    assert len(found["offers"]) == 20
