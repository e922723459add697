"""What each event changes: the only code that writes to a `Floor`. No decisions here: an event has happened."""

from heapq import heappush

from cti_server.floor import apply_surveys as apply_surveys  # its rules count from here on
from cti_server.floor import apply_transfers as apply_transfers
from cti_server.floor import apply_waiting as apply_waiting
from cti_server.floor import events as e
from cti_server.floor.apply_callbacks import look_again, see_callback, see_calling_hours
from cti_server.floor.apply_reports import forget_report
from cti_server.floor.model import Agent, Choice, Floor, Interaction, Leg, Offer, Queue
from cti_server.floor.routed import (
    RESTING,
    WORKING,
    is_in_line,
    learn_patience,
    learn_start,
    learn_work,
    plan_stage,
    see_agent,
    see_queue,
    stop_waiting,
    wait,
)
from cti_server.floor.rulebook import RULES
from cti_server.floor.rulebook import drop_agent_leg as _drop_agent_leg
from cti_server.floor.rulebook import enter as _enter
from cti_server.floor.rulebook import rule as _rule
from cti_server.floor.transitions import AGENT, LEG, OFFER, ensure
from cti_server.floor.words import (
    AgentState,
    InteractionId,
    InteractionState,
    LegId,
    LegState,
    Millis,
    OfferState,
)
from routing.rules import Then


def apply(floor: Floor, recorded: e.Recorded) -> None:
    """Change `floor` by one event. `recorded.seq` must follow `floor.seq`."""
    if recorded.seq != floor.seq + 1:
        raise ValueError(f"event {recorded.seq} does not follow {floor.seq}")
    floor.seq = recorded.seq
    RULES[type(recorded.event)](floor, recorded.event, recorded.at)


def reindex(floor: Floor) -> None:
    """Rebuild what is derived, after a floor was loaded from a snapshot."""
    for queue in floor.queues.values():
        see_queue(floor, queue, Millis(0))
    see_calling_hours(floor)
    for agent in floor.agents.values():
        see_agent(floor, agent)
        _plan_rest(floor, agent)
    for interaction in floor.interactions.values():
        for leg in (interaction.caller_leg, interaction.agent_leg):
            if leg is not None and leg.state is not LegState.GONE:
                floor.index.legs[leg.id] = interaction.id
        if is_in_line(interaction):
            wait(floor, interaction)
        see_callback(floor, interaction)
        if interaction.offer is not None:
            heappush(floor.index.due, (interaction.offer.expires_at, "offer", interaction.offer.id))
        if interaction.wrap_up_expires_at is not None:
            heappush(floor.index.due, (interaction.wrap_up_expires_at, "wrap_up", interaction.id))


def _plan_rest(floor: Floor, agent: Agent) -> None:
    if (agent.state, agent.reason) == (AgentState.NOT_READY, RESTING):
        until = Millis(agent.since + floor.dial_policy.rest_seconds * 1000)
        heappush(floor.index.due, (until, "rest", agent.id))


# -- directory ---------------------------------------------------------------------------------------------------


@_rule(e.QueueConfigured)
def _(floor: Floor, event: e.QueueConfigured, at: Millis) -> None:
    known = floor.queues.get(event.queue)
    if known is None:
        known = floor.queues[event.queue] = Queue(config=event)
    known.config = event
    see_queue(floor, known, at)


@_rule(e.QueueRemoved)
def _(floor: Floor, event: e.QueueRemoved, at: Millis) -> None:
    del floor.queues[event.queue]
    floor.index.matching.drop_queue(event.queue)


@_rule(e.ReserveSet)
def _(floor: Floor, event: e.ReserveSet, at: Millis) -> None:
    floor.queues[event.queue].reserve_open = event.on
    floor.index.matching.open_reserve(event.queue, on=event.on)


@_rule(e.EmergencySet)
def _(floor: Floor, event: e.EmergencySet, at: Millis) -> None:
    floor.queues[event.queue].emergency = event.on


@_rule(e.AgentConfigured)
def _(floor: Floor, event: e.AgentConfigured, at: Millis) -> None:
    agent = floor.agents.get(event.agent)
    if agent is None:
        agent = floor.agents[event.agent] = Agent(id=event.agent, name=event.name, skills=event.skills, since=at)
    agent.name, agent.skills, agent.configured = event.name, event.skills, True
    agent.memberships = event.memberships
    see_agent(floor, agent)


@_rule(e.AgentRemoved)
def _(floor: Floor, event: e.AgentRemoved, at: Millis) -> None:
    agent = floor.agents[event.agent]
    agent.configured = False
    see_agent(floor, agent)
    if agent.interaction is None:
        del floor.agents[event.agent]


# -- agents ------------------------------------------------------------------------------------------------------


@_rule(e.AgentStateChanged)
def _(floor: Floor, event: e.AgentStateChanged, at: Millis) -> None:
    agent = floor.agents[event.agent]
    before = agent.state
    agent.state = ensure(AGENT, before, event.state)
    if before is AgentState.SIGNED_OUT and event.state is not AgentState.SIGNED_OUT:
        agent.signed_in_at, agent.busy_ms = at, 0
    elif before in WORKING:
        agent.busy_ms += at - agent.since
    agent.reason, agent.since, agent.interaction = event.reason, at, event.interaction
    if event.state is AgentState.AVAILABLE and before is not AgentState.OFFERED:
        agent.idle_since, agent.idle_order = at, floor.seq
    if event.state in (AgentState.AVAILABLE, AgentState.NOT_READY, AgentState.SIGNED_OUT):
        agent.wanted, agent.wanted_reason = AgentState.AVAILABLE, ""
        if not agent.configured:
            del floor.agents[event.agent]
    see_agent(floor, agent)
    _plan_rest(floor, agent)


@_rule(e.AgentWantedChanged)
def _(floor: Floor, event: e.AgentWantedChanged, at: Millis) -> None:
    agent = floor.agents[event.agent]
    agent.wanted, agent.wanted_reason = event.state, event.reason


@_rule(e.AgentDevicesChanged)
def _(floor: Floor, event: e.AgentDevicesChanged, at: Millis) -> None:
    agent = floor.agents[event.agent]
    agent.devices = event.devices
    see_agent(floor, agent)


# -- interactions ------------------------------------------------------------------------------------------------


@_rule(e.InteractionStarted)
def _(floor: Floor, event: e.InteractionStarted, at: Millis) -> None:
    floor.interactions[event.interaction] = Interaction(
        id=event.interaction,
        channel=event.channel,
        direction=event.direction,
        caller=event.caller,
        caller_name=event.caller_name,
        dialled=event.dialled,
        customer=event.customer,
        state=InteractionState.ARRIVING,
        arrived_at=at,
        caller_leg=Leg(event.leg, LegState.UP if event.leg else LegState.GONE, event.pbx_channel),
    )
    if event.leg:
        floor.index.legs[event.leg] = event.interaction


@_rule(e.FlowEntered)
def _(floor: Floor, event: e.FlowEntered, at: Millis) -> None:
    interaction = floor.interactions[event.interaction]
    _enter(interaction, InteractionState.IN_FLOW)
    interaction.flow, interaction.flow_version, interaction.language = event.flow, event.version, event.language


@_rule(e.FlowStepTaken)
def _(floor: Floor, event: e.FlowStepTaken, at: Millis) -> None:
    floor.interactions[event.interaction].path.append(Choice(event.step, event.keys, event.label))


@_rule(e.LanguageChosen)
def _(floor: Floor, event: e.LanguageChosen, at: Millis) -> None:
    floor.interactions[event.interaction].language = event.language


@_rule(e.AttributesSet)
def _(floor: Floor, event: e.AttributesSet, at: Millis) -> None:
    interaction = floor.interactions[event.interaction]
    interaction.attributes = {**interaction.attributes, **event.attributes}


@_rule(e.ContactQueued)
def _(floor: Floor, event: e.ContactQueued, at: Millis) -> None:
    interaction = floor.interactions[event.interaction]
    _enter(interaction, InteractionState.QUEUED)
    interaction.queue, interaction.requirement, interaction.priority = event.queue, event.requirement, event.priority
    interaction.queued_at, interaction.age_from = at, event.age_from
    interaction.preferred, interaction.stage, interaction.estimate = event.preferred, event.stage, event.estimate
    interaction.order = interaction.order or floor.seq
    interaction.agent = None
    _drop_agent_leg(floor, interaction)
    floor.queues[event.queue].waiting += 1
    look_again(floor, interaction, at)
    wait(floor, interaction)


@_rule(e.ContactRelaxed)
def _(floor: Floor, event: e.ContactRelaxed, at: Millis) -> None:
    interaction = floor.interactions[event.interaction]
    interaction.stage = event.stage
    floor.index.matching.relax(event.interaction, event.stage)
    plan_stage(floor, interaction)


@_rule(e.ContactOverflowed)
def _(floor: Floor, event: e.ContactOverflowed, at: Millis) -> None:
    interaction = floor.interactions[event.interaction]
    stop_waiting(floor, interaction)
    _enter(interaction, InteractionState.IN_FLOW)
    interaction.queue = event.queue
    interaction.passed.append(event.queue)
    interaction.diverted = None if event.then is Then.QUEUE else event.then


@_rule(e.OfferMade)
def _(floor: Floor, event: e.OfferMade, at: Millis) -> None:
    interaction = floor.interactions[event.interaction]
    stop_waiting(floor, interaction)
    _enter(interaction, InteractionState.OFFERED)
    interaction.offers_made += 1
    interaction.offer = Offer(event.offer, event.agent, event.device, OfferState.RINGING, at, event.expires_at)
    interaction.agent_leg = Leg(LegId(event.offer), LegState.DIALLING)
    floor.index.legs[interaction.agent_leg.id] = event.interaction
    heappush(floor.index.due, (event.expires_at, "offer", event.offer))


@_rule(e.OfferRinging)
def _(floor: Floor, event: e.OfferRinging, at: Millis) -> None:
    _offer(floor, event.interaction).rang = True


@_rule(e.OfferAccepted)
def _(floor: Floor, event: e.OfferAccepted, at: Millis) -> None:
    interaction = floor.interactions[event.interaction]
    learn_start(floor, interaction, at)
    _end_offer(floor, event.interaction, OfferState.ACCEPTED)
    interaction.agent, interaction.answered_at = event.agent, at
    if interaction.agent_leg is not None:
        interaction.agent_leg.state = ensure(LEG, interaction.agent_leg.state, LegState.UP)


@_rule(e.OfferDeclined)
def _(floor: Floor, event: e.OfferDeclined, at: Millis) -> None:
    _end_offer(floor, event.interaction, OfferState.DECLINED)


@_rule(e.OfferMissed)
def _(floor: Floor, event: e.OfferMissed, at: Millis) -> None:
    _end_offer(floor, event.interaction, OfferState.MISSED)


@_rule(e.OfferWithdrawn)
def _(floor: Floor, event: e.OfferWithdrawn, at: Millis) -> None:
    _end_offer(floor, event.interaction, OfferState.WITHDRAWN)


def _offer(floor: Floor, interaction: InteractionId) -> Offer:
    offer = floor.interactions[interaction].offer
    if offer is None:
        raise ValueError(f"{interaction} has no live offer")
    return offer


def _end_offer(floor: Floor, interaction_id: InteractionId, state: OfferState) -> None:
    offer = _offer(floor, interaction_id)
    offer.state = ensure(OFFER, offer.state, state)
    interaction = floor.interactions[interaction_id]
    interaction.offer = None
    if state is not OfferState.ACCEPTED:
        _drop_agent_leg(floor, interaction)


@_rule(e.InteractionConnected)
def _(floor: Floor, event: e.InteractionConnected, at: Millis) -> None:
    interaction = floor.interactions[event.interaction]
    _enter(interaction, InteractionState.CONNECTED)
    interaction.segment = event.segment
    interaction.connected_at = interaction.connected_at or at


@_rule(e.InteractionHeld)
def _(floor: Floor, event: e.InteractionHeld, at: Millis) -> None:
    interaction = floor.interactions[event.interaction]
    _enter(interaction, InteractionState.HELD)
    interaction.held_at = at


@_rule(e.InteractionResumed)
def _(floor: Floor, event: e.InteractionResumed, at: Millis) -> None:
    interaction = floor.interactions[event.interaction]
    _enter(interaction, InteractionState.CONNECTED)
    interaction.held_at = None


@_rule(e.AgentLegReplaced)
def _(floor: Floor, event: e.AgentLegReplaced, at: Millis) -> None:
    interaction = floor.interactions[event.interaction]
    _drop_agent_leg(floor, interaction)
    interaction.agent_leg = Leg(event.new, LegState.UP)
    floor.index.legs[event.new] = event.interaction


@_rule(e.TalkEnded)
def _(floor: Floor, event: e.TalkEnded, at: Millis) -> None:
    interaction = floor.interactions[event.interaction]
    interaction.talk_ended_at, interaction.held_at = at, None
    _drop_agent_leg(floor, interaction)


@_rule(e.WrapUpStarted)
def _(floor: Floor, event: e.WrapUpStarted, at: Millis) -> None:
    interaction = floor.interactions[event.interaction]
    _enter(interaction, InteractionState.WRAPPING_UP)
    interaction.wrap_up_expires_at = event.expires_at
    heappush(floor.index.due, (event.expires_at, "wrap_up", event.interaction))


@_rule(e.WrapUpCompleted)
def _(floor: Floor, event: e.WrapUpCompleted, at: Millis) -> None:
    interaction = floor.interactions[event.interaction]
    interaction.disposition, interaction.note = event.disposition, event.note
    learn_work(floor, interaction, at)
    interaction.wrap_up_expires_at = None


@_rule(e.CustomerAssigned)
def _(floor: Floor, event: e.CustomerAssigned, at: Millis) -> None:
    interaction = floor.interactions.get(event.interaction)
    if interaction is not None:
        interaction.customer = event.customer


@_rule(e.CallerLeft)
def _(floor: Floor, event: e.CallerLeft, at: Millis) -> None:
    interaction = floor.interactions[event.interaction]
    interaction.self_service, leg = "", interaction.caller_leg
    leg.state = ensure(LEG, leg.state, LegState.GONE)
    floor.index.legs.pop(leg.id, None)


@_rule(e.InteractionClosed)
def _(floor: Floor, event: e.InteractionClosed, at: Millis) -> None:
    interaction = floor.interactions.pop(event.interaction)
    learn_patience(floor, interaction, at)
    stop_waiting(floor, interaction)
    _enter(interaction, InteractionState.CLOSED)
    _drop_agent_leg(floor, interaction)


# -- recordings, telephone system --------------------------------------------------------------------------------


@_rule(e.RecordingStarted)
def _(floor: Floor, event: e.RecordingStarted, at: Millis) -> None:
    floor.interactions[event.interaction].recordings.append(event.recording)


@_rule(e.RecordingStored)
def _(floor: Floor, event: e.RecordingStored, at: Millis) -> None:
    """Files are no business of the live floor; the journal's readers keep them."""
    forget_report(floor, event.recording)


@_rule(e.RecordingMissing)
def _(floor: Floor, event: e.RecordingMissing, at: Millis) -> None:
    forget_report(floor, event.recording)


@_rule(e.PbxLost)
def _(floor: Floor, event: e.PbxLost, at: Millis) -> None:
    floor.pbx_up = False


@_rule(e.PbxBack)
def _(floor: Floor, event: e.PbxBack, at: Millis) -> None:
    floor.pbx_up, floor.pbx_boot = True, event.boot
