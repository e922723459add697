"""Files of the flows' folder on their way into the database, at each start."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from cti_server.flows.publishing import save, save_and_publish
from cti_server.flows.shipped import import_shipped
from cti_server.flows.versions import FlowState, flow_state, flow_states, text_of, versions
from cti_server.store.base import session_factory
from cti_server.workers import Workers
from ivr_flows.shipped import FLOWS
from tests.flows.texts import SHOP, changed, fit

LATER = changed("seconds: 5", "seconds: 7")


@pytest_asyncio.fixture(scope="module")
async def workers() -> AsyncIterator[Workers]:
    made = Workers()
    yield made
    made.close()


@pytest_asyncio.fixture()
async def sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    return session_factory(engine)


async def _shop(sessions: async_sessionmaker[AsyncSession]) -> FlowState:
    async with sessions() as session:
        state = await flow_state(session, "shop")
    assert state is not None
    return state


async def test_the_package_s_flows_are_published_once(
    sessions: async_sessionmaker[AsyncSession], workers: Workers
) -> None:
    for _ in range(2):
        await import_shipped(sessions, FLOWS, workers)
        async with sessions() as session:
            states = await flow_states(session)
            assert [(state.latest.flow_id, state.latest.number) for state in states] == [
                ("4008", 1),
                ("95500", 1),
                ("95598", 1),
            ]
            assert all(state.in_force == state.latest and state.latest.shipped for state in states)
            assert await text_of(session, "95598", 1) == (FLOWS / "95598.yaml").read_text("utf-8")


async def test_a_flow_nobody_edited_follows_its_file(
    sessions: async_sessionmaker[AsyncSession], workers: Workers, tmp_path: Path
) -> None:
    for text in (SHOP, LATER):
        (tmp_path / "shop.yaml").write_text(text, "utf-8")
        await import_shipped(sessions, tmp_path, workers)
    state = await _shop(sessions)
    assert state.in_force == state.latest
    assert (state.latest.number, state.offered) == (2, None)


async def test_an_edited_flow_is_left_and_the_new_file_offered(
    sessions: async_sessionmaker[AsyncSession], workers: Workers, tmp_path: Path
) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP, "utf-8")
    await import_shipped(sessions, tmp_path, workers)
    mine = changed("tries: 3", "tries: 2")
    async with sessions.begin() as session:
        await save_and_publish(session, "shop", fit(mine), user="wang", expected=1)
    (tmp_path / "shop.yaml").write_text(LATER, "utf-8")
    await import_shipped(sessions, tmp_path, workers)
    state = await _shop(sessions)
    assert state.in_force is not None
    assert state.offered is not None
    assert (state.in_force.number, state.latest.number, state.offered.number, state.draft) == (2, 2, 3, None)
    async with sessions.begin() as session:  # an editor is not disturbed by the offer
        draft = await save(session, "shop", fit(changed("tries: 2", "tries: 4", mine)), user="wang", expected=2)
    assert draft.number == 4
    async with sessions.begin() as session:
        taken = await save_and_publish(session, "shop", fit(LATER), user="wang", expected=4, restored_from=3)
    state = await _shop(sessions)
    assert (state.in_force == state.latest, state.latest.number, state.offered) == (True, taken.number, None)
    await import_shipped(sessions, tmp_path, workers)
    assert (await _shop(sessions)).latest.number == taken.number, "the file is known already"


async def test_a_draft_alone_keeps_the_file_from_being_published(
    sessions: async_sessionmaker[AsyncSession], workers: Workers, tmp_path: Path
) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP, "utf-8")
    await import_shipped(sessions, tmp_path, workers)
    async with sessions.begin() as session:
        draft = await save(session, "shop", fit(changed("tries: 3", "tries: 2")), user="wang", expected=1)
    (tmp_path / "shop.yaml").write_text(LATER, "utf-8")
    await import_shipped(sessions, tmp_path, workers)
    state = await _shop(sessions)
    assert state.in_force is not None
    assert state.offered is not None
    assert (state.in_force.number, state.draft, state.offered.number) == (1, draft, 3)


async def test_files_that_cannot_be_used_leave_the_others_alone(
    sessions: async_sessionmaker[AsyncSession], workers: Workers, tmp_path: Path
) -> None:
    (tmp_path / "a.yaml").write_text("steps: [", "utf-8")
    (tmp_path / "b.yaml").write_bytes(b"\xff")
    (tmp_path / "c.yaml").write_bytes(b" " * (256 * 1024 + 1))
    (tmp_path / "d.yaml").mkdir()
    (tmp_path / "e.yaml").write_text(SHOP, "utf-8")
    (tmp_path / "f.yaml").write_text(changed("id: shop", "id: store"), "utf-8")  # wants the same number
    flawed = changed("id: shop", "id: flawed").replace("4001", "4009").replace("power_menu", "no_such_prompt")
    (tmp_path / "g.yaml").write_text(flawed, "utf-8")
    await import_shipped(sessions, tmp_path, workers)
    async with sessions() as session:
        states = {state.latest.flow_id: state for state in await flow_states(session)}
    assert {id_: state.in_force is not None for id_, state in states.items()} == {
        "flawed": True,  # a flow with a flaw is better than a number that is not in service
        "shop": True,
        "store": False,
    }
    worse = flawed.replace("wrong_key, tries: 3", "no_such_either, tries: 3")
    (tmp_path / "g.yaml").write_text(worse, "utf-8")
    await import_shipped(sessions, tmp_path, workers)
    async with sessions() as session:
        state = await flow_state(session, "flawed")
        assert state is not None
        assert state.in_force is not None
        assert state.in_force.number == 1, "but it does not take the place of one that serves"
        assert len(await versions(session, "flawed", limit=9)) == 2
