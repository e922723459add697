"""A running server to talk to, and the ways to talk to it."""

import asyncio
import contextlib
import json
import socket
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from cti_server.callbacks import dialable
from cti_server.cases import ReportedCases
from cti_server.clock import Clock
from cti_server.customers.numbers import Home
from cti_server.customers.places import Places
from cti_server.directory.load import load_directory
from cti_server.engine import Engine
from cti_server.floor import inputs as i
from cti_server.floor.events import Customer
from cti_server.floor.model import Floor
from cti_server.floor.parts import DialPolicy
from cti_server.floor.words import AgentId, CustomerId, InteractionId, LegId, QueueId
from cti_server.interactions.projection import Projection
from cti_server.live import Hub
from cti_server.prompts.heard import Heard
from cti_server.store.base import create_engine, session_factory
from cti_server.store.journal import Journal
from cti_server.store.spool import Spool
from cti_server.visitors.visits import Visits
from cti_server.web import DemoPage, HttpServer, Softphone, WebDeps, create_app, uvicorn_config
from cti_server.webhooks.outbox import write_notices
from cti_server.workers import Workers
from ivr_flows.promptbook import PromptBook
from tests.rig.demo import PASSWORD as PASSWORD
from tests.rig.http import NO_TLS
from tests.rig.postgres import Database

KEY = bytes(range(32))
PLACES = Places()
_BOOK = PromptBook.load()
SHIPPED = replace(_BOOK, sounds={prompt: sound for prompt, sound in _BOOK.sounds.items() if prompt.id == "goodbye"})
"""All words, but few sounds: unpacking them all takes seconds."""
CALLER = str(uuid.uuid5(uuid.NAMESPACE_URL, "tel:+8613809000001"))

Frame = dict[str, Any]  # Any: JSON off the wire


DIAL_POLICY = DialPolicy("trunk-out", allowed=("+861", "+8625"), refused=("+8613800000000",), slot_capacity=1)


async def _identify(number: str, interaction: InteractionId) -> Customer:
    return Customer(CustomerId(str(uuid.uuid5(uuid.NAMESPACE_URL, f"tel:{number}"))), "", prospect=True, phone=number)


@dataclass(frozen=True)
class Site:
    url: str
    app: FastAPI
    deps: WebDeps
    engine: Engine
    projection: Projection
    journal: Journal
    folder: Path

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    @asynccontextmanager
    async def browser(self, username: str = "") -> AsyncIterator[httpx.AsyncClient]:
        """A client with a cookie jar, signed in as `username` by the console's header unless that is empty."""
        async with httpx.AsyncClient(
            base_url=self.url, headers={"X-CTI-Console": "1"}, trust_env=False, verify=NO_TLS, timeout=60
        ) as client:
            if username:
                response = await client.post("/api/v1/auth/token", json={"username": username, "password": PASSWORD})
                assert response.status_code == 200, response.text
            yield client

    async def token(self, username: str) -> str:
        async with self.browser() as client:
            response = await client.post("/api/v1/auth/token", json={"username": username, "password": PASSWORD})
            return str(response.json()["access_token"])

    def socket(
        self,
        path: str,
        token: str = "",
        *,
        protocol: str = "cti.live.v1",  # several: separated by blanks
        origin: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> connect:
        more = [("Authorization", f"Bearer {token}")] if token else []
        return connect(
            f"ws://{self.host}/api/v1{path}",
            subprotocols=[Subprotocol(name) for name in protocol.split()] or None,
            origin=Origin(origin) if origin is not None else None,
            additional_headers=[*more, *headers],
            compression=None,
            proxy=None,
            open_timeout=5,
            close_timeout=2,
        )

    async def ring(self, number: int, agent: str = "1001") -> InteractionId:
        """A call that rings at `agent`, who is made the only one ready."""
        interaction = InteractionId(f"call-{number}")
        known = self.engine.floor.agents[AgentId(agent)]
        if known.state == "signed_out":
            await self.engine.request(i.SignInRequested(known.id))
        if not known.devices:
            await self.engine.request(i.DevicesSeen(known.id, (f"{agent}-web",)))
        await self.engine.request(i.ReadyRequested(known.id))
        customer = Customer(CustomerId(CALLER), "张伟", "gold", phone="+8613809000001")
        for fact in (
            i.CallArrived(
                interaction, LegId(f"leg-{number}"), f"PJSIP/trunk-{number}", "+8613809000001", "", "95598", customer
            ),
            i.FlowStarted(interaction, "power", "1", "zh"),
            i.MenuChosen(interaction, "main", "2", {"zh": "故障报修", "en": "Fault"}),
            i.QueueRequested(interaction, QueueId("general"), {}),
        ):
            await self.engine.request(fact)
        return interaction

    async def written(self) -> None:
        """Wait until everything that happened is in the tables."""
        await asyncio.wait_for(self.projection.reached(self.engine.floor.seq), 10)

    async def answer(self, interaction: InteractionId) -> None:
        """The ringing agent picks up."""
        leg = self.engine.floor.interactions[interaction].agent_leg
        assert leg is not None
        await self.engine.request(i.AgentAnswered(leg.id))
        await self.engine.request(i.LegsBridged(interaction, leg.id, None))


@asynccontextmanager
async def running_site(database: Database, folder: Path, **changes: Any) -> AsyncIterator[Site]:  # Any: any of WebDeps
    pool = create_engine(database.server, pool_size=4)
    sessions = session_factory(pool)
    clock = Clock()
    journal = Journal(database.server, Spool(folder / "spool"))
    engine = Engine(Floor(), (await journal.open()).epoch, journal, clock)
    projection = Projection(database.server, journal.read, (write_notices, ReportedCases().write))
    hub = Hub(engine.epoch, Floor(), clock)
    visits = Visits()
    engine.subscribe(hub.committed)
    engine.subscribe(visits.committed)
    engine.subscribe(projection.offer)
    workers = Workers()
    phone = Softphone("sip:demo-caller-1@cti", "demo-caller-1", "0" * 32)
    deps = WebDeps(
        engine=engine,
        hub=hub,
        sessions=sessions,
        token_key=KEY,
        recordings=folder / "recordings",
        asterisk_ws="ws://127.0.0.1:9/ws",
        now=clock,
        metrics=CollectorRegistry(),
        places=PLACES,
        journal_state=lambda: journal.state,
        workers=workers,
        database_url=database.server,
        identify=_identify,
        dialable=partial(dialable, home=Home("25"), policy=DIAL_POLICY),
        visits=visits,
        heard=Heard(SHIPPED, folder / "prompts", sessions, workers),
        console=folder / "console",
        metrics_token="metrics-secret",
        demo=DemoPage((phone, replace(phone, authorization_user="demo-caller-2"))),
    )
    deps = replace(deps, **changes)
    app = create_app(deps)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0), backlog=512)) as listener:
        port = listener.getsockname()[1]
        server = HttpServer(uvicorn_config(app, "127.0.0.1", port))
        serving = asyncio.create_task(server.serve([listener]))
        tasks = [asyncio.create_task(engine.run()), asyncio.create_task(projection.run())]
        async with sessions() as session:
            await engine.request(await load_directory(session))
        await engine.request(i.PbxSeen("boot-1", frozenset(), frozenset()))
        await _answers(port)
        try:
            yield Site(f"http://127.0.0.1:{port}", app, deps, engine, projection, journal, folder)
        finally:
            hub.close()
            visits.close()
            server.should_exit = True
            await serving
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await journal.close()
            await pool.dispose()
            workers.close()


async def _answers(port: int) -> None:
    """The listener queues connections, so this waits exactly until uvicorn serves."""
    async with asyncio.timeout(10), httpx.AsyncClient(trust_env=False, verify=NO_TLS) as client:
        await client.get(f"http://127.0.0.1:{port}/healthz")


async def frames(socket_: ClientConnection, until: str, seconds: float = 5) -> list[Frame]:
    """Frames up to and including the first of type `until`."""
    found: list[Frame] = []
    async with asyncio.timeout(seconds):
        while not found or found[-1]["type"] != until:
            found.append(json.loads(await socket_.recv()))
    return found
