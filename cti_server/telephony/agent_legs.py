"""The agent's side: his leg's AGI script, and where his phones are registered."""

import asyncio
from collections.abc import Iterable

from cti_server.engine import Engine
from cti_server.floor.inputs import AgentAnswered, AgentRejoined, DevicesSeen
from cti_server.floor.words import AgentId, LegId
from cti_server.telephony.agi_server import AgiSession

WEB_SUFFIX = "-web"
"""The browser's device of agent 1001 is 1001-web; his SIP phone is 1001."""


class AgentLegs:
    """The AGI route `/agent`, arguments offer and replaced leg: the agent picked up, and waits to be bridged."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def serve(self, session: AgiSession) -> None:
        """Ends when the bridge pulls the leg away or it hangs up; who did that is told by AMI."""
        _, replaced = (*session.args, "", "")[:2]
        leg = LegId(session.uniqueid)
        self._engine.submit(AgentRejoined(LegId(replaced), leg) if replaced else AgentAnswered(leg))
        nothing: asyncio.Queue[None] = asyncio.Queue()
        await session.idle(nothing)


class Registrations:
    """Which phones are registered now, from contact lists and ContactStatus events. The browser is rung first."""

    _GONE = frozenset({"Removed", "Unreachable"})
    _LISTED = ""
    """Stands for a contact whose address we do not know, from a list of devices."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._contacts: dict[str, set[str]] = {}

    def snapshot(self, devices: Iterable[str]) -> None:
        """All devices that are registered; whatever else was known is not."""
        listed = {device: {self._LISTED} for device in devices}
        before, self._contacts = self._contacts, listed
        known = {str(agent) for agent in self._engine.floor.agents}
        for agent in sorted(known | {_agent_of(device) for device in before.keys() | listed.keys()}):
            self._tell(agent)

    def changed(self, device: str, address: str, status: str) -> None:
        """One ContactStatus event."""
        contacts = self._contacts.setdefault(device, set())
        if status in self._GONE:
            contacts -= {address, self._LISTED}
        else:
            contacts.add(address)
            contacts.discard(self._LISTED)
        if not contacts:
            del self._contacts[device]
        self._tell(_agent_of(device))

    def _tell(self, agent: str) -> None:
        devices = tuple(device for device in (f"{agent}{WEB_SUFFIX}", agent) if device in self._contacts)
        self._engine.submit(DevicesSeen(AgentId(agent), devices))


def _agent_of(device: str) -> str:
    return device.removesuffix(WEB_SUFFIX)
