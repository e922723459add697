"""Our own customers, asked as a flow asks, on a real PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cti_server.connectors import ConnectorError, Connectors, CustomersSource, Why
from cti_server.connectors.values import Values
from cti_server.customers import Home
from cti_server.customers.records import merge
from cti_server.demo_data.customers import demo_id
from cti_server.demo_data.load import load_customers
from cti_server.interactions.tables import Interaction
from cti_server.store.base import create_engine
from tests.rig.postgres import own_postgres

PATIENT = 30.0


@pytest_asyncio.fixture()
async def connectors(engine: AsyncEngine, session: AsyncSession) -> AsyncIterator[Connectors]:
    await load_customers(session, datetime.now(UTC))
    await session.commit()
    yield Connectors.of({}, CustomersSource(engine, Home("25")))


async def ask(connectors: Connectors, action: str, **arguments: str) -> Values:
    return await connectors.call("customers", action, arguments, PATIENT)


async def why(connectors: Connectors, action: str, **arguments: str) -> Why:
    with pytest.raises(ConnectorError) as failed:
        await ask(connectors, action, **arguments)
    return failed.value.why


async def test_the_same_customer_by_every_way(connectors: Connectors) -> None:
    found = await ask(connectors, "find_by_phone", phone="+8613809000001")
    assert (found["name"], found["grade"], found["prospect"]) == ("张伟", "gold", False)
    assert (found["power_account"], found["area"]) == ("3201000001", "320104")
    assert found == await ask(connectors, "find_by_phone", phone="138 0900 0001")
    assert found == await ask(connectors, "find_by_id", customer_id=str(found["customer_id"]))
    assert found == await ask(connectors, "find_by_attribute", attribute="power_account", value="3201000001")
    assert all(isinstance(value, str | int | float | bool) for value in found.values())


async def test_what_is_not_there(connectors: Connectors) -> None:
    for action, arguments in (
        ("find_by_phone", {"phone": "13900000000"}),
        ("find_by_phone", {"phone": "anonymous"}),
        ("find_by_id", {"customer_id": demo_id("nobody")}),
        ("find_by_id", {"customer_id": "' OR 1=1 --"}),
        ("find_by_attribute", {"attribute": "power_account", "value": "1"}),
        ("find_by_attribute", {"attribute": "x' OR '1'='1", "value": "%"}),
    ):
        assert await why(connectors, action, **arguments) is Why.NOT_FOUND
    assert await why(connectors, "find_by_phone", phone="9" * 10_000) is Why.REFUSED
    assert await why(connectors, "find_by_attribute", attribute="a\0", value="b") is Why.REFUSED
    assert await why(connectors, "find_by_phone") is Why.REFUSED


async def test_a_shared_number_is_nobodys_alone(connectors: Connectors, session: AsyncSession) -> None:
    assert await why(connectors, "find_by_phone", phone="025-83190021") is Why.REFUSED
    await merge(session, demo_id("customer-6"), demo_id("customer-18"))
    await session.commit()
    found = await ask(connectors, "find_by_phone", phone="83190021")
    assert found["customer_id"] == demo_id("customer-18")
    assert found == await ask(connectors, "find_by_id", customer_id=demo_id("customer-6"))


async def test_open_interactions(connectors: Connectors, session: AsyncSession) -> None:
    customer = demo_id("customer-1")
    assert await ask(connectors, "open_interactions", customer_id=customer) == {"count": 0, "interactions": []}
    await session.execute(update(Interaction).where(Interaction.id == "demo-01-1").values(state="queued"))
    await session.commit()
    found = await ask(connectors, "open_interactions", customer_id=customer)
    assert found["count"] == 1
    rows = found["interactions"]
    assert isinstance(rows, list)
    assert (rows[0]["id"], rows[0]["channel"], rows[0]["state"]) == ("demo-01-1", "voice", "queued")


async def test_with_the_database_away_there_is_an_answer_in_time() -> None:
    async with own_postgres() as postgres:
        engine = create_engine(postgres.database.server)
        connectors = Connectors.of({}, CustomersSource(engine, Home()))
        assert await why(connectors, "find_by_phone", phone="13900000000") is Why.NOT_FOUND
        await postgres.stop()
        assert await why(connectors, "find_by_phone", phone="13900000000") is Why.UNREACHABLE
        await postgres.start()
        assert await why(connectors, "find_by_phone", phone="13900000000") is Why.NOT_FOUND
        await engine.dispose()
