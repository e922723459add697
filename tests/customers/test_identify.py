"""Who is calling, with the database there, slow, and gone."""

import asyncio
import uuid

import asyncpg
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cti_server.customers import records
from cti_server.customers.identify import Identification, prospect_id, withheld_id
from cti_server.customers.places import Places
from cti_server.customers.records import Phone
from cti_server.demo_data.customers import demo_id
from cti_server.floor.inputs import CustomerPicked, Input
from cti_server.floor.words import InteractionId
from cti_server.store.base import create_engine, session_factory
from tests.rig.postgres import Database, own_postgres

CALL = InteractionId("i-1")


def _questions(engine: AsyncEngine) -> list[str]:
    """The SQL that the engine sends from here on."""
    asked: list[str] = []
    event.listen(
        engine.sync_engine, "before_cursor_execute", lambda _c, _cursor, statement, *_rest: asked.append(statement)
    )
    return asked


async def test_a_known_number(demo: AsyncSession, engine: AsyncEngine, places: Places) -> None:
    customer = await Identification(engine, places).identify("013809000001", "someone else", CALL)
    assert (customer.id, customer.name, customer.grade, customer.prospect) == (
        demo_id("customer-1"),
        "张伟",
        "gold",
        False,
    )
    assert (customer.phone, customer.place) == ("+8613809000001", "江苏南京 移动")
    assert customer.hints == ("说话慢一些", "喜欢短信确认")
    assert customer.candidates == ()


async def test_his_own_agent_and_what_an_agent_needs_for_him(
    demo: AsyncSession, engine: AsyncEngine, database: Database, places: Places
) -> None:
    identification = Identification(engine, places)
    who = demo_id("customer-1")
    owner = await asyncpg.connect(database.owner)
    await owner.execute("DELETE FROM interactions WHERE customer_id = $1::uuid", who)
    await owner.execute("UPDATE customers SET attributes = attributes - 'routing' WHERE id = $1::uuid", who)
    stranger = await identification.identify("013809000001", "", CALL)
    assert (stranger.agent, stranger.skills) == ("", {})
    for id_, days, agent in (("x", 9, "1004"), ("y", 2, "1003"), ("z", 1, "")):
        await owner.execute(
            "INSERT INTO interactions (id, customer_id, channel, direction, caller, state, agent_id, arrived_at)"
            " VALUES ($1, $2, 'voice', 'inbound', '+8613809000001', 'closed', $3, now() - make_interval(days => $4))",
            id_, who, agent, days,
        )  # fmt: skip
    assert (await identification.identify("013809000001", "", CALL)).agent == "1003"
    routing = '{"routing": {"agent": "1002", "skills": {"sichuanese": 3, "x": 0, "y": true, "z": "5"}}}'
    await owner.execute("UPDATE customers SET attributes = attributes || $2::jsonb WHERE id = $1::uuid", who, routing)
    known = await identification.identify("013809000001", "", CALL)
    assert (known.agent, known.skills) == ("1002", {"sichuanese": 3})
    for odd in ('{"routing": 5}', '{"routing": {"agent": 7, "skills": []}}'):
        await owner.execute("UPDATE customers SET attributes = attributes || $2::jsonb WHERE id = $1::uuid", who, odd)
        assert (await identification.identify("013809000001", "", CALL)).skills == {}
    await owner.close()


async def test_an_unknown_number_is_always_the_same_prospect(engine: AsyncEngine, places: Places) -> None:
    identification = Identification(engine, places)
    first = await identification.identify("13913009999", "\u202e王先生\r\n", CALL)
    again = await identification.identify("sip:+8613913009999@gw", "13913009999", InteractionId("i-2"))
    assert first.id == again.id == prospect_id("+8613913009999")
    assert uuid.UUID(first.id).version == 5
    assert (first.name, again.name) == ("王先生", "")
    assert first.prospect
    assert first.phone == "+8613913009999"
    assert identification.unsure == 0


@pytest.mark.parametrize("raw", ["", None, "anonymous", "sip:anonymous@anonymous.invalid", "alice", "83190000"])
async def test_without_a_number_everybody_is_himself(engine: AsyncEngine, places: Places, raw: str | None) -> None:
    identification = Identification(engine, places)
    first = await identification.identify(raw, "anonymous", CALL)
    second = await identification.identify(raw, "anonymous", InteractionId("i-2"))
    assert first.id == withheld_id(CALL) != second.id
    assert (first.name, first.phone, first.place, first.prospect) == ("", "", "", True)


async def test_a_shared_number_gives_ranked_candidates(
    demo: AsyncSession, engine: AsyncEngine, database: Database, places: Places
) -> None:
    silver, standard = demo_id("customer-6"), demo_id("customer-18")
    owner = await asyncpg.connect(database.owner)
    identification = Identification(engine, places)
    await owner.execute("DELETE FROM interactions WHERE customer_id = ANY($1::uuid[])", [silver, standard])
    by_grade = await identification.identify("02583190021", "", CALL)
    assert [id_ for id_, _ in by_grade.candidates] == [silver, standard]
    assert by_grade.id == silver
    by_name = await identification.identify("02583190021", "许文静", CALL)
    assert by_name.id == standard
    assert by_name.candidates == tuple(reversed(by_grade.candidates))
    await owner.execute(
        "INSERT INTO interactions (id, customer_id, channel, direction, caller, state, arrived_at)"
        " VALUES ('x', $1, 'voice', 'inbound', '+862583190021', 'closed', now())",
        standard,
    )
    await owner.close()
    by_recency = await identification.identify("02583190021", "", CALL)
    assert by_recency.id == standard


async def test_a_merged_record_leads_to_the_other_one(demo: AsyncSession, engine: AsyncEngine, places: Places) -> None:
    old, new = demo_id("customer-3"), demo_id("customer-1")
    [phone] = (await records.read(demo, old) or pytest.fail("no such customer")).phones[:1]
    await records.merge(demo, old, new)
    await demo.commit()
    identification = Identification(engine, places)
    assert (await identification.identify(phone.e164, "", CALL)).id == new
    await records.unmerge(demo, old)
    await demo.commit()
    assert (await identification.identify(phone.e164, "", CALL)).id == old


async def test_a_prospect_made_blindly_gives_way_to_the_customer(
    demo: AsyncSession, engine: AsyncEngine, database: Database, places: Places
) -> None:
    owner = await asyncpg.connect(database.owner)
    ghost = prospect_id("+8613809000001")
    await owner.execute("INSERT INTO customers (id, name, prospect) VALUES ($1, '', true)", ghost)
    await owner.execute("INSERT INTO customer_phones (customer_id, e164) VALUES ($1, '+8613809000001')", ghost)
    await owner.close()
    customer = await Identification(engine, places).identify("13809000001", "", CALL)
    assert (customer.id, customer.candidates) == (demo_id("customer-1"), ())


async def test_a_hanging_database_does_not_hold_the_call(
    demo: AsyncSession, engine: AsyncEngine, database: Database, places: Places
) -> None:
    locker = await asyncpg.connect(database.owner)
    await locker.execute("BEGIN; LOCK TABLE customer_phones IN ACCESS EXCLUSIVE MODE")
    identification = Identification(engine, places, deadline=0.3, rest=0.2)
    asked = _questions(engine)
    async with asyncio.timeout(30):  # the lock stays until we give it up
        customer = await identification.identify("13809000001", "", CALL)
        second = await identification.identify("13809000001", "", InteractionId("i-2"))
    assert len(asked) == 1
    assert customer.id == second.id == prospect_id("+8613809000001")
    assert identification.unsure == 2
    moved: list[Input] = []
    assert await identification.reidentify(moved.append) == 0
    assert identification.unsure == 2
    await locker.execute("ROLLBACK")
    await locker.close()
    async with asyncio.timeout(30):
        while identification.unsure:
            await asyncio.sleep(0.05)
            await identification.reidentify(moved.append)
    picked = [(fact.interaction, fact.customer.id, fact.agent) for fact in moved if isinstance(fact, CustomerPicked)]
    assert picked == [(CALL, demo_id("customer-1"), None), ("i-2", demo_id("customer-1"), None)]


async def test_calls_go_on_while_postgresql_is_down_and_are_put_right_later(places: Places) -> None:
    async with own_postgres() as server:
        engine = create_engine(server.database.server)
        async with session_factory(engine).begin() as session:
            known = await records.create(session, name="张伟", phones=[Phone("13809000001")])
        identification = Identification(engine, places, rest=0.1)
        assert (await identification.identify("13809000001", "", CALL)).id == known.id
        await server.stop("fast")
        async with asyncio.timeout(30):
            blind = await identification.identify("13809000001", "", CALL)
            stranger = await identification.identify("13913009999", "", InteractionId("i-2"))
        assert (blind.prospect, stranger.prospect) == (True, True)
        await server.start()
        moved: list[Input] = []
        async with asyncio.timeout(30):
            while identification.unsure:
                await asyncio.sleep(0.05)
                await identification.reidentify(moved.append)
        assert [(type(fact), getattr(fact, "interaction", "")) for fact in moved] == [(CustomerPicked, CALL)]
        assert identification.unsure == 0
        await engine.dispose()


async def test_a_look_up_is_one_question_answered_by_indexes(
    demo: AsyncSession, engine: AsyncEngine, database: Database, places: Places
) -> None:
    """Among 20,000 customers with two conversations each."""
    owner = await asyncpg.connect(database.owner)
    await owner.execute(
        "WITH made AS (INSERT INTO customers (id, name) SELECT gen_random_uuid(), 'n' || n"
        " FROM generate_series(1, 20000) n RETURNING id, name)"
        " INSERT INTO customer_phones (customer_id, e164)"
        " SELECT id, '+861501' || lpad(substr(name, 2), 7, '0') FROM made"
    )
    await owner.execute(
        "INSERT INTO interactions (id, customer_id, channel, direction, caller, state, agent_id, arrived_at)"
        " SELECT gen_random_uuid(), id, 'voice', 'inbound', '', 'closed', '1001', now() - make_interval(days => day)"
        " FROM customers, generate_series(1, 2) day WHERE name LIKE 'n%'"
    )
    await owner.execute("ANALYZE customers, customer_phones, interactions")
    identification = Identification(engine, places)
    asked = _questions(engine)
    assert (await identification.identify("15010000007", "", CALL)).name == "n7"
    (question,) = asked
    plan = "\n".join(row[0] for row in await owner.fetch(f"EXPLAIN {question}", "+8615010000007"))
    await owner.close()
    assert "Index" in plan
    assert "Seq Scan" not in plan
