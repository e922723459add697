"""Callbacks that are arranged, kept, cancelled and taken up on a call, by a flow or by who waits."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from cti_server.callbacks import slots_to_offer
from cti_server.engine import Engine
from cti_server.floor.callbacks import callback_of
from cti_server.floor.events import Customer
from cti_server.floor.inputs import CallbackAsked, CallbackCancelled, CallbackTakenUp, RefusedError
from cti_server.floor.words import InteractionId, Millis, QueueId
from cti_server.telephony.call import Call
from ivr_flows.callback_talk import Speech
from ivr_flows.commands import (
    Answered,
    AskCallback,
    AskTerms,
    DropCallback,
    Number,
    Promised,
    ReadNumber,
    Result,
    Terms,
    Unanswered,
)
from ivr_flows.variables import NO_CALLBACK, Value

_BY = "caller"


class FlowCallbacks:
    """`dialable`: the E.164 form of what was typed, '' when it is no number that may be dialled. `zone`: whose clocks
    show the times that are said."""

    def __init__(self, engine: Engine, dialable: Callable[[str], str], zone: str) -> None:
        self._engine = engine
        self.dialable = dialable
        self.zone = zone

    def speech(self, language: str) -> Speech:
        return Speech(language, self.zone, self._engine.now())

    def fact(self, customer: Customer) -> Value:
        """What flows read as `caller.callback`."""
        found = callback_of(self._engine.floor, customer)
        if found is None or found.callback is None:
            return NO_CALLBACK
        due, zone = found.callback.not_before, ZoneInfo(self.zone)
        shown = datetime.fromtimestamp(due / 1000, zone).strftime("%Y-%m-%dT%H:%M") if due > self._engine.now() else ""
        return {"queue": found.queue or "", "due": shown}

    async def carry_out(self, call: Call, command: AskTerms | ReadNumber | AskCallback | DropCallback) -> Result:
        match command:
            case AskTerms():
                return self._terms(call, QueueId(command.queue), command.days)
            case ReadNumber():
                return Number(self.dialable(command.keyed))
            case AskCallback():
                return await self._ask(call, command)
            case DropCallback():
                return await self._drop(call)

    async def take_up(self, call: Call) -> bool:
        """Whether the caller has the place of his callback now."""
        callback = self._open(call)
        if callback is None:
            return False
        try:
            await self._engine.request(CallbackTakenUp(call.interaction, callback))
        except RefusedError:
            return False
        return True

    def _terms(self, call: Call, queue: QueueId, days: int) -> Terms | Unanswered:
        floor = self._engine.floor
        interaction = floor.interactions.get(call.interaction)
        if not floor.dial_policy.trunk or queue not in floor.queues or interaction is None:
            return Unanswered("callbacks_off")
        times = slots_to_offer(floor, queue, self._engine.now(), ZoneInfo(self.zone), days)
        return Terms(self.dialable(interaction.caller), tuple(times))

    async def _ask(self, call: Call, command: AskCallback) -> Promised | Unanswered:
        asked = CallbackAsked(
            call.interaction,
            command.number,
            not_before=Millis(command.at),
            queue=QueueId(command.queue) if command.queue else None,
            slot=command.at > 0,
            skills=dict(command.skills),
            priority=command.priority,
            source="flow" if command.queue else "queue",
        )
        try:
            await self._engine.request(asked)
        except RefusedError as refused:
            return Unanswered(refused.code)
        interaction = self._engine.floor.interactions.get(call.interaction)
        first = interaction.callback.not_before if interaction is not None and interaction.callback else Millis(0)
        return Promised(first if first > self._engine.now() else 0)

    async def _drop(self, call: Call) -> Answered | Unanswered:
        callback = self._open(call)
        if callback is None:
            return Unanswered("unknown_callback")
        try:
            await self._engine.request(CallbackCancelled(callback, _BY))
        except RefusedError as refused:
            return Unanswered(refused.code)
        return Answered({})

    def _open(self, call: Call) -> InteractionId | None:
        interaction = self._engine.floor.interactions.get(call.interaction)
        found = callback_of(self._engine.floor, interaction.customer) if interaction is not None else None
        return found.id if found is not None else None
