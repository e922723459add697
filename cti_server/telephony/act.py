"""Effects of the floor, carried out over AMI or by the caller's script."""

import asyncio
from collections.abc import Coroutine, Sequence

import structlog

from cti_server.engine import Engine
from cti_server.floor import effects as f
from cti_server.floor.inputs import DialFailed, OfferFailed
from cti_server.floor.words import LegId
from cti_server.telephony.agent_legs import AgentLegs
from cti_server.telephony.ami_client import AmiClient, AmiRefused, AmiTimeout, AmiUnavailable
from cti_server.telephony.callers import Callers
from cti_server.telephony.outside_line import UNWELCOME, OutsideLine

_RING_GRACE_MS = 3000
"""Asterisk gives up after the floor has: the floor's clock is the one that counts."""

log = structlog.get_logger()


class Actor:
    """Performs each effect in its own task, so a slow answer of Asterisk holds up nothing."""

    def __init__(
        self, engine: Engine, ami: AmiClient, callers: Callers, agent_legs: AgentLegs, outside: OutsideLine
    ) -> None:
        self._engine = engine
        self._ami = ami
        self._callers = callers
        self._agent_legs = agent_legs
        self._outside = outside
        self._tasks: set[asyncio.Task[None]] = set()

    def perform(self, effect: f.Effect) -> None:
        """Start it; what becomes of it comes back as an input."""
        match effect:
            case f.RingAgent():
                self._start(self._ring(effect))
            case f.HangUpLeg():
                self._start(self._hang_up(effect.leg))
            case f.RejoinAgent():
                self._start(self._rejoin(effect))
            case f.DialCustomer():
                self._start(self._dial(effect))
            case f.TellAgent():
                if not self._agent_legs.tell(effect):
                    self._start(self._hang_up(effect.leg))
            case (
                f.BridgeCaller()
                | f.HoldInQueue()
                | f.Announce()
                | f.ReleaseCaller()
                | f.TakeVoicemail()
                | f.AskCallback()
                | f.AskSurvey()
                | f.DialParty()
                | f.RefuseTransfer()
                | f.InviteMessage()
                | f.ServeSelf()
            ):
                self._callers.order(effect)
            case _:
                raise TypeError(f"nobody performs {type(effect).__name__}")

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ring(self, order: f.RingAgent) -> None:
        shown = order.caller_name.translate(UNWELCOME)[:64]
        fields = [
            ("CallerID", f'"{shown}" <{order.caller.translate(UNWELCOME)}>'),
            ("Context", "cti-agent"),
            ("Exten", "answered"),
            ("Priority", "1"),
            ("Timeout", str(order.ring_seconds * 1000 + _RING_GRACE_MS)),
            ("Variable", f"CTI_OFFER={order.offer}"),
            ("Variable", f"PJSIP_HEADER(add,X-CTI-Offer)={order.offer}"),
            ("Variable", f"PJSIP_HEADER(add,X-CTI-Interaction)={order.interaction}"),
        ]
        if not await self._originate(f"PJSIP/{order.device}", order.leg, fields):
            self._engine.submit(OfferFailed(order.offer, "failed"))

    async def _dial(self, order: f.DialCustomer) -> None:
        """To a fixed place in the dialplan, with nothing in it but digits."""
        address = self._outside.address(order.number, order.trunk)
        if address is None:
            log.error("number_not_dialled", interaction=order.interaction)
            self._engine.submit(DialFailed(order.leg, "refused"))
            return
        fields = [
            ("CallerID", f"<{self._outside.shown}>"),
            ("Context", "cti-customer"),
            ("Exten", "answered"),
            ("Priority", "1"),
            ("Timeout", str(order.ring_seconds * 1000 + _RING_GRACE_MS)),
            ("Variable", f"CTI_INTERACTION={order.interaction}"),
        ]
        if not await self._originate(address, order.leg, fields):
            self._engine.submit(DialFailed(order.leg, "failed"))

    async def _rejoin(self, order: f.RejoinAgent) -> None:
        fields = [
            ("Context", "cti-agent"),
            ("Exten", "answered"),
            ("Priority", "1"),
            ("Timeout", "8000"),
            ("Variable", f"CTI_REPLACES={order.old}"),
            ("Variable", "PJSIP_HEADER(add,X-CTI-Rejoin)=1"),
            ("Variable", f"PJSIP_HEADER(add,X-CTI-Interaction)={order.interaction}"),
        ]
        await self._originate(f"PJSIP/{order.device}", order.new, fields)

    async def _originate(self, channel: str, leg: LegId, fields: Sequence[tuple[str, str]]) -> bool:
        try:
            await self._ami.action("Originate", [("Channel", channel), ("ChannelId", leg), ("Async", "true"), *fields])
        except (AmiUnavailable, AmiRefused, AmiTimeout) as problem:
            log.warning("originate_failed", channel=channel, detail=str(problem))
            return isinstance(problem, AmiTimeout)  # it may ring all the same; the floor's deadline decides
        return True

    async def _hang_up(self, leg: LegId) -> None:
        """It is fine if the leg is gone already; if Asterisk is, the next snapshot settles it."""
        try:
            await self._ami.action("Hangup", [("Channel", leg)])
        except AmiRefused:
            pass
        except (AmiUnavailable, AmiTimeout) as problem:
            log.warning("leg_not_hung_up", detail=str(problem))
