"""Rules for a caller's way: arriving, the flow, waiting, being offered, leaving; and for the telephone system."""

from cti_server.floor import callbacks, dialling, meanwhile, surveys, talk, transfers
from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.deciding import Deciding
from cti_server.floor.inputs import RefusedError
from cti_server.floor.model import Interaction, Offer
from cti_server.floor.routed import is_in_line
from cti_server.floor.words import (
    AgentState,
    CallbackState,
    InteractionState,
    LegId,
    LegState,
    OfferId,
    OfferState,
    Outcome,
)
from routing.rules import Then

MAX_ATTRIBUTES = 30
_DIVERTED = {
    Then.MESSAGE: Outcome.OVERFLOWED,
    Then.VOICEMAIL: Outcome.VOICEMAIL,
    Then.CALLBACK: Outcome.CALLBACK,
    Then.QUEUE: Outcome.OVERFLOWED,
}


def arrived(d: Deciding, fact: i.CallArrived) -> None:
    if fact.interaction in d.floor.interactions:
        return
    d.emit(
        e.InteractionStarted(
            interaction=fact.interaction,
            channel="voice",
            direction="inbound",
            caller=fact.caller,
            caller_name=fact.caller_name,
            dialled=fact.dialled,
            customer=fact.customer,
            leg=fact.leg,
            pbx_channel=fact.pbx_channel,
        )
    )


def flow_started(d: Deciding, fact: i.FlowStarted) -> None:
    interaction = d.floor.interactions.get(fact.interaction)
    if interaction is not None and interaction.state is InteractionState.ARRIVING:
        d.emit(e.FlowEntered(fact.interaction, fact.flow, fact.version, fact.language))


def menu_chosen(d: Deciding, fact: i.MenuChosen) -> None:
    if fact.interaction in d.floor.interactions:
        d.emit(e.FlowStepTaken(fact.interaction, fact.step, fact.keys, fact.label))


def language_set(d: Deciding, fact: i.LanguageSet) -> None:
    if fact.interaction in d.floor.interactions:
        d.emit(e.LanguageChosen(fact.interaction, fact.language))


def attributes_learned(d: Deciding, fact: i.AttributesLearned) -> None:
    interaction = d.floor.interactions.get(fact.interaction)
    if interaction is None:
        return
    news = {name: found for name, found in fact.attributes.items() if interaction.attributes.get(name) != found}
    if news and len(interaction.attributes.keys() | news.keys()) <= MAX_ATTRIBUTES:
        d.emit(e.AttributesSet(fact.interaction, news))


def customer_picked(d: Deciding, request: i.CustomerPicked) -> None:
    d.emit(e.CustomerAssigned(request.interaction, request.customer, request.agent))


# -- the offer ---------------------------------------------------------------------------------------------------


def _ringing(d: Deciding, offer_id: OfferId) -> tuple[Interaction, Offer] | None:
    interaction = d.by_leg(LegId(offer_id))
    offer = interaction.offer if interaction else None
    if interaction is None or offer is None or offer.id != offer_id or offer.state is not OfferState.RINGING:
        return None
    return interaction, offer


def agent_rang(d: Deciding, fact: i.AgentRang) -> None:
    found = _ringing(d, OfferId(fact.leg))
    if found and not found[1].rang:
        interaction, offer = found
        d.emit(e.OfferRinging(offer.id, interaction.id, offer.agent))


def agent_answered(d: Deciding, fact: i.AgentAnswered) -> None:
    found = _ringing(d, OfferId(fact.leg))
    if found is None:
        d.order(f.HangUpLeg(fact.leg))
        return
    interaction, offer = found
    d.emit(e.OfferAccepted(offer.id, interaction.id, offer.agent))
    meanwhile.leave(d, interaction, "agent")
    d.agent_becomes(offer.agent, AgentState.CONNECTED, interaction=interaction.id)
    if interaction.callback is not None and interaction.caller_leg.state is LegState.GONE:
        dialling.agent_ready(d, interaction, interaction.callback)
    else:
        d.bridge(interaction, fact.leg)


def declined(d: Deciding, request: i.DeclineRequested) -> None:
    found = _ringing(d, request.offer)
    if found is None or found[1].agent != request.agent:
        raise RefusedError("no_such_offer", f"Offer {request.offer} is not ringing at agent {request.agent} any more.")
    interaction, offer = found
    d.order(f.HangUpLeg(LegId(offer.id)))
    _decline(d, interaction, offer)


def _decline(d: Deciding, interaction: Interaction, offer: Offer) -> None:
    d.emit(e.OfferDeclined(offer.id, interaction.id, offer.agent))
    _step_back(d, offer, "declined")
    d.queue_again(interaction, "declined")


def offer_failed(d: Deciding, fact: i.OfferFailed) -> None:
    found = _ringing(d, fact.offer)
    if found is None:
        return
    interaction, offer = found
    if fact.why == "declined":
        _decline(d, interaction, offer)
    else:
        _miss(d, interaction, offer, fact.why)


def offer_expired(d: Deciding, offer_id: OfferId) -> None:
    found = _ringing(d, offer_id)
    if found is not None:
        interaction, offer = found
        d.order(f.HangUpLeg(LegId(offer.id)))
        _miss(d, interaction, offer, "no_answer")


def _miss(d: Deciding, interaction: Interaction, offer: Offer, why: str) -> None:
    d.emit(e.OfferMissed(offer.id, interaction.id, offer.agent, why))
    _step_back(d, offer, "missed_offer")
    d.queue_again(interaction, "missed")


def _step_back(d: Deciding, offer: Offer, reason: str) -> None:
    """Whoever does not take an offer is not offered the next one, until he says he is there."""
    wanted = d.floor.agents[offer.agent].wanted
    if wanted is AgentState.SIGNED_OUT:
        d.agent_becomes(offer.agent, AgentState.SIGNED_OUT)
    else:
        d.agent_becomes(offer.agent, AgentState.NOT_READY, reason)


# -- the caller leaves, or comes back ----------------------------------------------------------------------------


def caller_hung_up(d: Deciding, fact: i.CallerHungUp) -> None:
    interaction = d.floor.interactions.get(fact.interaction)
    if interaction is not None and interaction.caller_leg.state is LegState.UP:
        caller_gone(d, interaction, fact.cause)


def caller_gone(d: Deciding, interaction: Interaction, cause: str) -> None:
    state, offer, agent = interaction.state, interaction.offer, interaction.agent
    if d.in_talk(interaction) or state is InteractionState.WRAPPING_UP:
        talk.caller_gone(d, interaction, cause)
        return
    if interaction.callback is not None:
        _callback_left(d, interaction, cause)
        return
    transfers.settle(d, interaction, "left")
    rung_back = callbacks.abandoned(d, interaction, cause)
    left = meanwhile.SELF_SERVICE if interaction.self_service else state
    leg = interaction.agent_leg
    if leg is not None:
        d.order(f.HangUpLeg(leg.id))
    if offer is not None:
        d.emit(e.OfferWithdrawn(offer.id, interaction.id, offer.agent, "caller_left"))
        agent = offer.agent
    d.emit(e.CallerLeft(interaction.id, cause))
    if rung_back and interaction.queue is not None:
        source = "outage" if cause == "pbx_lost" else "abandoned"
        asked = i.CallbackAsked(interaction.id, interaction.caller, source=source)
        callbacks.promise(d, interaction, asked, interaction.queue)
    else:
        d.emit(e.InteractionClosed(interaction.id, _outcome(d, interaction, cause), f"{left}:{cause}"))
    if agent is not None:
        d.free_agent(agent)
    if rung_back:
        dialling.look(d, interaction.id)


def _callback_left(d: Deciding, interaction: Interaction, cause: str) -> None:
    """He who will be rung has hung up now; or he was rung, and left before anybody helped him."""
    if interaction.callback is not None and interaction.callback.state is CallbackState.CONNECTED:
        dialling.attempt_ended(d, interaction, "left")
    else:
        d.emit(e.CallerLeft(interaction.id, cause))
        dialling.look(d, interaction.id)


def _outcome(d: Deciding, interaction: Interaction, cause: str) -> Outcome:
    if cause in ("pbx_lost", "failed"):
        return Outcome.FAILED
    if interaction.diverted is not None:
        return _DIVERTED[interaction.diverted]
    if transfers.talked(interaction):
        return Outcome.HANDLED
    if any(recording.endswith("-voicemail") for recording in interaction.recordings) and not interaction.segment:
        return Outcome.VOICEMAIL  # nobody talked with him: it is his message
    if cause == "released" or (interaction.reports and interaction.queue is None):
        return Outcome.HANDLED  # what he dictated is a case
    queue = d.floor.queues.get(interaction.queue) if interaction.queue else None
    if queue is not None and interaction.age_from is not None:
        waited = d.now - interaction.age_from
        if waited < queue.config.short_abandon_seconds * 1000:
            return Outcome.SHORT_ABANDONED
    return Outcome.ABANDONED


def caller_resumed(d: Deciding, fact: i.CallerResumed) -> None:
    """The dialplan brought a caller back to us. Say again what the script now has to do with him."""
    interaction = d.floor.interactions.get(fact.interaction)
    if interaction is None or interaction.caller_leg.state is LegState.GONE:
        d.order(f.ReleaseCaller(fact.interaction, fact.leg))
        return
    if interaction.state is InteractionState.WRAPPING_UP:
        surveys.resume(d, interaction)
    elif interaction.state is InteractionState.OFFERED and interaction.offer is None and interaction.agent_leg:
        d.bridge(interaction, interaction.agent_leg.id)
    elif d.in_talk(interaction) and interaction.agent_leg:
        talk.bridge_again(d, interaction, interaction.agent_leg.id)
    elif interaction.state is InteractionState.QUEUED and not is_in_line(interaction):
        callbacks.release(d, interaction)
    elif interaction.state in (InteractionState.QUEUED, InteractionState.OFFERED):
        served_himself = meanwhile.leave(d, interaction, "resumed")
        d.order(f.HoldInQueue(interaction.id, prompt=meanwhile.PLACE_KEPT if served_himself else ""))
    elif interaction.diverted is Then.VOICEMAIL:
        d.order(f.TakeVoicemail(interaction.id, meanwhile.recording_of(interaction), ""))


# -- the telephone system ----------------------------------------------------------------------------------------


def pbx_gone(d: Deciding, fact: i.PbxGone) -> None:
    if d.floor.pbx_up:
        d.emit(e.PbxLost(fact.why))


def pbx_seen(d: Deciding, fact: i.PbxSeen) -> None:
    """Make the floor agree with what Asterisk has, then go on matching."""
    restarted = d.floor.pbx_boot not in ("", fact.boot)
    for interaction in list(d.floor.interactions.values()):
        _reconcile(d, interaction, fact.legs, "pbx_lost" if restarted else "hangup")
        if interaction.caller_leg.id in fact.bridged and interaction.id in d.floor.interactions:
            transfers.answered(d, interaction)
            talk.seen_bridged(d, interaction, fact.bridged)
    d.emit(e.PbxBack(fact.boot))
    for callback in list(d.floor.index.callbacks):
        dialling.look(d, callback)
    d.match_everything()


def _reconcile(d: Deciding, interaction: Interaction, legs: frozenset[LegId], cause: str) -> None:
    agent_leg = interaction.agent_leg
    if interaction.caller_leg.state is LegState.DIALLING and interaction.caller_leg.id not in legs:
        dialling.attempt_ended(d, interaction, "lost")
    elif interaction.caller_leg.state is LegState.UP and interaction.caller_leg.id not in legs:
        caller_gone(d, interaction, cause)
    elif agent_leg is not None and agent_leg.id not in legs:
        # Rung but not there any more: it failed or nobody answered. Talking: the agent hung up while we were away.
        talk.agent_leg_gone(d, i.AgentLegGone(agent_leg.id))
