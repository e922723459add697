"""The link between one floor and one Asterisk: its AGI server, its AMI session, and everything that hangs on them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from cti_server.engine import Engine
from cti_server.telephony.act import Actor
from cti_server.telephony.agent_legs import AgentLegs, Registrations
from cti_server.telephony.agi_server import AgiServer
from cti_server.telephony.ami_client import AmiAccount, AmiClient, PbxSnapshot
from cti_server.telephony.callers import Callers
from cti_server.telephony.observe import Observer
from cti_server.telephony.outside_line import OutsideLine
from cti_server.telephony.provision import ProvisionError

_PROVISION_AGAIN = 5.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LinkPlan:
    """Where Asterisk is reached, and where it reaches us."""

    ami: AmiAccount
    agi_address: str
    agi_port: int
    outside: OutsideLine


class Link:
    """`run` keeps it up until cancelled. `provision` brings the agents' devices into Asterisk; it is called after each
    login (Asterisk may have been restarted) and by `devices_changed`."""

    def __init__(
        self, engine: Engine, plan: LinkPlan, callers: Callers, provision: Callable[[], Awaitable[None]]
    ) -> None:
        self._engine = engine
        self._callers = callers
        self._provision = provision
        self._provision_due = asyncio.Event()
        self._plan = plan
        self._agent_legs = AgentLegs(engine)
        observer = Observer(engine, Registrations(engine))
        self._observer = observer
        self.ami = AmiClient(plan.ami, observer.events, on_connected=self._connected, on_lost=self._lost)
        engine.perform_with(Actor(engine, self.ami, callers, self._agent_legs, plan.outside).perform)

    def devices_changed(self) -> None:
        """The directory has other devices than before: tell Asterisk soon."""
        self._provision_due.set()

    async def run(self) -> None:
        routes = {"caller": self._callers.serve, "agent": self._agent_legs.serve}
        async with (
            AgiServer(routes, self._plan.agi_address, self._plan.agi_port),
            asyncio.TaskGroup() as group,
        ):
            group.create_task(self.ami.run(), name="ami")
            group.create_task(self._keep_provisioned(), name="provision")

    def _connected(self, snapshot: PbxSnapshot) -> None:
        self._observer.connected(snapshot)
        self._callers.in_sight.set()
        self._provision_due.set()

    def _lost(self, reason: str) -> None:
        self._callers.in_sight.clear()
        self._observer.lost(reason)

    async def _keep_provisioned(self) -> None:
        while True:
            await self._provision_due.wait()
            self._provision_due.clear()
            try:
                await self._provision()
            except ProvisionError as problem:
                log.warning("devices_not_provisioned", detail=str(problem))
                await asyncio.sleep(_PROVISION_AGAIN)
                self._provision_due.set()
