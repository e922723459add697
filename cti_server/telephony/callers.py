"""The caller's script: one coroutine per call, from the first AGI line to the hang-up.

It walks the caller through the flow by itself; from the queue on it does what the floor orders through a mailbox. When
the server dies, the dialplan brings the caller back with `CTI_INTERACTION` and `CTI_STATE` set, and the next server's
script goes on from there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from cti_server.engine import Engine
from cti_server.floor import effects as f
from cti_server.floor import inputs as i
from cti_server.floor.callbacks import may_ask
from cti_server.floor.events import Customer
from cti_server.floor.model import Interaction
from cti_server.floor.words import InteractionId, InteractionState, LegId, LegState, QueueId, RecordingId
from cti_server.flows.in_force import FlowsInForce
from cti_server.prompts.heard import Heard
from cti_server.telephony.agi_server import AgiSession, CallerGone
from cti_server.telephony.arrivals import Arrival, Identified, facts_of
from cti_server.telephony.call import Call, Speaker
from cti_server.telephony.callback_dialogue import CallbackDialogue
from cti_server.telephony.flow_reach import Reach, unpacked
from cti_server.telephony.flow_walk import FlowWalk
from cti_server.telephony.messages import take_message
from cti_server.telephony.orders import RUNG, Order, unless_ordered
from cti_server.telephony.recorder import Recorder, Running, kept
from ivr_flows.announce import say_position
from ivr_flows.commands import (
    Enqueue,
    FlowMisuse,
    HangUp,
    TakeMessage,
)
from ivr_flows.flow import Flow
from ivr_flows.interpret import FlowRun
from ivr_flows.promptbook import Prompt

_BOTH_LANGUAGES = ("zh", "en")
_SOME_FRAMES_MS = 60
"""Asterisk takes a stopped recorder off its channel with the next frame."""

log = structlog.get_logger()


class Callers:
    """All callers' scripts of this server."""

    def __init__(
        self,
        engine: Engine,
        flows: FlowsInForce,
        heard: Heard,
        recorder: Recorder | None,
        identify: Callable[[Arrival], Awaitable[Identified]],
        new_id: Callable[[], InteractionId],
        reach: Reach,
        dialable: Callable[[str], str],
    ) -> None:
        """`dialable`: the E.164 form of what was typed, '' when it is no number that may be dialled."""
        self._engine = engine
        self._flows = flows
        self._speaker = Speaker(heard)
        self._walking = FlowWalk(engine, self._speaker, reach)
        self._recorder = recorder
        self._identify = identify
        self._new_id = new_id
        self._dialable = dialable
        self._calls: dict[InteractionId, Call] = {}

    def order(self, order: Order) -> None:
        """Hand an effect of the floor to the caller's script. Without one (server restarted, caller not back yet) it
        is dropped: `CallerResumed` makes the floor say it again."""
        call = self._calls.get(order.interaction)
        if call is not None:
            call.mailbox.put_nowait(order)

    async def serve(self, session: AgiSession) -> None:
        """The AGI route `/caller`: arguments dialled, interaction, state, tries."""
        dialled, known, state = (*session.args, "", "", "")[:3]
        if self._engine.overloaded:
            await self._turn_away(session)
            return
        resumed = self._resumable(session, InteractionId(known))
        if dialled == RUNG and not resumed:
            await self._finish(session)  # it comes too late: that attempt is over
            return
        call = Call(session, resumed or self._new_id(), asyncio.Queue())
        self._calls[call.interaction] = call
        try:
            if resumed:
                await self._resume(call, dialled, state)
            else:
                await self._arrive(call, dialled)
            await self._obey(call)
        except CallerGone as gone:
            # Without a hang-up the connection just broke: Asterisk keeps the caller and the snapshot tells the rest.
            if gone.reason == "hangup":
                self._engine.submit(i.CallerHungUp(call.interaction))
        finally:
            if self._calls.get(call.interaction) is call:
                del self._calls[call.interaction]

    # -- arriving ------------------------------------------------------------------------------------------------

    def _resumable(self, session: AgiSession, known: InteractionId) -> InteractionId | None:
        interaction = self._engine.floor.interactions.get(known)
        return known if interaction is not None and interaction.caller_leg.id == session.uniqueid else None

    async def _turn_away(self, session: AgiSession) -> None:
        """Nothing more can be kept safe: tell the caller instead of serving him half."""
        log.error("call_turned_away", reason="journal_full")
        await self._speaker.say(session, [Prompt("system_fault", language) for language in _BOTH_LANGUAGES])
        await self._finish(session)

    async def _arrive(self, call: Call, dialled: str) -> None:
        session = call.session
        who = await self._identify(
            Arrival(call.interaction, session.env.get("agi_callerid", ""), session.env.get("agi_calleridname", ""))
        )
        self._engine.submit(
            i.CallArrived(
                interaction=call.interaction,
                leg=LegId(session.uniqueid),
                pbx_channel=session.channel,
                caller=who.customer.phone,
                caller_name=who.caller_name,
                dialled=dialled,
                customer=who.customer,
            )
        )
        await session.set_variable("CTI_INTERACTION", call.interaction)
        flow = self._flows.serving(dialled)
        if flow is None:
            await self._not_in_service(call)
            return
        facts = facts_of(who.customer, dialled)
        run = FlowRun(flow, facts, library=self._flows.library, clock=self._engine.now)
        self._engine.submit(i.FlowStarted(call.interaction, flow.id, flow.version, run.language))
        await self._walk(call, run)

    async def _resume(self, call: Call, dialled: str, state: str) -> None:
        interaction = self._engine.floor.interactions[call.interaction]
        call.language = interaction.language
        if interaction.caller_leg.state is LegState.DIALLING:
            leg = interaction.caller_leg.id
            self._engine.submit(i.CustomerAnswered(call.interaction, leg, call.session.channel))
            return
        in_flow = interaction.state in (InteractionState.ARRIVING, InteractionState.IN_FLOW)
        flow = await self._flow_of(interaction, dialled) if in_flow else None
        if flow is not None:
            if interaction.state is InteractionState.ARRIVING:
                self._engine.submit(i.FlowStarted(call.interaction, flow.id, flow.version, flow.languages[0]))
            await call.session.exec("StopMixMonitor")  # a message that was being taken is taken anew
            await self._walk(call, self._back(flow, interaction.customer, dialled, state))
        else:
            await call.session.exec("StopMixMonitor")  # a talk that ended without us is over for its recording, too
            self._engine.submit(i.CallerResumed(call.interaction, LegId(call.session.uniqueid), call.session.channel))

    def _back(self, flow: Flow, customer: Customer, dialled: str, state: str) -> FlowRun:
        facts, library, clock = facts_of(customer, dialled), self._flows.library, self._engine.now
        try:
            return FlowRun.resume(flow, unpacked(state), facts, library=library, clock=clock)
        except FlowMisuse:
            return FlowRun(flow, facts, library=library, clock=clock)

    async def _flow_of(self, interaction: Interaction, dialled: str) -> Flow | None:
        """The version the caller began with, else the nearest there is: what is in force."""
        begun = await self._flows.version(interaction.flow, interaction.flow_version) if interaction.flow else None
        return begun or self._flows.library.get(interaction.flow) or self._flows.serving(dialled)

    async def _not_in_service(self, call: Call) -> None:
        await self._speaker.say(call.session, [Prompt("not_in_service", language) for language in _BOTH_LANGUAGES])
        self._engine.submit(i.CallerHungUp(call.interaction, "failed"))
        await self._finish(call.session)

    async def _walk(self, call: Call, run: FlowRun) -> None:
        """Until the flow hands the caller to a queue or ends."""
        match await self._walking.walk(call, run):
            case Enqueue() as wanted:
                await call.session.set_music(True)
                queue, skills = QueueId(wanted.queue), dict(wanted.skills)
                self._engine.submit(i.QueueRequested(call.interaction, queue, skills, wanted.priority))
            case TakeMessage(prompt):
                recording = RecordingId(f"{call.interaction}-voicemail")
                await self._voicemail(call, f.TakeVoicemail(call.interaction, recording, prompt.id))
            case HangUp(prompts):
                await self._speaker.say(call.session, prompts)
                self._engine.submit(i.CallerHungUp(call.interaction, "released"))
                await self._finish(call.session)

    # -- waiting, talking, leaving -------------------------------------------------------------------------------

    async def _obey(self, call: Call) -> None:
        """Do what the floor orders until the caller is released or gone."""
        following: Order | None = None
        while not call.session.gone:
            order: Order = following if following is not None else await self._wait(call)
            following = None
            if isinstance(order, f.BridgeCaller):
                following = await self._talk(call, order)
            elif isinstance(order, f.SayPosition):
                following = await self._announce(call, [*say_position(order.ahead, call.language), *self._offer(call)])
            elif isinstance(order, f.HoldInQueue):
                said = "reconnecting" if order.lost_agent else order.prompt
                following = await self._announce(call, [Prompt(said, call.language)] if said else [])
            elif isinstance(order, f.AskCallback):
                following = await self._ask_callback(call, order.number)
            elif isinstance(order, f.TakeVoicemail):
                await self._voicemail(call, order)
                return
            else:
                await self._release(call, order)
                return

    async def _announce(self, call: Call, prompts: Sequence[Prompt]) -> Order | None:
        """Speak, then music. An order cuts the speech short at once: somebody may be there for the caller."""
        await call.session.set_music(False)
        following = await unless_ordered(call.mailbox, self._speaker.say(call.session, prompts))
        if following is None:
            await call.session.set_music(True)
        return following

    def _offer(self, call: Call) -> list[Prompt]:
        """That he may be rung instead, where he may."""
        offer = Prompt("callback_offer", call.language)
        interaction = self._engine.floor.interactions.get(call.interaction)
        offered = interaction is not None and may_ask(self._engine.floor, interaction) and offer in self._speaker
        return [offer] if offered else []

    async def _wait(self, call: Call) -> Order:
        """With music, until the floor has an order; a key may bring one about."""
        while True:
            interaction = self._engine.floor.interactions.get(call.interaction)
            if interaction is None or not may_ask(self._engine.floor, interaction):
                return await call.session.idle(call.mailbox)
            following = await unless_ordered(call.mailbox, self._hear_key(call))
            if following is not None:
                return following

    async def _hear_key(self, call: Call) -> None:
        key = await call.session.wait_for_digit(-1)
        self._engine.submit(i.KeyPressed(LegId(call.session.uniqueid), key))

    async def _ask_callback(self, call: Call, number: str) -> Order | None:
        """He goes on waiting meanwhile: whatever is ordered cuts the question short."""
        await call.session.set_music(False)
        asking = CallbackDialogue(call.session, self._speaker, self._engine, call.interaction, call.language)
        following = await unless_ordered(call.mailbox, asking.ask(number, self._dialable))
        if following is None:
            await call.session.set_music(True)
        return following

    async def _talk(self, call: Call, order: f.BridgeCaller) -> Order:
        await call.session.set_music(False)
        if self._recorder is None:
            return await self._bridge(call, order, None)
        async with kept(self._recorder, call.interaction, order.recording) as files:
            return await self._recorded(call, order, files)

    async def _recorded(self, call: Call, order: f.BridgeCaller, files: Running) -> Order:
        """A talk that goes on with another leg goes on in its files. Asterisk's recorder is often deaf to a second leg
        (seen with 22.10), and so is one that is started before the last is off the channel."""
        while True:
            if order.again:
                await call.session.wait_for_digit(_SOME_FRAMES_MS)
            await call.session.exec("MixMonitor", "", files.mix_monitor_options(append=order.again))
            following = await self._bridge(call, order, order.recording)
            await call.session.exec("StopMixMonitor")
            if not (isinstance(following, f.BridgeCaller) and following.again):
                return following
            order = following

    async def _bridge(self, call: Call, order: f.BridgeCaller, recording: RecordingId | None) -> Order:
        """Until the floor says what follows."""
        self._engine.submit(i.LegsBridged(call.interaction, order.agent_leg, recording))
        await call.session.exec("Bridge", order.agent_leg, "x")
        result = await call.session.get_variable("BRIDGERESULT")
        # A leg that is gone in mid-talk was hung up by somebody, and AMI tells the floor by whom.
        if result != "SUCCESS" and not (order.again and result == "NONEXISTENT"):
            self._engine.submit(i.BridgeFailed(call.interaction, order.agent_leg))
        return await call.session.idle(call.mailbox)

    async def _voicemail(self, call: Call, order: f.TakeVoicemail) -> None:
        """Without a recorder the caller is told and let go."""
        await call.session.set_music(False)
        if self._recorder is not None:
            await take_message(call, order, self._engine, self._speaker, self._recorder)
        said = "system_fault" if self._recorder is None else "goodbye"
        await self._release(call, f.ReleaseCaller(call.interaction, LegId(call.session.uniqueid), said))

    async def _release(self, call: Call, order: f.ReleaseCaller) -> None:
        await call.session.set_music(False)
        if order.prompt:
            await self._speaker.say(call.session, [Prompt(order.prompt, call.language)])
        self._engine.submit(i.CallerHungUp(call.interaction, "released"))
        await self._finish(call.session)

    async def _finish(self, session: AgiSession) -> None:
        """The dialplan must not bring this caller back."""
        await session.set_variable("CTI_DONE", "1")
        await session.hangup()
