"""Our own cases, asked as a flow asks, on a real PostgreSQL."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cti_server.cases import Filters, close_case, list_cases, one_case
from cti_server.connectors import CasesSource, ConnectorError, Connectors, Why
from cti_server.connectors.values import Values
from cti_server.customers import records
from cti_server.store.base import create_engine
from tests.rig.postgres import own_postgres

ZONE = ZoneInfo("Asia/Shanghai")
STRANGER = "0b9f4c9e-51f0-4f63-9d0e-7f5f3c1d8a11"
PATIENT = 30.0


async def ask(connectors: Connectors, action: str, key: str | None = None, **arguments: str) -> Values:
    return await connectors.call("cases", action, arguments, PATIENT, key=key)


async def why(connectors: Connectors, action: str, **arguments: str) -> Why:
    with pytest.raises(ConnectorError) as failed:
        await ask(connectors, action, **arguments)
    return failed.value.why


@pytest.fixture
def connectors(engine: AsyncEngine) -> Connectors:
    return Connectors.of({}, cases=CasesSource(engine, ZONE))


async def test_open_list_find(connectors: Connectors, session: AsyncSession) -> None:
    who = (await records.create(session, name="张三")).id
    await session.commit()
    made = await ask(connectors, "open", "i-1:complain-3", customer_id=who, kind="complaint", subject="停电三天")
    assert made["number"] == f"C-{datetime.now(ZONE):%Y%m%d}-0001"
    assert made["digits"] == f"{datetime.now(ZONE):%Y%m%d}0001"
    again = await ask(connectors, "open", "i-1:complain-3", customer_id=who, kind="complaint", subject="停电三天")
    assert again == made, "the question of one caller, asked again after a restart"
    open_ = await ask(connectors, "list", customer_id=who)
    expected = {
        **made,
        "kind": "complaint",
        "state": "open",
        "subject": "停电三天",
        "opened_on": f"{datetime.now(ZONE):%Y-%m-%d}",
        "days": 0,
    }
    assert open_ == {"count": 1, "cases": [expected]}
    for number in (made["number"], made["digits"]):
        assert await ask(connectors, "find", customer_id=who, number=str(number)) == expected
    (item,) = (await list_cases(session, Filters(customer=who))).items
    await close_case(session, item.case.id, closed_by="1001", resolution="")
    await session.commit()
    assert await ask(connectors, "list", customer_id=who) == {"count": 0, "cases": []}
    assert (await ask(connectors, "find", customer_id=who, number=item.case.number))["state"] == "closed"


async def test_a_caller_nobody_has_written_down_yet_can_open_one(connectors: Connectors, session: AsyncSession) -> None:
    made = await ask(connectors, "open", customer_id=STRANGER, subject="x", interaction_id="i-1")
    found = await one_case(session, str(made["number"]))
    assert found is not None
    assert (found.case.customer_id, found.case.kind, found.case.interaction_id) == (STRANGER, "request", "i-1")
    assert found.case.opened_at <= datetime.now(UTC)


async def test_what_cannot_be(connectors: Connectors, session: AsyncSession) -> None:
    who = (await records.create(session, name="张三")).id
    other = (await records.create(session, name="李四")).id
    await session.commit()
    made = await ask(connectors, "open", customer_id=other, subject="x")
    assert await why(connectors, "find", customer_id=who, number=str(made["number"])) is Why.NOT_FOUND
    assert await why(connectors, "find", customer_id=STRANGER, number=str(made["number"])) is Why.NOT_FOUND
    assert await why(connectors, "find", customer_id=who, number="' OR 1=1") is Why.NOT_FOUND
    assert await ask(connectors, "list", customer_id="' OR 1=1") == {"count": 0, "cases": []}
    for wrong in (
        {"kind": "poem"},
        {"customer_id": "nobody"},
        {"subject": " "},
        {"subject": "x" * 201},
        {"details": "x" * 4001},
        {"subject": "a\0b"},
        {"urgent": "yes"},
    ):
        assert await why(connectors, "open", **({"customer_id": who, "subject": "x"} | wrong)) is Why.REFUSED
    assert await why(connectors, "open", customer_id=who) is Why.REFUSED
    assert await why(connectors, "close", customer_id=who) is Why.REFUSED


async def test_with_the_database_away_there_is_an_answer_in_time() -> None:
    async with own_postgres() as postgres:
        engine = create_engine(postgres.database.server)
        connectors = Connectors.of({}, cases=CasesSource(engine, ZONE))
        await postgres.stop()
        assert await why(connectors, "open", customer_id=STRANGER, subject="x") is Why.UNREACHABLE
        await engine.dispose()
