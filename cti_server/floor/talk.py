"""Rules for talking and what follows it: bridge, hold, losing and regaining the agent, hang-up, wrap-up, recordings."""

from cti_server.floor import dialling, surveys
from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.deciding import Deciding, next_recording
from cti_server.floor.inputs import RefusedError
from cti_server.floor.model import Interaction
from cti_server.floor.words import (
    AgentId,
    AgentState,
    CallbackState,
    InteractionId,
    InteractionState,
    LegId,
    LegState,
    Outcome,
    RecordingId,
)


def _party(d: Deciding, leg: LegId) -> tuple[Interaction, AgentId] | None:
    """The talk in which `leg` is the agent's side."""
    interaction = d.by_leg(leg)
    if interaction is None or interaction.agent_leg is None or interaction.agent_leg.id != leg:
        return None
    return (interaction, interaction.agent) if interaction.agent is not None else None


def legs_bridged(d: Deciding, fact: i.LegsBridged) -> None:
    found = _party(d, fact.agent_leg)
    if found is None or found[0].id != fact.interaction or found[0].state is not InteractionState.OFFERED:
        return
    interaction, agent = found
    if interaction.caller_leg.state is not LegState.UP:
        return
    d.emit(e.InteractionConnected(interaction.id, agent, interaction.segment + 1))
    if fact.recording is not None:
        d.emit(e.RecordingStarted(fact.recording, interaction.id, agent, interaction.segment))
    dialling.handled_elsewhere(d, interaction)


def seen_bridged(d: Deciding, interaction: Interaction, bridged: frozenset[LegId]) -> None:
    """Caller and agent talk. If a server died between letting them and writing that down, it is written down now."""
    leg = interaction.agent_leg
    if leg is not None and leg.id in bridged and interaction.offer is None:
        legs_bridged(d, i.LegsBridged(interaction.id, leg.id, next_recording(interaction)))


def bridge_failed(d: Deciding, fact: i.BridgeFailed) -> None:
    agent_leg_gone(d, i.AgentLegGone(fact.agent_leg, lost=True))


def agent_leg_gone(d: Deciding, fact: i.AgentLegGone) -> None:
    interaction = d.by_leg(fact.leg)
    if interaction is None or interaction.agent_leg is None or interaction.agent_leg.id != fact.leg:
        return
    offer, agent = interaction.offer, interaction.agent
    if offer is not None:
        d.emit(e.OfferMissed(offer.id, interaction.id, offer.agent, "failed"))
        d.agent_becomes(offer.agent, AgentState.NOT_READY, "missed_offer")
        d.queue_again(interaction, "missed")
    elif agent is not None and d.in_talk(interaction) and not fact.lost:
        _agent_ended(d, interaction, agent)
    elif agent is not None:
        _agent_lost(d, interaction, agent)


def _agent_lost(d: Deciding, interaction: Interaction, agent: AgentId) -> None:
    """The agent's side vanished (or was gone before the bridge stood): the caller stays, another agent is found."""
    if d.in_talk(interaction):
        d.emit(e.TalkEnded(interaction.id, agent, interaction.segment, "lost"))
    unattended = dialling.agent_lost(d, interaction)
    wanted = d.floor.agents[agent].wanted
    if wanted is AgentState.SIGNED_OUT:
        d.agent_becomes(agent, wanted)
    else:
        d.agent_becomes(agent, AgentState.NOT_READY, "connection_lost")
    if unattended:
        return
    d.order(f.HoldInQueue(interaction.id, lost_agent=True))
    d.queue_again(interaction, "agent_lost")


def _agent_ended(d: Deciding, interaction: Interaction, agent: AgentId) -> None:
    d.emit(e.TalkEnded(interaction.id, agent, interaction.segment, "agent"))
    if not surveys.ask(d, interaction, agent):
        d.order(f.ReleaseCaller(interaction.id, interaction.caller_leg.id, "goodbye"))
    d.start_wrap_up(interaction, agent)


def hang_up(d: Deciding, request: i.HangUpRequested) -> None:
    interaction = d.own(request.agent, request.interaction)
    if interaction.caller_leg.state is LegState.DIALLING:
        d.order(f.HangUpLeg(interaction.caller_leg.id))
        dialling.attempt_ended(d, interaction, "agent_left")
        return
    if not d.in_talk(interaction) or interaction.agent_leg is None:
        raise RefusedError("not_connected", f"Interaction {interaction.id} is {interaction.state}, nothing to end.")
    d.order(f.HangUpLeg(interaction.agent_leg.id))
    _agent_ended(d, interaction, request.agent)


def caller_gone(d: Deciding, interaction: Interaction, cause: str) -> None:
    """The caller leaves a talk, or the last that was left of him after it."""
    agent, leg = interaction.agent, interaction.agent_leg
    talking = d.in_talk(interaction)
    d.emit(e.CallerLeft(interaction.id, cause))
    if not talking:
        _close_when_done(d, interaction)
        return
    if leg is not None:
        d.order(f.HangUpLeg(leg.id))
    if agent is not None:
        by = "pbx_lost" if cause == "pbx_lost" else "caller"
        d.emit(e.TalkEnded(interaction.id, agent, interaction.segment, by))
        d.start_wrap_up(interaction, agent)


# -- reloaded page -----------------------------------------------------------------------------------------------


def rejoin(d: Deciding, request: i.RejoinRequested) -> None:
    interaction = d.own(request.agent, request.interaction)
    agent, leg = d.agent(request.agent), interaction.agent_leg
    if not d.in_talk(interaction) or leg is None:
        raise RefusedError("not_connected", f"Interaction {interaction.id} is {interaction.state}: nothing to rejoin.")
    if not agent.devices:
        raise RefusedError("no_phone", f"No phone of agent {agent.id} is registered; wait until it is.")
    stem, _, tries = leg.id.partition("~")
    new = LegId(f"{stem}~{int(tries or 0) + 1}")
    d.order(f.RejoinAgent(interaction.id, agent.id, agent.devices[0], leg.id, new))


def rejoined(d: Deciding, fact: i.AgentRejoined) -> None:
    found = _party(d, fact.old)
    if found is None or not d.in_talk(found[0]):
        d.order(f.HangUpLeg(fact.new))
        return
    interaction, agent = found
    d.emit(e.AgentLegReplaced(interaction.id, agent, fact.old, fact.new))
    if interaction.state is InteractionState.HELD:
        d.emit(e.InteractionResumed(interaction.id, agent))
    bridge_again(d, interaction, fact.new)
    d.order(f.HangUpLeg(fact.old))


def bridge_again(d: Deciding, interaction: Interaction, agent_leg: LegId) -> None:
    """The talk goes on with `agent_leg`; nothing happens while the caller is in a bridge."""
    recording = RecordingId(f"{interaction.id}-{interaction.segment}")
    d.order(f.BridgeCaller(interaction.id, agent_leg, recording, again=True))


# -- hold --------------------------------------------------------------------------------------------------------


def leg_held(d: Deciding, fact: i.LegHeld) -> None:
    found = _party(d, fact.leg)
    if found and found[0].state is InteractionState.CONNECTED:
        d.emit(e.InteractionHeld(found[0].id, found[1]))


def leg_resumed(d: Deciding, fact: i.LegResumed) -> None:
    found = _party(d, fact.leg)
    if found and found[0].state is InteractionState.HELD:
        d.emit(e.InteractionResumed(found[0].id, found[1]))


# -- wrap-up -----------------------------------------------------------------------------------------------------


def wrap_up_submitted(d: Deciding, request: i.WrapUpSubmitted) -> None:
    interaction = d.own(request.agent, request.interaction)
    if interaction.state is not InteractionState.WRAPPING_UP:
        raise RefusedError(
            "not_wrapping_up",
            f"Interaction {interaction.id} is {interaction.state}; it can be completed once the conversation is over.",
        )
    _complete(d, interaction, request.agent, request.disposition, request.note, timed_out=False)


def wrap_up_expired(d: Deciding, interaction_id: InteractionId) -> None:
    interaction = d.floor.interactions.get(interaction_id)
    if interaction is not None and interaction.wrap_up_expires_at is not None and interaction.agent is not None:
        _complete(d, interaction, interaction.agent, "", "", timed_out=True)


def _complete(
    d: Deciding, interaction: Interaction, agent: AgentId, disposition: str, note: str, *, timed_out: bool
) -> None:
    d.emit(e.WrapUpCompleted(interaction.id, agent, disposition, note, timed_out))
    _close_when_done(d, interaction)
    d.free_agent(agent)


def _close_when_done(d: Deciding, interaction: Interaction) -> None:
    """Closed is: nobody on the line any more, and the agent has noted what he wanted."""
    if interaction.wrap_up_expires_at is None and interaction.caller_leg.state is LegState.GONE:
        if interaction.callback is not None:
            d.emit(e.CallbackClosed(interaction.id, CallbackState.COMPLETED, "talked"))
        d.emit(e.InteractionClosed(interaction.id, Outcome.HANDLED, "completed"))


# -- recordings --------------------------------------------------------------------------------------------------


def recording_failed(d: Deciding, fact: i.RecordingFailed) -> None:
    d.emit(e.RecordingMissing(fact.recording, fact.interaction, fact.why))
