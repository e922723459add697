"""What a server is made of, built bottom up. Nothing runs yet."""

import contextlib
import os
import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from cti_server.cases import ReportedCases, open_reported
from cti_server.clock import Clock
from cti_server.connectors import CasesSource, Connectors, ConnectorsCollector, CustomersSource
from cti_server.connectors.loading import Opened
from cti_server.customers.identify import Identification
from cti_server.customers.numbers import Home
from cti_server.customers.places import Places
from cti_server.demo_data.connected import opened_connectors
from cti_server.engine import Engine
from cti_server.floor.snapshot import dump_floor, load_floor
from cti_server.flows.in_force import FlowsInForce
from cti_server.flows.shipped import import_shipped
from cti_server.interactions.projection import Projection
from cti_server.live import Hub
from cti_server.prompts.heard import Heard
from cti_server.recovery import FloorImage, recover
from cti_server.settings import Settings
from cti_server.store.base import create_engine, session_factory
from cti_server.store.journal import Journal
from cti_server.store.spool import Spool
from cti_server.surveys.asking import CompletedLinks
from cti_server.telephony.flow_reach import Reach, registered_scripts
from cti_server.telephony.recorder import Recorder
from cti_server.visitors.visits import Visits
from cti_server.webhooks.outbox import write_notices
from cti_server.workers import Workers
from ivr_flows.promptbook import PromptBook


@dataclass(frozen=True, slots=True)
class Parts:
    """They live as long as the stack they were built on."""

    journal: Journal
    engine: Engine
    image: FloorImage
    hub: Hub
    projection: Projection
    visits: Visits
    database: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    workers: Workers
    places: Places
    identification: Identification
    opened: dict[str, Opened]
    reach: Reach
    recorder: Recorder
    flows: FlowsInForce
    heard: Heard
    token_key: bytes


async def assemble(settings: Settings, database_url: str, metrics: CollectorRegistry, stack: AsyncExitStack) -> Parts:
    """Raises FencedError while another server runs, JournalAwayError when there is no database."""
    journal = Journal(database_url, Spool(settings.home / "spool"))
    started = await journal.open()
    stack.push_async_callback(journal.close)
    image = FloorImage(settings.home / "floor.json", started.epoch)
    floor, last_at = await recover(image, journal.read, started.last_seq)
    engine = Engine(floor, started.epoch, journal, Clock(last_at))
    hub = Hub(started.epoch, load_floor(dump_floor(floor)), engine.now)

    zone, home = ZoneInfo(settings.zone), Home(settings.area_code)
    token_key = _secret_key(settings.home / "token.key")
    notices = partial(write_notices, more=CompletedLinks(token_key, settings.customer_url))
    projection = Projection(database_url, journal.read, (notices, ReportedCases(zone).write))
    visits = Visits()

    database = create_engine(database_url)
    # Beside each call: no check, as a dead connection only means to identify again when the database is back.
    lookups = create_engine(database_url, pool_size=4, statement_timeout_ms=2000, check=False)
    asked = create_engine(database_url, pool_size=4, statement_timeout_ms=2000)
    for pool in (database, lookups, asked):
        stack.push_async_callback(pool.dispose)
    sessions = session_factory(database)
    workers = Workers()
    stack.callback(workers.close)

    places = Places()
    opened = opened_connectors(settings)
    connectors = Connectors.of(opened, CustomersSource(asked, home), CasesSource(asked, zone))
    stack.push_async_callback(connectors.close)
    reach = Reach(connectors, registered_scripts(), partial(open_reported, session_factory(asked), zone))

    recorder = Recorder(engine, settings.home / "recording-spool", settings.recordings, workers)
    for listener in (hub.committed, visits.committed, projection.offer, recorder.committed):
        engine.subscribe(listener)

    await import_shipped(sessions, settings.flows, workers)
    flows = FlowsInForce(sessions, workers)
    await flows.follow()
    heard = Heard(PromptBook.load(), settings.prompts, sessions, workers)
    await heard.follow()

    metrics.register(ConnectorsCollector(connectors))
    return Parts(
        journal=journal,
        engine=engine,
        image=image,
        hub=hub,
        projection=projection,
        visits=visits,
        database=database,
        sessions=sessions,
        workers=workers,
        places=places,
        identification=Identification(lookups, places, home),
        opened=opened,
        reach=reach,
        recorder=recorder,
        flows=flows,
        heard=heard,
        token_key=token_key,
    )


def _secret_key(path: Path) -> bytes:
    """32 random bytes, made once, readable by the owner only."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    key = secrets.token_bytes(32)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
    return key
