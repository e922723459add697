"""What running servers serve: current after each publication, earlier versions for those who began with them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

import asyncpg
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from cti_server.flows.in_force import FlowsInForce
from cti_server.flows.publishing import save, save_and_publish
from cti_server.store.base import create_engine, session_factory
from cti_server.store.watch import watch
from cti_server.workers import Workers
from tests.flows.texts import SHOP, changed, fit
from tests.rig.postgres import Database, own_postgres

SLOWER = changed("seconds: 5", "seconds: 9")


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop's flow is published; `servers` follow the database, as two running servers would."""

    sessions: async_sessionmaker[AsyncSession]
    workers: Workers
    servers: tuple[FlowsInForce, FlowsInForce]

    async def publish(self, yaml: str, flow: str = "shop") -> None:
        async with self.sessions.begin() as session:
            await save_and_publish(session, flow, fit(yaml), user="wang")

    async def follow(self) -> None:
        for server in self.servers:
            await server.follow()


@pytest_asyncio.fixture(scope="module")
async def workers() -> AsyncIterator[Workers]:
    made = Workers()
    yield made
    made.close()


@pytest_asyncio.fixture()
async def shop(engine: AsyncEngine, workers: Workers) -> Shop:
    sessions = session_factory(engine)
    made = Shop(sessions, workers, (FlowsInForce(sessions, workers), FlowsInForce(sessions, workers)))
    await made.publish(SHOP)
    await made.follow()
    return made


async def test_every_server_hears_of_a_publication(shop: Shop, database: Database) -> None:
    heard = asyncio.Condition()

    async def follow(server: FlowsInForce) -> None:
        await server.follow()
        async with heard:
            heard.notify_all()

    def slower() -> bool:
        flows = [server.serving("4001") for server in shop.servers]
        return all(flow is not None and flow.version == fit(SLOWER).flow.version for flow in flows)  # type: ignore[union-attr]

    tasks = [asyncio.create_task(watch(database.server, "flows", partial(follow, s))) for s in shop.servers]
    try:
        async with asyncio.timeout(20), heard:
            await heard.wait()
            assert not slower()
            await shop.publish(SLOWER)
            await heard.wait_for(slower)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_drafts_are_not_served(shop: Shop) -> None:
    before = shop.servers[0].serving("4001")
    async with shop.sessions.begin() as session:
        await save(session, "shop", fit(SLOWER), user="wang")
    await shop.follow()
    assert shop.servers[0].serving("4001") is before
    assert shop.servers[0].library["shop"] is before


async def test_numbers_go_with_their_flow(shop: Shop) -> None:
    await shop.publish(changed('["4001"]', '["4002"]'))
    await shop.publish(changed("id: shop", "id: store"), "store")
    await shop.follow()
    served = [shop.servers[0].serving(number) for number in ("4001", "4002", "4003")]
    assert [flow.id if flow else None for flow in served] == ["store", "shop", None]


async def test_whoever_began_with_an_earlier_version_gets_it(shop: Shop, engine: AsyncEngine) -> None:
    began = shop.servers[0].serving("4001")
    assert began is not None
    await shop.publish(SLOWER)
    await shop.follow()
    assert await shop.servers[0].version("shop", began.version) is began, "this server still has it"
    later = FlowsInForce(shop.sessions, shop.workers)
    await later.follow()
    found = await asyncio.gather(*(later.version("shop", began.version) for _ in range(50)))
    assert {flow.version if flow else "" for flow in found} == {began.version}
    assert all(flow is found[0] for flow in found), "read once for all callers"
    await engine.dispose()
    assert await later.version("shop", began.version) is found[0], "and remembered"
    assert await later.version("shop", "0" * 12) is None
    assert await later.version("nothing", began.version) is None


async def test_content_that_another_release_hashed_differently_is_found(shop: Shop, database: Database) -> None:
    began = shop.servers[0].serving("4001")
    assert began is not None
    await shop.publish(SLOWER)
    later = FlowsInForce(shop.sessions, shop.workers)
    owner = await asyncpg.connect(database.superuser)
    await owner.execute("UPDATE flow_versions SET hash = 'older'")
    await owner.close()
    await later.follow()
    found = await later.version("shop", began.version)
    assert found == began


async def test_a_text_this_release_cannot_run_leaves_the_nearest(shop: Shop) -> None:
    """Written by a newer release, or past every check."""
    before = shop.servers[0].serving("4001")
    async with shop.sessions.begin() as session:
        add = "INSERT INTO flow_versions (flow_id, number, yaml, saved_by) VALUES (:id, :number, 'future: 1', '')"
        publish = "INSERT INTO flow_publications (flow_id, number, published_by) VALUES (:id, :number, '')"
        for key in ({"id": "shop", "number": 2}, {"id": "alien", "number": 1}):
            await session.execute(text(add), key)
            await session.execute(text(publish), key)
    await shop.follow()
    assert shop.servers[0].serving("4001") is before
    restarted = FlowsInForce(shop.sessions, shop.workers)
    await restarted.follow()
    assert restarted.serving("4001") == before
    assert set(restarted.library) == {"shop"}


async def test_with_the_database_away_memory_goes_on(workers: Workers) -> None:
    async with own_postgres() as postgres:
        engine = create_engine(postgres.database.server)
        sessions = session_factory(engine)
        server = FlowsInForce(sessions, workers)
        async with sessions.begin() as session:
            await save_and_publish(session, "shop", fit(), user="wang")
        await server.follow()
        await postgres.stop()
        flow = server.serving("4001")
        assert flow is not None
        assert await server.version("shop", flow.version) is flow
        assert await server.version("shop", "0" * 12) is None
        await server.follow_now()
        assert server.serving("4001") is flow
        await postgres.start()
        async with sessions.begin() as session:
            await save_and_publish(session, "shop", fit(SLOWER), user="wang")
        await server.follow()
        slower = server.serving("4001")
        assert slower is not None
        assert slower.version != flow.version
        await engine.dispose()
