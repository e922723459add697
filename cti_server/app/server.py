"""One server: its parts put together, its duties run in one task group, everything taken down in order."""

import asyncio
import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cti_server.app.duties import bring_in_directory, duties
from cti_server.app.parts import Parts, assemble
from cti_server.bundled import console_folder
from cti_server.callbacks import dial_policy, dialable
from cti_server.connectors.reachable import reachable
from cti_server.customers.names import clean_name
from cti_server.customers.numbers import Home
from cti_server.directory.devices import sip_devices
from cti_server.engine import Engine
from cti_server.floor.inputs import DialPolicyLoaded, PbxGone
from cti_server.floor.words import InteractionId
from cti_server.settings import Settings
from cti_server.stall import StallWatch, WatchedLoop, settle_memory
from cti_server.telephony.ami_client import AmiAccount
from cti_server.telephony.arrivals import Arrival, Identified
from cti_server.telephony.callers import Callers
from cti_server.telephony.link import Link, LinkPlan
from cti_server.telephony.outside_line import Outside, OutsideLine
from cti_server.telephony.provision import REALM, AriTarget, Device, DeviceKind, ha1, provision
from cti_server.web.app import create_app
from cti_server.web.deps import DemoPage, Softphone, WebDeps
from cti_server.web.server import HttpServer, uvicorn_config
from cti_server.webhooks.reach import networks

_DEMO_LINES = 4
"""Caller pages that can be on the phone at the same time."""

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
        self._policy = dial_policy(settings)
        self._dialable = partial(dialable, home=Home(settings.area_code), policy=self._policy)

    async def run(self) -> None:
        """Raises FencedError when another server took over, JournalAwayError when there is no database at the start."""
        settings = self._settings
        async with AsyncExitStack() as stack:
            loop = asyncio.get_running_loop()
            if isinstance(loop, WatchedLoop):
                self._metrics.register(StallWatch(loop.turns))
            parts = await assemble(settings, self._database_url, self._metrics, stack)
            link = self._link(parts)
            # Nobody is rung before Asterisk was seen; what it has meanwhile lost is found out then.
            parts.engine.submit(PbxGone("server started"))
            parts.engine.submit(DialPolicyLoaded(self._policy))
            await bring_in_directory(parts.engine, parts.sessions)
            web = HttpServer(
                uvicorn_config(
                    create_app(self._web(parts)), settings.http_address, settings.http_port, settings.trusted_proxies
                )
            )
            async with asyncio.TaskGroup() as group:
                engine = group.create_task(parts.engine.run(), name="engine")
                serving = group.create_task(web.serve(), name="web")
                tasks = {
                    group.create_task(work, name=name)
                    for name, work in duties(settings, self._database_url, parts, link).items()
                }
                parts.recorder.recover()
                await web.listening.wait()
                settle_memory()
                log.info("serving", http=f"http://{settings.http_address}:{settings.http_port}")
                try:
                    await loop.create_future()
                finally:
                    # Browsers first, then calls (Asterisk keeps the callers); the engine last, for it commits what was
                    # decided.
                    parts.hub.close()
                    parts.visits.close()
                    web.should_exit = True
                    await asyncio.wait({serving}, timeout=8)
                    for task in (serving, *tasks):
                        task.cancel()
                    await asyncio.wait({serving, *tasks}, timeout=10)
                    await parts.recorder.close()
                    await parts.image.save(parts.hub.floor, at_least=1)
                    engine.cancel()

    def _link(self, parts: Parts) -> Link:
        settings = self._settings

        async def identify(arrival: Arrival) -> Identified:
            customer = await parts.identification.identify(arrival.number, arrival.name, arrival.interaction)
            return Identified(clean_name(arrival.name), customer)

        outside = OutsideLine(settings.trunk_out_caller_id, national=settings.trunk_out_numbers == "national")
        callers = Callers(
            parts.engine,
            parts.flows,
            parts.heard,
            parts.recorder if settings.record else None,
            identify,
            partial(_new_interaction, parts.engine),
            parts.reach,
            Outside(outside, self._dialable, settings.zone),
        )
        plan = LinkPlan(self._asterisk.ami, settings.agi_address, settings.agi_port, outside)
        return Link(parts.engine, plan, callers, partial(self._provision, parts.sessions))

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

    def _web(self, parts: Parts) -> WebDeps:
        settings = self._settings
        return WebDeps(
            engine=parts.engine,
            hub=parts.hub,
            sessions=parts.sessions,
            token_key=parts.token_key,
            recordings=settings.recordings,
            asterisk_ws=self._asterisk.websocket,
            now=parts.engine.now,
            metrics=self._metrics,
            places=parts.places,
            journal_state=lambda: parts.journal.state,
            workers=parts.workers,
            database_url=self._database_url,
            follow_flows=parts.flows.follow_now,
            flow_reach=lambda: reachable(parts.flows.library, parts.opened, self._policy),
            heard=parts.heard,
            identify=lambda number, interaction: parts.identification.identify(number, "", interaction),
            dialable=self._dialable,
            visits=parts.visits,
            public_url=settings.customer_url,
            zone=ZoneInfo(settings.zone),
            home=Home(settings.area_code),
            webhook_networks=networks(settings.webhook_networks),
            console=console_folder(),
            origins=frozenset(settings.origins),
            metrics_token=settings.metrics_token.get_secret_value() if settings.metrics_token else "",
            demo=DemoPage(self._demo_phones()) if settings.demo else None,
        )


def _new_interaction(engine: Engine) -> InteractionId:
    """48 bits of time, 80 of chance, in hex: sorts by arrival, cannot be guessed (like RFC 9562 version 7)."""
    return InteractionId(f"{engine.now():012x}{secrets.token_hex(10)}")
