"""What a waiting caller hears and does: music, announcements, his keys, a callback, a message, a flow meanwhile.

Whatever he is at, an order for him (an agent answered, say) breaks it off at once.
"""

from collections.abc import Callable, Coroutine, Sequence
from functools import partial

import structlog

from cti_server.engine import Engine
from cti_server.floor import effects as f
from cti_server.floor import inputs as i
from cti_server.floor.meanwhile import PLACE_KEPT, wishes
from cti_server.floor.words import LegId
from cti_server.flows.in_force import FlowsInForce
from cti_server.telephony.arrivals import facts_of
from cti_server.telephony.call import Call, Speaker
from cti_server.telephony.flow_callbacks import FlowCallbacks
from cti_server.telephony.flow_walk import FlowWalk
from cti_server.telephony.orders import Order, unless_called, unless_ordered
from ivr_flows.announce import say_waiting
from ivr_flows.callback_talk import Ended, Talk, instead
from ivr_flows.commands import HangUp, TakeMessage
from ivr_flows.interpret import FlowRun
from ivr_flows.promptbook import Prompt

log = structlog.get_logger()

_Work = Callable[[], Coroutine[None, None, object]]


class Waiting:
    """Callers of this server who wait for an agent."""

    def __init__(
        self,
        engine: Engine,
        flows: FlowsInForce,
        speaker: Speaker,
        walking: FlowWalk,
        callbacks: FlowCallbacks,
    ) -> None:
        self._engine = engine
        self._flows = flows
        self._speaker = speaker
        self._walking = walking
        self._callbacks = callbacks

    async def wait(self, call: Call) -> Order:
        """With music, until the floor has an order; a key may bring one about."""
        while True:
            if not self._keys(call):
                return await call.session.idle(call.mailbox)
            following = await unless_ordered(call.mailbox, self._hear_key(call))
            if following is not None:
                return following

    async def obey(
        self, call: Call, order: f.Announce | f.HoldInQueue | f.AskCallback | f.InviteMessage | f.ServeSelf
    ) -> Order | None:
        """Do it; what was ordered meanwhile, and is to be done next."""
        match order:
            case f.Announce():
                said = say_waiting(
                    call.language, order.comfort, order.ahead, order.minutes, order.offers, longer=order.longer
                )
                return await self._announce(call, [prompt for prompt in said if prompt in self._speaker])
            case f.HoldInQueue():
                prompt = "reconnecting" if order.lost_agent else order.prompt
                return await self._announce(call, [Prompt(prompt, call.language)] if prompt else [])
            case f.AskCallback():
                return await self._aside(call, partial(self._arrange_callback, call, order.number))
            case f.InviteMessage():
                return await self._aside(call, partial(self._invite, call, order.prompt))
            case f.ServeSelf():
                return await self._aside(call, partial(self._serve_self, call, order))

    def _keys(self, call: Call) -> str:
        """Those that mean something now."""
        interaction = self._engine.floor.interactions.get(call.interaction)
        return "".join(wishes(self._engine.floor, interaction)) if interaction is not None else ""

    async def _aside(self, call: Call, work: _Work) -> Order | None:
        """Something else than music, until he is called or through with it."""
        await call.session.set_music(False)
        following = await unless_called(call.mailbox, work())
        if following is None:
            await call.session.set_music(True)
        return following

    async def _announce(self, call: Call, prompts: Sequence[Prompt]) -> Order | None:
        return await self._aside(call, partial(self._speak, call, prompts))

    async def _speak(self, call: Call, prompts: Sequence[Prompt]) -> None:
        """One of his keys cuts it short, and counts."""
        self._press(call, await self._speaker.say(call.session, prompts, self._keys(call)))

    async def _hear_key(self, call: Call) -> None:
        self._press(call, await call.session.wait_for_digit(-1))

    def _press(self, call: Call, key: str) -> None:
        if key:
            self._engine.submit(i.KeyPressed(LegId(call.session.uniqueid), key))

    async def _arrange_callback(self, call: Call, number: str) -> None:
        """Once it is promised he is released by an order."""
        talk = Talk(instead(number, self._callbacks.speech(call.language)))
        asked = talk.start()
        while not isinstance(asked, Ended):
            asked = talk.answer(await self._walking.carry_out(call, asked))

    async def _invite(self, call: Call, prompt: str) -> None:
        """He keeps his place until the tone."""
        await self._speaker.say(call.session, [Prompt(prompt, call.language)])
        self._engine.submit(i.MessageWanted(call.interaction))

    async def _serve_self(self, call: Call, order: f.ServeSelf) -> None:
        """Through the flow in force; wherever it leads to a queue he is back in his place."""
        interaction = self._engine.floor.interactions.get(call.interaction)
        flow = self._flows.library.get(order.flow)
        if interaction is None or flow is None:
            log.warning("self_service_not_there", flow=order.flow)
            await self._speaker.say(call.session, [Prompt(PLACE_KEPT, call.language)])
            return
        self._engine.submit(i.SelfServiceStarted(call.interaction, flow.id, flow.version))
        customer = interaction.customer
        facts = facts_of(customer, interaction.dialled, call.interaction, self._callbacks.fact(customer))
        facts |= {"language": call.language}
        library, clock, zone = self._flows.library, self._engine.now, self._callbacks.zone
        run = FlowRun.visit(flow, order.step, facts, library=library, clock=clock, zone=zone)
        before = call.language
        ending = await self._walking.walk(call, run, aside=f"s{self._engine.floor.seq}")
        if before not in flow.languages:
            call.language = before
        match ending:
            case HangUp(prompts):
                await self._speaker.say(call.session, prompts)
                self._engine.submit(i.CallerHungUp(call.interaction, "released"))
                await call.session.set_variable("CTI_DONE", "1")
                await call.session.hangup()
                return
            case TakeMessage(prompt):
                await self._speaker.say(call.session, [prompt])
                self._engine.submit(i.MessageWanted(call.interaction))
        self._engine.submit(i.SelfServiceEnded(call.interaction))
