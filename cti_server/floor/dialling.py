"""Rules for a callback that is open: resting, in line, dialled attempt by attempt, answered, over.

It is a contact without a caller on the phone, with the queue, priority and age he had. While it may not be dialled it
rests, out of line; `look` decides what is to be done then, and every deadline leads there.
"""

from dataclasses import replace

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.deciding import Deciding
from cti_server.floor.dial_policy import first_time, obstacle
from cti_server.floor.model import Callback, Interaction
from cti_server.floor.routed import RESTING, contact_of
from cti_server.floor.words import (
    AgentId,
    AgentState,
    CallbackMode,
    CallbackState,
    InteractionId,
    InteractionState,
    LegId,
    LegState,
    Millis,
    Outcome,
    QueueId,
)

_SOON = 15_000
"""Until the next look at one that cannot be dialled for a reason that passes."""
_GLANCE = 5_000
"""Until the next look at a customer who is rung first and is not near yet."""
_MINUTE = 60_000
_HOUR = 3_600_000
_AFTER_LOST = 5_000
"""Long enough for a leg that Asterisk was about to make to show itself."""
_ON_THE_LINE = 6
"""Levels of priority: whom we rang and who waits is served next."""


def look(d: Deciding, interaction_id: InteractionId) -> None:
    """Something may be due for this callback."""
    interaction = d.floor.interactions.get(interaction_id)
    callback = interaction.callback if interaction else None
    if interaction is None or callback is None:
        return
    leg = interaction.caller_leg
    if leg.state is LegState.DIALLING:
        if callback.dial_until is not None and d.now >= callback.dial_until:
            d.order(f.HangUpLeg(leg.id))
            attempt_ended(d, interaction, "no_answer")
    elif interaction.state is not InteractionState.QUEUED or leg.state is LegState.UP:
        return  # an agent is rung or talks with him, or he is on the phone
    elif d.now >= callback.expires_at:
        end(d, interaction, CallbackState.EXHAUSTED, "expired")
    elif d.now >= callback.not_before:
        _due(d, interaction, callback)


def _due(d: Deciding, interaction: Interaction, callback: Callback) -> None:
    why = obstacle(d, interaction, callback)
    if why in ("not_allowed", "hours", "number_cap") or (why and not callback.resting):
        _put_off(d, interaction, why)
    elif why:
        d.floor.index.look_at(interaction.id, Millis(d.now + _SOON))
    elif callback.mode is CallbackMode.CUSTOMER_FIRST:
        if _is_near(d, interaction):
            _dial(d, interaction, callback)
        else:
            d.floor.index.look_at(interaction.id, Millis(d.now + _GLANCE))
    elif callback.resting:
        d.enqueue(interaction, contact_of(interaction), "callback")
    else:
        d.floor.index.look_at(interaction.id, Millis(d.now + _MINUTE))


def _put_off(d: Deciding, interaction: Interaction, why: str) -> None:
    """Not now; an agent who is there for it is told so."""
    agent, leg = interaction.agent, interaction.agent_leg
    if why == "not_allowed":
        end(d, interaction, CallbackState.CANCELLED, why)
        return
    pause = {"hours": 0, "number_cap": _HOUR}.get(why, _SOON)
    if leg is not None:
        d.order(f.TellAgent(leg.id, "not_now"))
    later = first_time(d.floor, interaction.queue, Millis(d.now + pause))
    d.emit(e.CallbackRescheduled(interaction.id, later, why))
    if agent is not None:
        d.rest_agent(agent)


def _is_near(d: Deciding, interaction: Interaction) -> bool:
    """Whether an agent will be free about when the customer answers. Who was rung already comes before him."""
    matching, queue = d.floor.index.matching, interaction.queue or QueueId("")
    others = [d.floor.interactions[id_] for id_ in d.floor.index.callbacks]
    rung = sum(other.queue == queue and other.caller_leg.state is LegState.DIALLING for other in others)
    if matching.could_offer(d.staged(contact_of(interaction))):
        return rung == 0
    age = interaction.age_from or d.now
    line = [d.floor.interactions[InteractionId(id_)] for id_ in matching.waiting_for(queue)]
    ahead = sum((other.age_from or d.now) < age for other in line)
    forecast = d.forecast(queue, ahead + rung)
    return forecast is not None and forecast.expected_ms <= d.floor.dial_policy.ring_seconds * 1000


# -- one attempt -------------------------------------------------------------------------------------------------


def agent_ready(d: Deciding, interaction: Interaction, callback: Callback) -> None:
    """The agent has answered: it is the customer's turn to be rung."""
    why = obstacle(d, interaction, callback)
    if why:
        _put_off(d, interaction, why)
    else:
        _dial(d, interaction, callback)


def _dial(d: Deciding, interaction: Interaction, callback: Callback) -> None:
    attempt, policy = callback.attempts + 1, d.floor.dial_policy
    if callback.last_result == "lost":
        d.order(f.HangUpLeg(_leg(interaction, attempt - 1)))  # should it have come to life after all
    until = Millis(d.now + policy.ring_seconds * 1000)
    d.emit(e.CallbackDialled(interaction.id, attempt, _leg(interaction, attempt), callback.number, until))
    leg = interaction.caller_leg.id
    d.order(f.DialCustomer(interaction.id, leg, callback.number, policy.trunk, policy.ring_seconds))


def _leg(interaction: Interaction, attempt: int) -> LegId:
    return LegId(f"{interaction.id}.out{attempt}")


def customer_answered(d: Deciding, fact: i.CustomerAnswered) -> None:
    interaction = d.by_leg(fact.leg)
    callback = interaction.callback if interaction else None
    if interaction is None or callback is None or interaction.caller_leg.state is not LegState.DIALLING:
        d.order(f.HangUpLeg(fact.leg))
        return
    d.emit(e.CallbackAnswered(interaction.id, callback.attempts, fact.pbx_channel))
    if interaction.agent_leg is not None:
        d.bridge(interaction, interaction.agent_leg.id)
    else:
        missed = callback.source in ("abandoned", "outage")
        d.order(f.HoldInQueue(interaction.id, prompt="callback_hello_missed" if missed else "callback_hello"))
        contact = contact_of(interaction)
        d.enqueue(interaction, replace(contact, priority=contact.priority + _ON_THE_LINE), "callback")


def dial_failed(d: Deciding, fact: i.DialFailed) -> None:
    interaction = d.by_leg(fact.leg)
    leg = interaction.caller_leg if interaction else None
    if interaction is not None and leg is not None and (leg.id, leg.state) == (fact.leg, LegState.DIALLING):
        attempt_ended(d, interaction, fact.why)


def agent_lost(d: Deciding, interaction: Interaction) -> bool:
    """Whether it goes on without the agent: who is being rung is not given up, he gets another one."""
    agent, leg = interaction.agent, interaction.agent_leg
    if agent is None or leg is None or interaction.caller_leg.state is not LegState.DIALLING:
        return False
    d.emit(e.CallbackUnattended(interaction.id, agent))
    return True


def attempt_ended(d: Deciding, interaction: Interaction, result: str) -> None:
    """The customer is not on the line (any more) and was not helped: whoever waited for him is free, and it rests."""
    callback = interaction.callback
    if callback is None:
        return
    agent, leg, offer = interaction.agent, interaction.agent_leg, interaction.offer
    if leg is not None and (offer is not None or result == "agent_left"):
        d.order(f.HangUpLeg(leg.id))
    elif leg is not None:
        d.order(f.TellAgent(leg.id, result))
    if offer is not None:
        d.emit(e.OfferWithdrawn(offer.id, interaction.id, offer.agent, "caller_left"))
    pause = _AFTER_LOST if result == "lost" else callback.spacing
    later = first_time(d.floor, interaction.queue, Millis(d.now + pause))
    d.emit(e.CallbackAttemptEnded(interaction.id, callback.attempts, result, later))
    if callback.attempts >= callback.most_attempts:
        end(d, interaction, CallbackState.EXHAUSTED, "attempts")
    if offer is not None:
        d.free_agent(offer.agent)
    elif agent is not None:
        d.rest_agent(agent)


def agent_rested(d: Deciding, agent_id: AgentId) -> None:
    """He had his moment after a customer who could not be reached."""
    agent = d.floor.agents.get(agent_id)
    if agent is None or (agent.state, agent.reason) != (AgentState.NOT_READY, RESTING):
        return
    if d.now >= agent.since + d.floor.dial_policy.rest_seconds * 1000:
        d.agent_becomes(agent.id, AgentState.AVAILABLE)
        d.match_agent(agent.id)


# -- over --------------------------------------------------------------------------------------------------------


def end(d: Deciding, interaction: Interaction, state: CallbackState, why: str, by: str = "") -> None:
    """No talk will come of it (any more): all that is under way for it is taken back."""
    agent, leg, offer, customer = interaction.agent, interaction.agent_leg, interaction.offer, interaction.caller_leg
    if leg is not None:
        d.order(f.HangUpLeg(leg.id))
    if offer is not None:
        d.emit(e.OfferWithdrawn(offer.id, interaction.id, offer.agent, "caller_left"))
    if customer.state is not LegState.GONE:
        if customer.id == _leg(interaction, interaction.callback.attempts if interaction.callback else 0):
            d.order(f.HangUpLeg(customer.id))  # a leg of his own hears its farewell and goes by itself
        d.emit(e.CallerLeft(interaction.id, "released"))
    d.emit(e.CallbackClosed(interaction.id, state, why, by))
    d.emit(e.InteractionClosed(interaction.id, Outcome.CALLBACK, f"callback:{why}"))
    if offer is not None:
        d.free_agent(offer.agent)
    elif agent is not None:
        d.rest_agent(agent)


def handled_elsewhere(d: Deciding, talk: Interaction) -> None:
    """He rang himself and talks with an agent of that queue: nobody needs to ring him."""
    numbers = {talk.caller, talk.customer.phone} - {""}
    for id_ in list(d.floor.index.callbacks):
        other = d.floor.interactions[id_]
        idle = other.state in (InteractionState.QUEUED, InteractionState.OFFERED)
        if other.id == talk.id or other.callback is None or other.queue != talk.queue or not idle:
            continue
        if other.callback.number in numbers or other.customer.id == talk.customer.id:
            end(d, other, CallbackState.COMPLETED, "handled")
