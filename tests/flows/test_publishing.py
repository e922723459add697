"""Versions on a real PostgreSQL: saved, published, taken back; two editors; numbers that two flows want."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cti_server.flows.examination import Surroundings, examine, examine_together
from cti_server.flows.publishing import (
    MAX_FLOWS,
    Publication,
    StaleFlowError,
    put_all_in_force,
    put_in_force,
    save,
    save_and_publish,
)
from cti_server.flows.versions import flow_state, flow_states, surroundings, text_of, texts_with, versions
from cti_server.store.base import session_factory
from ivr_flows.check import Surroundings as Reachable
from ivr_flows.yamlfile import MAX_BYTES
from routing.problems import ConfigurationError
from tests.flows.texts import AROUND, SHOP, changed, fit
from tests.rig.postgres import Database

SLOWER = changed("seconds: 5", "seconds: 9")


async def test_a_draft_is_not_in_force_until_it_is_published(session: AsyncSession) -> None:
    first = await save_and_publish(session, "shop", fit(), user="wang", note="开业")
    draft = await save(session, "shop", fit(SLOWER), user="li", expected=1)
    state = await flow_state(session, "shop")
    assert state is not None
    assert (state.in_force, state.draft, state.latest) == (await _named(session, 1), draft, draft)
    assert (first.number, draft.number, draft.saved_by, draft.published) == (1, 2, "li", None)
    await put_in_force(session, "shop", fit(SLOWER), user="zhao", note="慢一些", number=2)
    state = await flow_state(session, "shop")
    assert state is not None
    assert state.draft is None
    assert state.in_force is not None
    assert state.in_force.published is not None
    assert (state.in_force.number, state.in_force.published.by, state.in_force.published.note) == (2, "zhao", "慢一些")
    assert state.in_force.outline == {
        "title": {"zh": "商店", "en": "Shop"},
        "numbers": ["4001"],
        "languages": ["zh", "en"],
        "steps": 3,
    }


async def test_texts_are_kept_to_the_letter(session: AsyncSession) -> None:
    odd = SHOP.replace("\n", "\r\n") + "  # \t尾\u3000巴 \U0001f4de\n\n"
    await save(session, "shop", fit(odd), user="wang")
    assert await text_of(session, "shop", 1) == odd


async def test_the_slower_of_two_editors_is_told_who_was_faster(session: AsyncSession) -> None:
    await save(session, "shop", fit(), user="wang", expected=0)
    await save(session, "shop", fit(SLOWER), user="wang", note="mine", expected=1)
    with pytest.raises(StaleFlowError) as caught:
        await save(session, "shop", fit(changed("tries: 3", "tries: 2")), user="li", expected=1)
    latest = caught.value.latest
    assert latest is not None
    assert (latest.number, latest.saved_by, latest.note) == (2, "wang", "mine")
    with pytest.raises(StaleFlowError):
        await save(session, "shop", fit(), user="li", expected=0)
    with pytest.raises(StaleFlowError) as caught:
        await save(session, "none", fit(), user="li", expected=3)
    assert caught.value.latest is None
    with pytest.raises(StaleFlowError):  # it was examined as version 1
        await put_in_force(session, "shop", fit(), user="li", number=1)
    assert [version.number for version in await versions(session, "shop", limit=9)] == [2, 1]


async def test_editors_at_the_same_moment_get_one_version_each_or_are_refused(engine: AsyncEngine) -> None:
    sessions = session_factory(engine)

    async def one(seconds: int, expected: int | None) -> int:
        async with sessions.begin() as mine:
            examined = fit(changed("seconds: 5", f"seconds: {seconds}"))
            return (await save(mine, "shop", examined, user=f"{seconds}", expected=expected)).number

    assert sorted(await asyncio.gather(*(one(seconds, None) for seconds in range(6, 14)))) == [*range(1, 9)]
    ended = await asyncio.gather(*(one(seconds, 8) for seconds in range(20, 28)), return_exceptions=True)
    assert [number for number in ended if isinstance(number, int)] == [9]
    assert sum(isinstance(error, StaleFlowError) for error in ended) == 7


async def test_the_same_text_again_is_no_new_version(session: AsyncSession) -> None:
    first = await save(session, "shop", fit(), user="wang")
    assert await save(session, "shop", fit(), user="li", expected=1) == first
    assert len(await versions(session, "shop", limit=9)) == 1
    commented = await save(session, "shop", fit(SHOP + "# more\n"), user="li", expected=1)
    assert (commented.number, commented.hash) == (2, first.hash)


async def test_what_cannot_be_run_is_kept_but_not_published(session: AsyncSession) -> None:
    await save_and_publish(session, "shop", fit(), user="wang")
    around = await surroundings(session)
    for wrong in ("id: shop\nsteps: [", changed("next: agent}", "next: nowhere}"), changed("power_menu", "no_prompt")):
        examined = examine(wrong, "shop", around)
        saved = await save(session, "shop", examined, user="wang")
        with pytest.raises(ConfigurationError) as caught:
            await put_in_force(session, "shop", examined, user="wang", number=saved.number)
        assert caught.value.problems == tuple(examined.problems)
        state = await flow_state(session, "shop")
        assert state is not None
        assert state.in_force is not None
        assert (state.in_force.number, state.latest.number) == (1, saved.number)


async def test_rolling_back_is_a_new_version_with_the_old_text(session: AsyncSession) -> None:
    first = await save_and_publish(session, "shop", fit(), user="wang")
    await save_and_publish(session, "shop", fit(SLOWER), user="wang")
    restored = await save_and_publish(session, "shop", fit(), user="li", note="zurück", restored_from=1)
    assert (restored.number, restored.restored_from, restored.hash) == (3, 1, first.hash)
    assert await text_of(session, "shop", 3) == SHOP
    state = await flow_state(session, "shop")
    assert state is not None
    assert state.in_force is not None
    assert (state.in_force.number, state.draft) == (3, None)


async def test_a_number_has_one_flow(session: AsyncSession) -> None:
    await save_and_publish(session, "shop", fit(), user="wang")
    other = changed("id: shop", "id: store")
    with pytest.raises(ConfigurationError, match="number 4001 is already served by flow 'shop'"):
        async with session.begin_nested():
            await save_and_publish(session, "store", fit(other), user="li")
    assert [state.latest.flow_id for state in await flow_states(session)] == ["shop"]
    await save_and_publish(session, "shop", fit(changed('["4001"]', '["4002"]')), user="wang")
    await save_and_publish(session, "store", fit(other), user="li")
    assert (await surroundings(session)).numbers == {"4001": "store", "4002": "shop"}


async def test_two_flows_swap_their_numbers_at_once_or_not_at_all(session: AsyncSession) -> None:
    other = changed('["4001"]', '["4002"]', changed("id: shop", "id: store"))
    for flow, words in (("shop", SHOP), ("store", other)):
        await save_and_publish(session, flow, fit(words), user="wang")
    swapped = [("shop", changed('["4001"]', '["4002"]')), ("store", changed("id: shop", "id: store"))]
    around = await surroundings(session)
    assert [examine(words, flow, around).usable for flow, words in swapped] == [False, False], "not one by one"
    together = [
        Publication(flow, examined, (await save(session, flow, examined, user="li")).number)
        for (flow, _), examined in zip(swapped, examine_together(swapped, around), strict=True)
    ]
    with pytest.raises(StaleFlowError):
        async with session.begin_nested():
            await put_all_in_force(session, [together[0], replace(together[1], number=1)], user="li")
    assert (await surroundings(session)).numbers == {"4001": "shop", "4002": "store"}
    await put_all_in_force(session, together, user="li", note="swap")
    assert (await surroundings(session)).numbers == {"4001": "store", "4002": "shop"}
    states = await flow_states(session)
    assert [state.in_force.number for state in states if state.in_force] == [2, 2]
    await put_all_in_force(session, together, user="li")
    assert sum(version.published is not None for version in await versions(session, "shop", limit=9)) == 2


async def test_what_is_wrong_with_one_of_several_keeps_all_of_them_back(session: AsyncSession) -> None:
    await save_and_publish(session, "shop", fit(), user="wang")
    wrong = [("shop", SLOWER), ("store", changed("power_menu", "gone", changed("id: shop", "id: store")))]
    together = [
        Publication(flow, examined, (await save(session, flow, examined, user="li")).number)
        for (flow, _), examined in zip(wrong, examine_together(wrong, await surroundings(session)), strict=True)
    ]
    with pytest.raises(ConfigurationError) as caught:
        await put_all_in_force(session, together, user="li")
    assert [problem.path for problem in caught.value.problems if problem.path.endswith(("numbers", "main"))] == [
        "store:numbers",
        "store:steps.main",
        "store:steps.main",
    ]
    state = await flow_state(session, "shop")
    assert state is not None
    assert state.in_force is not None
    assert state.in_force.number == 1


def test_together_a_part_and_who_uses_it_are_fit_alone_they_are_not() -> None:
    part = "id: part\nlanguages: [zh, en]\nstart: say\nfallback: agent\nsteps:\n"
    part += "  say: {do: say, prompt: please_hold, next: back}\n  back: {do: return}\n"
    part += "  agent: {do: queue, queue: general}\n"
    user = changed("start: main", "start: before").replace(
        "steps:\n", "steps:\n  before: {do: sub_flow, flow: part, next: main}\n"
    )
    around = replace(AROUND, reach=Reachable({}))
    assert not examine(user, None, around).usable
    assert [one.usable for one in examine_together([(None, user), (None, part)], around)] == [True, True]
    twice = examine_together([(None, SHOP), (None, SLOWER)], around)
    assert [[problem.message["en"] for problem in one.problems] for one in twice] == [
        ["flow 'shop' is given twice"],
        [],
    ]


async def test_two_who_want_the_same_number_at_the_same_moment(engine: AsyncEngine) -> None:
    sessions = session_factory(engine)

    async def one(flow: str) -> None:
        async with sessions.begin() as mine:
            await save_and_publish(mine, flow, fit(changed("id: shop", f"id: {flow}")), user=flow)

    flows = [f"shop{place}" for place in range(6)]
    ended = await asyncio.gather(*(one(flow) for flow in flows), return_exceptions=True)
    assert sum(isinstance(error, ConfigurationError) for error in ended) == 5
    async with sessions() as reader:
        assert len((await surroundings(reader)).numbers) == 1
        assert len(await flow_states(reader)) == 1, "the others left nothing behind"


async def test_the_database_itself_keeps_numbers_apart_and_history_unchanged(
    database: Database, session: AsyncSession
) -> None:
    await save_and_publish(session, "shop", fit(), user="wang")
    await session.commit()
    server = await asyncpg.connect(database.server)
    try:
        with pytest.raises(asyncpg.UniqueViolationError):
            await server.execute("INSERT INTO flow_numbers VALUES ('4001', 'store')")
        for forbidden in (
            "UPDATE flow_versions SET yaml = ''",
            "DELETE FROM flow_versions",
            "UPDATE flow_publications SET number = 1",
            "DELETE FROM flow_publications",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await server.execute(forbidden)
        with pytest.raises(asyncpg.CheckViolationError):
            await server.execute(
                "INSERT INTO flow_versions (flow_id, number, yaml, saved_by) VALUES ('x', 1, $1, '')",
                "x" * (MAX_BYTES + 1),
            )
    finally:
        await server.close()


async def test_there_is_an_end_to_flows(session: AsyncSession) -> None:
    rows = "INSERT INTO flow_versions (flow_id, number, yaml, saved_by) SELECT 'f' || n, 1, '', '' "
    await session.execute(text(rows + "FROM generate_series(1, :n) n"), {"n": MAX_FLOWS})
    with pytest.raises(ConfigurationError, match="1000 flows"):
        await save(session, "shop", fit(), user="wang")


async def test_what_another_release_hashed_differently_is_a_candidate(session: AsyncSession) -> None:
    first = await save_and_publish(session, "shop", fit(), user="wang")
    await save(session, "shop", fit(changed("tries: 3", "tries: 2")), user="wang")
    await save_and_publish(session, "shop", fit(SLOWER), user="wang")
    assert first.hash is not None
    assert await texts_with(session, "shop", first.hash, limit=9) == [SHOP, SLOWER]
    assert await texts_with(session, "shop", "0" * 12, limit=9) == [SLOWER, SHOP], "never what was a draft only"
    assert await texts_with(session, "store", first.hash, limit=9) == []


async def _named(session: AsyncSession, number: int) -> object:
    return next(version for version in await versions(session, "shop", limit=99) if version.number == number)


def test_names_that_do_not_exist_are_warned_of() -> None:
    around = Surroundings(frozenset({"general"}), frozenset(), {})
    examined = examine(
        changed("languages: [zh, en]", "languages: [zh, en]\nlanguage_skills: {en: {english: 1}}"), None, around
    )
    assert examined.usable
    assert [(problem.path, problem.remedy["en"]) for problem in examined.problems] == [
        ("language_skills.en.english", "Remove it"),
        ("steps.fault.queue", "Use one of: general"),
    ]
