"""The agent's side: his leg's AGI script, and where his phones are registered."""

import asyncio
from collections.abc import Iterable

from cti_server.engine import Engine
from cti_server.floor.effects import TellAgent
from cti_server.floor.inputs import AgentAnswered, AgentRejoined, DevicesSeen
from cti_server.floor.words import AgentId, LegId, LegState
from cti_server.telephony.agi_server import AgiSession

_TONES = {"busy": "busy"}
"""What an agent hears of a customer who was not reached: busy, else congestion (names in indications.conf)."""
_TONE_MS = 2000
WEB_SUFFIX = "-web"
"""The browser's device of agent 1001 is 1001-web; his SIP phone is 1001."""


class AgentLegs:
    """The AGI route `/agent`, arguments offer and replaced leg: the agent picked up, and waits to be bridged."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._orders: dict[LegId, asyncio.Queue[TellAgent]] = {}

    def tell(self, order: TellAgent) -> bool:
        """Whether the leg is here to be told."""
        mailbox = self._orders.get(order.leg)
        if mailbox is not None:
            mailbox.put_nowait(order)
        return mailbox is not None

    async def serve(self, session: AgiSession) -> None:
        """Ends when the bridge pulls the leg away or it hangs up; who did that is told by AMI."""
        _, replaced = (*session.args, "", "")[:2]
        leg = LegId(session.uniqueid)
        mailbox = self._orders[leg] = asyncio.Queue[TellAgent]()
        try:
            self._engine.submit(AgentRejoined(LegId(replaced), leg) if replaced else AgentAnswered(leg))
            if self._rings_out(leg):
                await session.exec("Playtones", "ring")
            order = await session.idle(mailbox)
            await session.exec("Playtones", _TONES.get(order.result, "congestion"))
            await session.wait_for_digit(_TONE_MS)
            await session.hangup()
        finally:
            del self._orders[leg]

    def _rings_out(self, leg: LegId) -> bool:
        """Whether the customer of a callback is being rung for him now."""
        interaction = self._engine.floor.index.legs.get(leg)
        return (
            interaction is not None
            and self._engine.floor.interactions[interaction].caller_leg.state is LegState.DIALLING
        )


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
