"""The caller's script: one coroutine per call, from the first AGI line to the hang-up.

It walks the caller through the flow by itself; from the queue on it does what the floor orders through a mailbox. When
the server dies, the dialplan brings the caller back with `CTI_INTERACTION` and `CTI_STATE` set, and the next server's
script goes on from there.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from cti_server.engine import Engine
from cti_server.floor import effects as f
from cti_server.floor import inputs as i
from cti_server.floor.events import Customer
from cti_server.floor.model import Interaction
from cti_server.floor.words import InteractionId, InteractionState, LegId, LegState, QueueId, RecordingId
from cti_server.flows.in_force import FlowsInForce
from cti_server.prompts.heard import Heard
from cti_server.telephony.agi_server import AgiSession, CallerGone
from cti_server.telephony.arrivals import Arrival, Identified, facts_of
from cti_server.telephony.call import Call, Speaker
from cti_server.telephony.flow_callbacks import FlowCallbacks
from cti_server.telephony.flow_reach import Reach, unpacked
from cti_server.telephony.flow_walk import FlowWalk
from cti_server.telephony.messages import take_message
from cti_server.telephony.orders import RUNG, Order
from cti_server.telephony.outside_line import Outside
from cti_server.telephony.party import Parties
from cti_server.telephony.recorder import Recorder, Running, kept
from cti_server.telephony.survey_dialogue import survey
from cti_server.telephony.waiting import Waiting
from ivr_flows.commands import (
    Enqueue,
    FlowMisuse,
    HangUp,
    TakeMessage,
)
from ivr_flows.flow import Flow
from ivr_flows.interpret import FlowRun
from ivr_flows.promptbook import Prompt
from routing.rules import Then

_BOTH_LANGUAGES = ("zh", "en")
_SOME_FRAMES_MS = 60
"""Asterisk takes a stopped recorder off its channel with the next frame."""
_SIGHT_SECONDS = 5.0
"""Asterisk is seen within 0.1 s of a start; a caller is not kept longer than this for it."""

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
        outside: Outside,
    ) -> None:
        self._engine = engine
        self._flows = flows
        self._speaker = Speaker(heard)
        self._callbacks = FlowCallbacks(engine, outside.dialable, outside.zone)
        parties = Parties(engine, recorder, outside.line)
        self._walking = FlowWalk(engine, self._speaker, recorder, reach, parties, self._callbacks)
        self._recorder = recorder
        self._identify = identify
        self._new_id = new_id
        self._waiting = Waiting(engine, flows, self._speaker, self._walking, self._callbacks)
        self._calls: dict[InteractionId, Call] = {}
        self.in_sight = asyncio.Event()
        """Set while what the floor knows of Asterisk's legs is true."""

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
        if known and not self.in_sight.is_set():
            await session.meanwhile(self._legs_known())
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

    async def _legs_known(self) -> None:
        """He comes back as the server starts: whether the agent he talked with is still there has to be known first."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.in_sight.wait(), _SIGHT_SECONDS)

    async def _turn_away(self, session: AgiSession) -> None:
        """Nothing more can be kept safe: tell the caller instead of serving him half."""
        log.error("call_turned_away", reason="journal_full")
        await self._speaker.say(session, [Prompt("system_fault", language) for language in _BOTH_LANGUAGES])
        await self._finish(session)

    async def _arrive(self, call: Call, dialled: str) -> None:
        session = call.session
        arrival = Arrival(
            call.interaction, session.env.get("agi_callerid", ""), session.env.get("agi_calleridname", "")
        )
        # The database and Asterisk at the same time: the caller waits for both.
        who, marked = await asyncio.gather(
            self._identify(arrival),
            session.set_variable("CTI_INTERACTION", call.interaction),
            return_exceptions=True,
        )
        if isinstance(who, BaseException):
            raise who
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
        if marked is not None:  # he is gone already
            raise marked
        flow = self._flows.serving(dialled)
        if flow is None:
            await self._not_in_service(call)
            return
        run = self._begun(call, flow, who.customer, dialled)
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
        left_a_message = interaction.diverted is Then.VOICEMAIL  # a rule or a key brought him there, no flow
        flow = await self._flow_of(interaction, dialled) if in_flow and not left_a_message else None
        if flow is not None:
            if interaction.state is InteractionState.ARRIVING:
                self._engine.submit(i.FlowStarted(call.interaction, flow.id, flow.version, flow.languages[0]))
            await call.session.exec("StopMixMonitor")  # a message that was being taken is taken anew
            await self._walk(call, self._begun(call, flow, interaction.customer, dialled, state))
        else:
            await call.session.exec("StopMixMonitor")  # a talk that ended without us is over for its recording, too
            self._engine.submit(i.CallerResumed(call.interaction, LegId(call.session.uniqueid), call.session.channel))

    def _begun(self, call: Call, flow: Flow, customer: Customer, dialled: str, state: str = "") -> FlowRun:
        """A walk from the start, or from where the caller was."""
        facts = facts_of(customer, dialled, call.interaction, self._callbacks.fact(customer))
        library, clock, zone = self._flows.library, self._engine.now, self._callbacks.zone
        with contextlib.suppress(FlowMisuse):
            if state:
                return FlowRun.resume(flow, unpacked(state), facts, library=library, clock=clock, zone=zone)
        return FlowRun(flow, facts, library=library, clock=clock, zone=zone)

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
                if wanted.callback and await self._callbacks.take_up(call):
                    return
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
            order: Order = following if following is not None else await self._waiting.wait(call)
            following = None
            if isinstance(order, f.BridgeCaller):
                following = await self._talk(call, order)
            elif isinstance(order, f.TakeVoicemail):
                await self._voicemail(call, order)
                return
            elif isinstance(order, f.AskSurvey):
                await self._survey(call, order)
                return
            elif isinstance(order, f.ReleaseCaller):
                await self._release(call, order)
                return
            elif not isinstance(order, f.DialParty | f.RefuseTransfer):  # those came too late: the flow is over
                following = await self._waiting.obey(call, order)

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

    async def _survey(self, call: Call, order: f.AskSurvey) -> None:
        await call.session.set_music(False)
        said = await survey(call, order.score, self._engine, self._speaker, self._recorder)
        await self._release(call, f.ReleaseCaller(call.interaction, LegId(call.session.uniqueid), said))

    async def _release(self, call: Call, order: f.ReleaseCaller) -> None:
        await call.session.set_music(False)
        if order.at:
            said = self._callbacks.speech(call.language)
            prompts = said.at("callback_accepted_before", order.at, "callback_accepted_after")
            await self._speaker.say(call.session, prompts)
        elif order.prompt:
            await self._speaker.say(call.session, [Prompt(order.prompt, call.language)])
        self._engine.submit(i.CallerHungUp(call.interaction, "released"))
        await self._finish(call.session)

    async def _finish(self, session: AgiSession) -> None:
        """The dialplan must not bring this caller back."""
        await session.set_variable("CTI_DONE", "1")
        await session.hangup()
