"""A routing configuration in the database: published as a whole or not at all, and read back as it was."""

import asyncio
from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cti_server.demo_data.queues import demo_configuration
from cti_server.directory import create_user, load_directory
from cti_server.directory.abilities import abilities, put_abilities, read_abilities
from cti_server.directory.profiles import profiles
from cti_server.directory.publishing import (
    StaleVersionError,
    current_configuration,
    current_document,
    current_version,
    publish,
    published_document,
    versions,
)
from cti_server.directory.tables import Agent, Queue, Skill
from cti_server.store.base import create_engine, session_factory
from routing.loading import dump
from routing.problems import ConfigurationError, Severity
from routing.rules import Membership, Profile
from tests.rig.postgres import Database

Document = dict[str, Any]  # Any: documents are changed in many places
Edit = Callable[[Document], object]


@pytest_asyncio.fixture()
async def engine(demo_database: Database) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(demo_database.server)
    yield engine
    await engine.dispose()


@pytest_asyncio.fixture()
async def demo(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    async with session_factory(engine)() as session:
        yield session


def _problems(refused: pytest.ExceptionInfo[ConfigurationError]) -> dict[str, str]:
    return {problem.path: problem.line for problem in refused.value.problems}


async def _document(session: AsyncSession, *edits: Edit) -> Document:
    document: Document = deepcopy(dict(await current_document(session)))
    for edit in edits:
        edit(document)
    return document


async def test_the_rows_are_the_configuration(demo: AsyncSession) -> None:
    assert await current_configuration(demo) == demo_configuration()
    assert await published_document(demo, 1) == dump(demo_configuration())
    assert [(one.version, one.published_by) for one in await versions(demo, limit=5)] == [(1, "demo")]
    directory = await load_directory(demo)
    parts = next(queue for queue in directory.queues if queue.queue == "appliance_parts")
    assert parts.calendar == dump(demo_configuration())["calendars"]["office"]  # type: ignore[index]  # a document
    assert {queue.queue for queue in directory.queues if queue.calendar is not None} == {"appliance_parts"}
    agents = {agent.agent: agent for agent in directory.agents}
    assert agents["1007"].memberships == {  # type: ignore[index]  # an id is text
        "insurance_claims": Membership(2),
        "power_fault": Membership(reserve=True),
    }
    assert agents["1002"].skills == {"power": 8, "billing": 4, "sichuanese": 8}  # type: ignore[index]


async def test_queues_go_and_come_back_with_their_members(demo: AsyncSession) -> None:
    whole = await _document(demo)
    fewer = await _document(demo, lambda d: d["queues"].pop("insurance_claims"), lambda d: d.pop("calendars"))
    fewer["queues"]["appliance_parts"] = {"name": {"zh": "配件", "en": "Parts"}, "ring": "45s", "wrap_up": 0}
    published = await publish(demo, fewer, user="admin", note="fewer", expected_version=1)
    assert published.version == 2
    directory = await load_directory(demo)
    assert "insurance_claims" not in {queue.queue for queue in directory.queues}
    assert not any("insurance_claims" in agent.memberships for agent in directory.agents)
    parts = next(queue for queue in directory.queues if queue.queue == "appliance_parts")
    assert (parts.rules, parts.calendar, parts.ring_seconds, parts.wrap_up_seconds) == ({}, None, 45, 0)

    assert (await publish(demo, whole, user="admin")).version == 3
    assert await current_configuration(demo) == demo_configuration()
    assert (await profiles(demo))["1006"].memberships["insurance_claims"] == Membership(1)
    assert [one.version for one in await versions(demo, limit=2)] == [3, 2]
    assert [one.note for one in await versions(demo, limit=9, before=3)] == ["fewer", "演示配置 · demo configuration"]


@pytest.mark.parametrize(
    ("edit", "path", "said"),
    [
        (
            lambda d: d["queues"]["general"].update(requirement="french"),
            "queues.general.requirement",
            "no skill french",
        ),
        (
            lambda d: d["queues"]["general"].update(requirement="insurance>=10"),
            "queues.general.requirement",
            "the best level is 9",
        ),
        (
            lambda d: d["queues"]["general"]["overflow"].append({"when": "closed", "then": "callback", "target": "no"}),
            "queues.general.overflow[1].target",
            "there is no prompt no (en, zh)",
        ),
        (
            lambda d: d["queues"]["power_fault"]["overflow"][0].update(target="outages"),
            "queues.power_fault.overflow[0].target",
            "there is no prompt outages (en, zh). Did you mean outage?",
        ),
        (lambda d: d["queues"]["general"].update(ring="5500ms"), "queues.general.ring", "whole number of seconds"),
        (lambda d: d["skills"].pop("sichuanese"), "queues.power_fault.relax[0].drop", "no skill sichuanese"),
        (lambda d: d.update(queues={}), "queues", "Write one at least"),
    ],
)
async def test_a_refused_one_changes_nothing(demo: AsyncSession, edit: Edit, path: str, said: str) -> None:
    before = await current_document(demo)
    with pytest.raises(ConfigurationError) as refused:
        await publish(demo, await _document(demo, edit), user="admin")
    assert said in _problems(refused)[path]
    assert await current_document(demo) == before
    assert await current_version(demo) == 1


async def test_skills_that_agents_have_cannot_go(demo: AsyncSession) -> None:
    def without_dialect(document: Document) -> None:
        del document["skills"]["sichuanese"]
        for queue in document["queues"].values():
            for step in queue.get("relax", []):
                if "sichuanese" in step.get("drop", []):
                    step["drop"].remove("sichuanese")
                    step.update({} if step["drop"] else {"drop": ["english"]})

    document = await _document(demo, without_dialect)
    with pytest.raises(ConfigurationError) as refused:
        await publish(demo, document, user="admin")
    assert list(_problems(refused)) == ["skills.sichuanese"]
    assert "3 agents (such as 1002)" in str(refused.value)
    for agent in ("1002", "1005", "1008"):
        known = await abilities(demo, agent)
        assert known is not None
        skills = {skill: level for skill, level in known.skills.items() if skill != "sichuanese"}
        await put_abilities(demo, agent, Profile(skills, known.memberships))
    await publish(demo, document, user="admin")
    assert await demo.scalar(select(Skill.id).where(Skill.id == "sichuanese")) is None


async def test_warnings_are_told_and_do_not_refuse(demo: AsyncSession) -> None:
    document = await _document(demo, lambda d: d["queues"]["general"].update(storm={"waiting": 9, "share": 100}))
    published = await publish(demo, document, user="admin")
    assert {(problem.path, problem.severity) for problem in published.warnings} == {
        ("queues.general.storm.share", Severity.WARNING)
    }


async def test_of_two_at_the_same_time_one_is_refused(demo: AsyncSession, engine: AsyncEngine) -> None:
    document = await _document(demo)
    sessions = session_factory(engine)
    async with sessions() as one, sessions() as other:
        assert (await publish(one, document, user="one")).version == 2
        late = asyncio.create_task(publish(other, document, user="other"))
        waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE :query")
        async with asyncio.timeout(10):
            while not await demo.scalar(waiting, {"query": "INSERT INTO routing_configurations%"}):
                await demo.rollback()
        await one.commit()
        with pytest.raises(StaleVersionError) as stale:
            await late
        assert stale.value.current == 2
    with pytest.raises(StaleVersionError):
        await publish(demo, document, user="third", expected_version=1)
    assert await current_version(demo) == 2


async def test_rules_that_were_written_past_every_check_are_noticed(demo: AsyncSession) -> None:
    await demo.execute(update(Queue).where(Queue.id == "general").values(rules={"requirement": "and"}))
    with pytest.raises(ConfigurationError, match=r"general\.requirement"):
        await load_directory(demo)


async def test_what_an_agent_can_do(demo: AsyncSession) -> None:
    wanted = {"skills": {"power": 4}, "memberships": {"general": {}, "power_fault": {"priority": 3, "reserve": True}}}
    profile = await read_abilities(demo, wanted)
    await put_abilities(demo, "1001", profile)
    expected = Profile({"power": 4}, {"general": Membership(), "power_fault": Membership(3, True)})
    assert profile == await abilities(demo, "1001") == (await profiles(demo))["1001"] == expected
    assert await abilities(demo, "4711") is None
    await demo.execute(update(Agent).where(Agent.id == "1001").values(active=False))
    assert await abilities(demo, "1001") is None
    assert "1001" not in await profiles(demo)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"skills": {"power": 0}, "memberships": {}}, {"skills.power": "Use 1 to 10"}),
        ({"skills": {"power": True}, "memberships": {}}, {"skills.power": "Write a whole number"}),
        ({"skills": {"powr": 3}, "memberships": {}}, {"skills.powr": "Did you mean power?"}),
        (
            {"skills": {}, "memberships": {"nowhere": {}, "general": {"priority": 11, "reserved": True}}},
            {
                "memberships.nowhere": "no such queue",
                "memberships.general.priority": "Use 1 to 10",
                "memberships.general.reserved": "Did you mean reserve?",
            },
        ),
        ({"skills": []}, {"skills": "Write a mapping", "memberships": "Add it"}),
        ({"skills": {f"s{n}": 1 for n in range(1001)}, "memberships": {}}, {"skills": "Use at most 1000"}),
        ("all of them", {"": "Write a mapping"}),
    ],
)
async def test_what_no_agent_can_do(demo: AsyncSession, wrong: object, said: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as refused:
        await read_abilities(demo, wrong)
    found = _problems(refused)
    assert {path: words in found.get(path, "") for path, words in said.items()} == dict.fromkeys(said, True), found


async def test_a_new_agent_is_nobody_s_member(demo: AsyncSession) -> None:
    await create_user(demo, username="1009", name="新", role="agent", password="correct-horse-9", skills={"power": 1})
    assert await abilities(demo, "1009") == Profile({"power": 1}, {})
