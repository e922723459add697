"""Effects of the floor, carried out over AMI or by the caller's script."""

import asyncio
import re
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass

import structlog

from cti_server.engine import Engine
from cti_server.floor import effects as f
from cti_server.floor.inputs import DialFailed, OfferFailed
from cti_server.floor.words import LegId
from cti_server.telephony.agent_legs import AgentLegs
from cti_server.telephony.ami_client import AmiClient, AmiRefused, AmiTimeout, AmiUnavailable
from cti_server.telephony.callers import Callers

_UNWELCOME = str.maketrans("", "", '"<>\\,;\r\n\0')
_MOBILE = 11
_RING_GRACE_MS = 3000
"""Asterisk gives up after the floor has: the floor's clock is the one that counts."""

_E164 = re.compile(r"\+[1-9][0-9]{5,14}")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OutsideLine:
    """How numbers are dialled on the trunk for going out: `national` as 13812345678 or 02583190000, else E.164."""

    caller_id: str = ""
    national: bool = False

    def dialled(self, e164: str) -> str:
        if not self.national or not e164.startswith("+86"):
            return e164
        number = e164.removeprefix("+86")
        return number if len(number) == _MOBILE and number[0] == "1" and number[1] != "0" else f"0{number}"


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
        shown = order.caller_name.translate(_UNWELCOME)[:64]
        fields = [
            ("CallerID", f'"{shown}" <{order.caller.translate(_UNWELCOME)}>'),
            ("Context", "cti-agent"),
            ("Exten", "answered"),
            ("Priority", "1"),
            ("Timeout", str(order.ring_seconds * 1000 + _RING_GRACE_MS)),
            ("Variable", f"CTI_OFFER={order.offer}"),
            ("Variable", f"PJSIP_HEADER(add,X-CTI-Offer)={order.offer}"),
            ("Variable", f"PJSIP_HEADER(add,X-CTI-Interaction)={order.interaction}"),
        ]
        if not await self._originate(order.device, order.leg, fields):
            self._engine.submit(OfferFailed(order.offer, "failed"))

    async def _dial(self, order: f.DialCustomer) -> None:
        """To a fixed place in the dialplan, with nothing in it but digits: the last wall against toll fraud."""
        dialled = self._outside.dialled(order.number)
        if _E164.fullmatch(order.number) is None or not dialled.removeprefix("+").isdecimal():
            log.error("number_not_dialled", interaction=order.interaction)
            self._engine.submit(DialFailed(order.leg, "refused"))
            return
        fields = [
            ("CallerID", f"<{self._outside.caller_id.translate(_UNWELCOME)}>"),
            ("Context", "cti-customer"),
            ("Exten", "answered"),
            ("Priority", "1"),
            ("Timeout", str(order.ring_seconds * 1000 + _RING_GRACE_MS)),
            ("Variable", f"CTI_INTERACTION={order.interaction}"),
        ]
        if not await self._originate(f"{dialled}@{order.trunk}", order.leg, fields):
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
        await self._originate(order.device, order.new, fields)

    async def _originate(self, device: str, leg: LegId, fields: Sequence[tuple[str, str]]) -> bool:
        try:
            await self._ami.action(
                "Originate", [("Channel", f"PJSIP/{device}"), ("ChannelId", leg), ("Async", "true"), *fields]
            )
        except (AmiUnavailable, AmiRefused, AmiTimeout) as problem:
            log.warning("originate_failed", device=device, detail=str(problem))
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
