"""What the API shows of the past."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.interactions import history
from cti_server.interactions.cursors import CursorError
from cti_server.interactions.history import Filters
from cti_server.store.base import at_millis, create_engine, reading, session_factory
from tests.interactions.stories import T0, answered, customer, recorded
from tests.interactions.test_projection import commit, projecting, reached
from tests.rig.postgres import Database


@asynccontextmanager
async def history_of(database: Database, home: Path, calls: int) -> AsyncIterator[AsyncSession]:
    """A session on a database with `calls` answered calls of one agent each (1001, 1002, …)."""
    events = recorded([step for number in range(1, calls + 1) for step in answered(number, str(1000 + number))])
    async with projecting(database, home) as (journal, projection):
        await commit(journal, projection, events)
        await reached(projection, len(events))
    engine = create_engine(database.server)
    try:
        async with reading(session_factory(engine)) as session:
            yield session
    finally:
        await engine.dispose()


async def test_pages_give_every_interaction_once(database: Database, tmp_path: Path) -> None:
    async with history_of(database, tmp_path, 7) as session:
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = await history.list_interactions(session, Filters(), limit=3, cursor=cursor)
            seen += [item.id for item in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
            assert len(page.items) == 3
    assert seen == [f"i-{number}" for number in range(7, 0, -1)]


async def test_filters(database: Database, tmp_path: Path) -> None:
    async def ids(filters: Filters) -> list[str]:
        return [item.id for item in (await history.list_interactions(session, filters)).items]

    who = customer("+8613800000002").id
    async with history_of(database, tmp_path, 3) as session:
        assert await ids(Filters(agent="1002")) == ["i-2"]
        assert await ids(Filters(customer=who)) == ["i-2"]
        assert await ids(Filters(queue="power", outcome="handled", state="closed")) == ["i-3", "i-2", "i-1"]
        assert await ids(Filters(queue="other")) == []
        assert await ids(Filters(since=at_millis(T0 + 1))) == []
        assert await ids(Filters(since=at_millis(T0), until=at_millis(T0) + timedelta(seconds=1), agent="1001")) == [
            "i-1"
        ]
        assert await ids(Filters(seen_by="1001")) == ["i-1"]
        assert await ids(Filters(seen_by="1001", talking_with=(who,))) == ["i-2", "i-1"]
        assert await ids(Filters(seen_by="1009")) == [], "being offered a call is not talking"


async def test_one_with_its_timeline(database: Database, tmp_path: Path) -> None:
    async with history_of(database, tmp_path, 2) as session:
        detail = await history.one_interaction(session, "i-1", draft_of="1001")
        hidden = await history.one_interaction(session, "i-1", seen_by=Filters(seen_by="1002"))
        unknown = await history.one_interaction(session, "i-9")
    assert hidden is None
    assert unknown is None
    assert detail is not None
    assert detail.draft is None
    assert [entry.type for entry in detail.timeline][:3] == ["InteractionStarted", "FlowEntered", "FlowStepTaken"]
    assert detail.timeline[-1].type == "InteractionClosed"
    assert [turn.agent for turn in detail.item.agents] == ["1001"]
    assert [recording.state for recording in detail.item.recordings] == ["stored"]
    assert detail.item.path == [{"step": "main", "keys": "1", "label": {"zh": "停电", "en": "Power cut"}}]


async def test_a_draft_is_shown_to_its_agent(database: Database, tmp_path: Path) -> None:
    async with history_of(database, tmp_path, 1) as session:
        owner = await asyncpg.connect(database.server)
        await owner.execute("INSERT INTO interaction_drafts VALUES ('i-1', '1001', 'solved', '半句')")
        await owner.close()
        mine = await history.one_interaction(session, "i-1", draft_of="1001")
        other = await history.one_interaction(session, "i-1", draft_of="1002")
    assert mine is not None
    assert other is not None
    assert (mine.draft, other.draft) == (history.Draft("solved", "半句"), None)


async def test_recording_meta(database: Database, tmp_path: Path) -> None:
    async with history_of(database, tmp_path, 1) as session:
        meta = await history.recording(session, "r-1")
        assert await history.recording(session, "r-9") is None
    assert meta is not None
    assert (meta.path, meta.agents, meta.customer_id) == ("2026/11/22/r.ogg", ("1001",), customer("+8613800000001").id)


@pytest.mark.parametrize("cursor", ["", "x", "!!!!", "WzEsIlx1MDAwMCJd", "W10", "WzkyMjMzNzIwMzY4NTQ3NzU4MDcsIiJd"])
async def test_a_foreign_cursor_is_refused(database: Database, tmp_path: Path, cursor: str) -> None:
    async with history_of(database, tmp_path, 1) as session:
        with pytest.raises(CursorError):
            await history.list_interactions(session, Filters(), cursor=cursor)


async def test_a_reading_session_cannot_write(database: Database, tmp_path: Path) -> None:
    async with history_of(database, tmp_path, 1) as session:
        with pytest.raises(DBAPIError, match="read-only"):
            await session.execute(text("DELETE FROM interactions"))
