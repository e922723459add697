"""The composition root: one server, built bottom up, run in one task group, taken down in order."""

import asyncio
import contextlib
import os
import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cti_server.bundled import console_folder
from cti_server.callbacks import dial_policy, dialable, load_numbers
from cti_server.cases import ReportedCases, open_reported
from cti_server.clock import Clock
from cti_server.connectors import CasesSource, Connectors, ConnectorsCollector, CustomersSource
from cti_server.connectors.loading import Opened
from cti_server.connectors.reachable import reachable
from cti_server.customers.identify import Identification
from cti_server.customers.names import clean_name
from cti_server.customers.numbers import Home
from cti_server.customers.places import Places
from cti_server.demo_data.connected import opened_connectors
from cti_server.demo_shop import shop_app
from cti_server.directory.devices import sip_devices
from cti_server.directory.load import load_directory
from cti_server.engine import Engine
from cti_server.floor.inputs import DialPolicyLoaded, PbxGone
from cti_server.floor.snapshot import dump_floor, load_floor
from cti_server.floor.words import InteractionId
from cti_server.flows.in_force import FlowsInForce
from cti_server.flows.shipped import import_shipped
from cti_server.interactions.projection import Projection
from cti_server.live import Hub
from cti_server.prompts.heard import Heard
from cti_server.recovery import FloorImage, recover
from cti_server.routing_history.images import keep_images, make_image
from cti_server.settings import Settings
from cti_server.stall import StallWatch, settle_memory
from cti_server.store.base import create_engine, session_factory
from cti_server.store.journal import FencedError, Journal
from cti_server.store.spool import Spool
from cti_server.store.watch import watch
from cti_server.surveys import follow_up
from cti_server.surveys.asking import CompletedLinks
from cti_server.telephony.ami_client import AmiAccount
from cti_server.telephony.arrivals import Arrival, Identified
from cti_server.telephony.callers import Callers
from cti_server.telephony.flow_reach import Reach, registered_scripts
from cti_server.telephony.link import Link, LinkPlan
from cti_server.telephony.outside_line import Outside, OutsideLine
from cti_server.telephony.provision import REALM, AriTarget, Device, DeviceKind, ha1, provision
from cti_server.telephony.recorder import Recorder
from cti_server.visitors.retention import keep_forgetting
from cti_server.visitors.visits import Visits
from cti_server.web.app import create_app
from cti_server.web.deps import DemoPage, Softphone, WebDeps
from cti_server.web.server import HttpServer, uvicorn_config
from cti_server.webhooks.outbox import write_notices
from cti_server.webhooks.reach import networks
from cti_server.webhooks.sending import Sender
from cti_server.workers import Workers
from ivr_flows.promptbook import PromptBook
from routing.problems import ConfigurationError

_DEMO_LINES = 4
"""Caller pages that can be on the phone at the same time."""
_IMAGE_LOOK = 30.0
_REIDENTIFY_LOOK = 5.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Asterisk:
    """How a running Asterisk is reached: events and actions, devices, browsers' SIP."""

    ami: AmiAccount
    ari: AriTarget
    websocket: str


class Server:
    """One running server. `run` serves until it is cancelled."""

    def __init__(self, settings: Settings, database_url: str, asterisk: Asterisk) -> None:
        self._settings = settings
        self._database_url = database_url
        self._asterisk = asterisk
        self._demo_key = secrets.token_urlsafe(16)
        self._metrics = CollectorRegistry()

    async def run(self) -> None:
        """Raises FencedError when another server took over, JournalAwayError when there is no database at the start."""
        settings = self._settings
        async with AsyncExitStack() as stack:
            journal = Journal(self._database_url, Spool(settings.home / "spool"))
            started = await journal.open()
            stack.push_async_callback(journal.close)
            image = FloorImage(settings.home / "floor.json", started.epoch)
            floor, last_at = await recover(image, journal.read, started.last_seq)
            engine = Engine(floor, started.epoch, journal, Clock(last_at))
            hub = Hub(started.epoch, load_floor(dump_floor(floor)), engine.now)
            completed_links = CompletedLinks(_secret_key(settings.home / "token.key"), settings.customer_url)
            notices = partial(write_notices, more=completed_links)
            reported = ReportedCases(ZoneInfo(settings.zone))
            projection = Projection(self._database_url, journal.read, (notices, reported.write))
            visits = Visits()
            engine.subscribe(hub.committed)
            engine.subscribe(visits.committed)
            engine.subscribe(projection.offer)
            database = create_engine(self._database_url)
            stack.push_async_callback(database.dispose)
            sessions = session_factory(database)
            workers = Workers()
            stack.callback(workers.close)
            places = Places()
            # Beside each call: no check, as a dead connection only means to identify again when the database is back.
            lookups = create_engine(self._database_url, pool_size=4, statement_timeout_ms=2000, check=False)
            stack.push_async_callback(lookups.dispose)
            identification = Identification(lookups, places, Home(settings.area_code))
            asked = create_engine(self._database_url, pool_size=4, statement_timeout_ms=2000)
            stack.push_async_callback(asked.dispose)
            opened = opened_connectors(settings)
            connectors = Connectors.of(
                opened,
                CustomersSource(asked, Home(settings.area_code)),
                CasesSource(asked, ZoneInfo(settings.zone)),
            )
            stack.push_async_callback(connectors.close)
            self._metrics.register(ConnectorsCollector(connectors))
            stalls = StallWatch()
            self._metrics.register(stalls)
            recorder = Recorder(engine, settings.home / "recording-spool", settings.recordings, workers)
            engine.subscribe(recorder.committed)
            await import_shipped(sessions, settings.flows, workers)
            flows = FlowsInForce(sessions, workers)
            await flows.follow()
            heard = Heard(PromptBook.load(), settings.prompts, sessions, workers)
            await heard.follow()
            report = partial(open_reported, session_factory(asked), ZoneInfo(settings.zone))
            reach = Reach(connectors, registered_scripts(), report)
            link = self._link(engine, sessions, identification, recorder, flows, heard, reach)

            # Nobody is rung before Asterisk was seen; what it has meanwhile lost is found out then.
            engine.submit(PbxGone("server started"))
            engine.submit(DialPolicyLoaded(dial_policy(settings)))
            await _load_directory(engine, sessions)
            web = HttpServer(
                uvicorn_config(
                    create_app(
                        self._web(
                            engine,
                            hub,
                            sessions,
                            places,
                            journal,
                            workers,
                            flows,
                            opened,
                            identification,
                            visits,
                            heard,
                        )
                    ),
                    settings.http_address,
                    settings.http_port,
                    settings.trusted_proxies,
                )
            )
            async with asyncio.TaskGroup() as group:
                running = group.create_task(engine.run(), name="engine")
                tasks = [
                    group.create_task(projection.run(), name="projection"),
                    group.create_task(link.run(), name="telephony"),
                    group.create_task(_serve(web), name="web"),
                    group.create_task(_stop_when_fenced(journal), name="fence"),
                    group.create_task(_keep_image(image, hub), name="image"),
                    group.create_task(
                        keep_images(partial(workers.run, make_image, self._database_url), lambda: hub.floor.seq),
                        name="images",
                    ),
                    group.create_task(
                        watch(self._database_url, "directory", partial(_follow_directory, engine, sessions, link)),
                        name="directory",
                    ),
                    group.create_task(watch(self._database_url, "flows", flows.follow), name="flows"),
                    group.create_task(
                        watch(self._database_url, follow_up.CHANNEL, partial(_follow_up, sessions)), name="follow-ups"
                    ),
                    group.create_task(watch(self._database_url, "prompts", heard.keep_following), name="prompts"),
                    group.create_task(_keep_identifying(identification, engine), name="identification"),
                    group.create_task(stalls.run(), name="stalls"),
                    group.create_task(
                        Sender(database, networks(settings.webhook_networks), settings.webhook_ca).run(),
                        name="webhooks",
                    ),
                    group.create_task(
                        watch(self._database_url, "do_not_call", partial(_follow_do_not_call, engine, sessions)),
                        name="do_not_call",
                    ),
                    group.create_task(keep_forgetting(sessions, settings.visitor_pages_days), name="page_views"),
                    group.create_task(self._shop(), name="shop"),
                ]
                recorder.recover()
                await web.listening.wait()
                settle_memory()
                log.info("serving", http=f"http://{settings.http_address}:{settings.http_port}")
                try:
                    await asyncio.get_running_loop().create_future()
                finally:
                    await self._wind_down(web, hub, visits, recorder, tasks)
                    await image.save(hub.floor, at_least=1)
                    running.cancel()

    async def _wind_down(
        self, web: HttpServer, hub: Hub, visits: Visits, recorder: Recorder, tasks: list[asyncio.Task[None]]
    ) -> None:
        """Browsers first, then calls (Asterisk keeps the callers); the engine last, for it commits what was decided."""
        hub.close()
        visits.close()
        web.should_exit = True
        await asyncio.wait({tasks[2]}, timeout=8)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=10)
        await recorder.close()

    async def _shop(self) -> None:
        """In the demo: somebody else's web site with our widget."""
        settings = self._settings
        if settings.demo:
            app = shop_app(settings.own_addresses, settings.http_port)
            await HttpServer(uvicorn_config(app, settings.http_address, settings.demo_shop_port)).serve()

    def _link(
        self,
        engine: Engine,
        sessions: async_sessionmaker[AsyncSession],
        identification: Identification,
        recorder: Recorder,
        flows: FlowsInForce,
        heard: Heard,
        reach: Reach,
    ) -> Link:
        settings = self._settings

        async def identify(arrival: Arrival) -> Identified:
            customer = await identification.identify(arrival.number, arrival.name, arrival.interaction)
            return Identified(clean_name(arrival.name), customer)

        outside = OutsideLine(settings.trunk_out_caller_id, national=settings.trunk_out_numbers == "national")
        callers = Callers(
            engine,
            flows,
            heard,
            recorder if settings.record else None,
            identify,
            partial(_new_interaction, engine),
            reach,
            Outside(
                outside, partial(dialable, home=Home(settings.area_code), policy=dial_policy(settings)), settings.zone
            ),
        )
        plan = LinkPlan(self._asterisk.ami, settings.agi_address, settings.agi_port, outside)
        return Link(engine, plan, callers, partial(self._provision, sessions))

    async def _provision(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        async with sessions() as session:
            found = await sip_devices(session)
        devices = [Device(d.name, d.ha1, DeviceKind(d.kind), display_name=d.display_name) for d in found]
        if self._settings.demo:
            devices += [
                Device(phone.authorization_user, phone.ha1, DeviceKind.demo_caller) for phone in self._demo_phones()
            ]
        report = await provision(self._asterisk.ari, devices)
        log.info("devices_provisioned", added=len(report.added), changed=len(report.changed))

    def _demo_phones(self) -> tuple[Softphone, ...]:
        names = [f"demo-caller-{n}" for n in range(1, _DEMO_LINES + 1)]
        return tuple(Softphone(f"sip:{name}@{REALM}", name, ha1(name, REALM, self._demo_key)) for name in names)

    def _web(
        self,
        engine: Engine,
        hub: Hub,
        sessions: async_sessionmaker[AsyncSession],
        places: Places,
        journal: Journal,
        workers: Workers,
        flows: FlowsInForce,
        opened: dict[str, Opened],
        identification: Identification,
        visits: Visits,
        heard: Heard,
    ) -> WebDeps:
        settings = self._settings
        return WebDeps(
            engine=engine,
            hub=hub,
            sessions=sessions,
            token_key=_secret_key(settings.home / "token.key"),
            recordings=settings.recordings,
            asterisk_ws=self._asterisk.websocket,
            now=engine.now,
            metrics=self._metrics,
            places=places,
            journal_state=lambda: journal.state,
            workers=workers,
            database_url=self._database_url,
            follow_flows=flows.follow_now,
            flow_reach=lambda: reachable(flows.library, opened, dial_policy(settings)),
            heard=heard,
            identify=lambda number, interaction: identification.identify(number, "", interaction),
            dialable=partial(dialable, home=Home(settings.area_code), policy=dial_policy(settings)),
            visits=visits,
            public_url=settings.customer_url,
            zone=ZoneInfo(settings.zone),
            home=Home(settings.area_code),
            webhook_networks=networks(settings.webhook_networks),
            console=console_folder(),
            origins=frozenset(settings.origins),
            metrics_token=settings.metrics_token.get_secret_value() if settings.metrics_token else "",
            demo=DemoPage(self._demo_phones()) if settings.demo else None,
        )


async def _follow_up(sessions: async_sessionmaker[AsyncSession]) -> None:
    opened = await follow_up.open_follow_ups(sessions)
    if opened:
        log.info("follow_ups_opened", count=opened)


async def _serve(web: HttpServer) -> None:
    await web.serve()


async def _stop_when_fenced(journal: Journal) -> None:
    error: FencedError = await journal.wait_fenced()
    raise error


async def _keep_image(image: FloorImage, hub: Hub) -> None:
    while True:
        await asyncio.sleep(_IMAGE_LOOK)
        await image.save(hub.floor)


async def _keep_identifying(identification: Identification, engine: Engine) -> None:
    while True:
        await asyncio.sleep(_REIDENTIFY_LOOK)
        if identification.unsure:
            await identification.reidentify(engine.submit)


async def _follow_directory(engine: Engine, sessions: async_sessionmaker[AsyncSession], link: Link) -> None:
    await _load_directory(engine, sessions)
    link.devices_changed()


async def _load_directory(engine: Engine, sessions: async_sessionmaker[AsyncSession]) -> None:
    """Rules written into the tables past every check may be unusable: then what is in force stays."""
    async with sessions() as session:
        try:
            engine.submit(await load_directory(session))
        except ConfigurationError as error:
            log.error("directory_unusable", why=str(error))


async def _follow_do_not_call(engine: Engine, sessions: async_sessionmaker[AsyncSession]) -> None:
    async with sessions() as session:
        engine.submit(await load_numbers(session))


def _new_interaction(engine: Engine) -> InteractionId:
    """48 bits of time, 80 of chance, in hex: sorts by arrival, cannot be guessed (like RFC 9562 version 7)."""
    return InteractionId(f"{engine.now():012x}{secrets.token_hex(10)}")


def _secret_key(path: Path) -> bytes:
    """32 random bytes, made once, readable by the owner only."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    key = secrets.token_bytes(32)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
    return key
