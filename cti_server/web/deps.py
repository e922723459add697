"""All the web needs from the rest of the program, handed over once."""

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from itertools import cycle
from pathlib import Path
from typing import Annotated, Protocol, cast

from fastapi import Depends
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from starlette.requests import HTTPConnection

from cti_server.customers.numbers import NO_HOME, Home
from cti_server.customers.places import Places
from cti_server.demo_data.callers import DEMO_CALLERS, DEMO_NUMBERS, DemoCaller, DemoNumber
from cti_server.floor.events import Customer, Recorded
from cti_server.floor.inputs import Input
from cti_server.floor.words import InteractionId, Millis
from cti_server.live import Hub
from cti_server.prompts.heard import Heard
from cti_server.visitors.sites import Sites
from cti_server.visitors.visits import Visits
from cti_server.web.buckets import Buckets
from cti_server.web.completed import Completed
from cti_server.web.lists import Lists
from cti_server.web.uploads import Uploads
from cti_server.web.visitor_guard import Guard
from cti_server.webhooks.reach import Network
from cti_server.workers import Workers
from ivr_flows.check import Surroundings as Reachable


class Floor(Protocol):
    """The engine, as far as the web goes."""

    async def request(self, request: Input) -> tuple[Recorded, ...]:
        """Raises RefusedError; returns once the events are safe."""


@dataclass(frozen=True, slots=True)
class Softphone:
    """What a browser's SIP stack registers with. `ha1`: MD5 of user:realm:password (RFC 7616), never the password."""

    uri: str
    authorization_user: str
    ha1: str
    realm: str = "cti"


@dataclass(frozen=True, slots=True)
class DemoPage:
    """What the caller page offers. `softphones` are lent in turn, so that several pages can call at once."""

    softphones: tuple[Softphone, ...]
    numbers: tuple[DemoNumber, ...] = DEMO_NUMBERS
    callers: tuple[DemoCaller, ...] = DEMO_CALLERS


async def _nothing_follows() -> None:
    """Where no calls are served."""


@dataclass(frozen=True, kw_only=True)
class WebDeps:
    """Nothing here is a global; a test or a second server makes its own."""

    engine: Floor
    hub: Hub
    sessions: async_sessionmaker[AsyncSession]
    token_key: bytes
    """32 secret bytes; changing them signs everybody out."""
    recordings: Path
    """Folder of the recording store."""
    asterisk_ws: str
    """Asterisk's websocket, e.g. ws://127.0.0.1:8088/ws."""
    now: Callable[[], Millis]
    metrics: CollectorRegistry
    places: Places
    journal_state: Callable[[], str]
    """postgres · spooling."""
    workers: Workers
    """For what would hold up calls."""
    database_url: str = field(repr=False)
    """For workers: they connect on their own."""
    identify: Callable[[str, InteractionId], Awaitable[Customer]]
    """Whose number (E.164) it is; at least a prospect."""
    dialable: Callable[[str], str]
    """E.164 of a number that may be dialled, else ''."""
    visits: Visits
    """Hears the engine after the hub."""
    heard: Heard
    """The prompts callers hear."""
    home: Home = NO_HOME
    """Completes numbers that people write without an area code."""
    follow_flows: Callable[[], Awaitable[None]] = _nothing_follows
    """Calls get what was just published; without waiting for the database's notice."""
    flow_reach: Callable[[], Reachable] = Reachable
    """What flows can reach beyond the database, for checks before they are published."""
    public_url: str = "http://127.0.0.1:8000"
    """Where customers reach us, for links that are sent to them."""
    zone: tzinfo = UTC
    """The company's."""
    webhook_networks: Sequence[Network] = ()
    """Private networks that webhooks may be sent to."""
    console: Path | None = None
    """Folder of the built console."""
    metrics_token: str = ""
    origins: frozenset[str] = frozenset()
    demo: DemoPage | None = None
    clock: Callable[[], float] = time.monotonic
    sign_ins: Buckets = field(init=False)
    sign_in_addresses: Buckets = field(init=False)
    lists: Lists = field(init=False)
    sites: Sites = field(init=False)
    visitor_guard: Guard = field(init=False)
    ratings: Buckets = field(init=False)
    """How often the page of rating links is asked for, by network."""
    uploads: Uploads = field(init=False, default_factory=Uploads)
    ha1s: dict[str, str] = field(init=False, default_factory=dict)
    """Agent → HA1 of his browser phone as last read, for when the database is away."""
    completed: Completed = field(init=False, default_factory=Completed)
    demo_lines: Iterator[Softphone] = field(init=False)
    """The demo softphones, one after the other for ever."""
    sockets: dict[str, int] = field(init=False, default_factory=dict)
    """Open SIP websockets by whose they are."""

    def __post_init__(self) -> None:
        if len(self.token_key) < 32:
            raise ValueError("the token key needs 32 random bytes")
        object.__setattr__(self, "sign_ins", Buckets(8, 1 / 10, self.clock))
        object.__setattr__(self, "sign_in_addresses", Buckets(60, 1, self.clock))
        object.__setattr__(self, "demo_lines", cycle(self.demo.softphones if self.demo else ()))
        object.__setattr__(self, "lists", Lists(self.sessions, self.clock))
        object.__setattr__(self, "sites", Sites(self.sessions, self.clock))
        object.__setattr__(self, "visitor_guard", Guard(self.clock))
        object.__setattr__(self, "ratings", Buckets(30, 0.5, self.clock))


def deps_of(conn: HTTPConnection) -> WebDeps:
    return cast(WebDeps, conn.app.state.deps)


async def _deps(conn: HTTPConnection) -> WebDeps:
    return deps_of(conn)


Deps = Annotated[WebDeps, Depends(_deps)]
