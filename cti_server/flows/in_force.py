"""The flows in force, in the memory of a running server: looked up for every call, current through `follow`."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cti_server.flows.examination import first_flow
from cti_server.flows.versions import last_publications, published_texts, texts_with
from cti_server.store.base import reading
from cti_server.workers import Workers
from ivr_flows.flow import Flow

_EARLIER = 64
"""Versions not in force any more that are kept for callers who began with them."""
_LOOK_SECONDS = 10.0
"""A caller who waits for his old version hears music; after this he goes on with the one in force."""
_CANDIDATES = 10
_NEAREST = 5

log = structlog.get_logger()


class FlowsInForce:
    """Lookups never wait for anything; only an earlier version is fetched from the database, once for all callers."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], workers: Workers) -> None:
        self._sessions = sessions
        self._workers = workers
        self._publications: Mapping[str, int] = {}
        self._flows: Mapping[str, Flow] = {}
        self._numbers: Mapping[str, Flow] = {}
        self._earlier: OrderedDict[tuple[str, str], Flow] = OrderedDict()
        self._looking: dict[tuple[str, str], asyncio.Task[Flow | None]] = {}
        self._following = asyncio.Lock()

    def serving(self, number: str) -> Flow | None:
        """The flow new callers of `number` get."""
        return self._numbers.get(number)

    @property
    def library(self) -> Mapping[str, Flow]:
        """The flows in force by their ids. Never changed: after a publication it is another one."""
        return self._flows

    async def version(self, flow_id: str, version: str) -> Flow | None:
        """The content somebody began with (`Flow.version`); None when it is not to be had, e.g. the database is away.

        Takes ten seconds at most; mostly nothing, or as long as a query and reading one text.
        """
        key = (flow_id, version)
        flow = self._flows.get(flow_id)
        if flow is not None and flow.version == version:
            return flow
        if (known := self._earlier.get(key)) is not None:
            self._earlier.move_to_end(key)
            return known
        looking = self._looking.get(key)
        if looking is None:
            looking = self._looking[key] = asyncio.create_task(self._look(flow_id, version))
            looking.add_done_callback(lambda _: self._looking.pop(key, None))
        return await asyncio.shield(looking)

    async def follow(self) -> None:
        """Take over what was published since the last time. Errors: the database's; what is in memory stays then."""
        async with self._following:
            async with reading(self._sessions) as session:
                current = await last_publications(session)
                changed = [id_ for id_, last in current.items() if self._publications.get(id_) != last]
                texts = {id_: await published_texts(session, id_, limit=_NEAREST) for id_ in changed}
            if not changed:
                return
            flows = dict(self._flows)
            for id_, candidates in texts.items():
                flow = await self._readable(id_, candidates)
                if flow is not None:
                    self._remember(flows.get(id_))
                    flows[id_] = flow
            self._publications, self._flows = current, flows
            order = sorted(current, key=lambda id_: current[id_])
            self._numbers = {number: flows[id_] for id_ in order if id_ in flows for number in flows[id_].numbers}
            log.info("flows_in_force", changed=[f"{id_} {flows[id_].version}" for id_ in changed if id_ in flows])

    async def follow_now(self) -> None:
        """`follow`, for somebody who has just published; if it fails, the database's notice comes anyway."""
        try:
            await self.follow()
        except (OSError, SQLAlchemyError) as error:
            log.warning("flows_not_followed", why=type(error).__name__)

    async def _readable(self, flow_id: str, texts: Sequence[str]) -> Flow | None:
        """The flow in force; if this release cannot run it, what is in memory stays, or else the nearest before it."""
        flow = await self._first(texts[:1])
        if flow is None:
            log.error("flow_unusable", flow=flow_id)
            flow = None if flow_id in self._flows else await self._first(texts[1:])
        return flow

    async def _first(self, texts: Sequence[str]) -> Flow | None:
        if not self._flows:
            return first_flow(texts)  # nothing is served yet, and the first worker takes longer to start
        try:
            return await self._workers.run(first_flow, texts)
        except BrokenProcessPool:
            log.error("worker_died_of_flow")
            return None

    async def _look(self, flow_id: str, version: str) -> Flow | None:
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                async with reading(self._sessions) as session:
                    texts = await texts_with(session, flow_id, version, limit=_CANDIDATES)
                flow = await self._workers.run(first_flow, texts, version)
        except (OSError, SQLAlchemyError, BrokenProcessPool) as error:  # a time-out is an OSError
            log.warning("flow_version_not_read", flow=flow_id, version=version, why=type(error).__name__)
            return None
        self._remember(flow)
        return flow

    def _remember(self, flow: Flow | None) -> None:
        if flow is not None:
            self._earlier[flow.id, flow.version] = flow
            if len(self._earlier) > _EARLIER:
                self._earlier.popitem(last=False)
