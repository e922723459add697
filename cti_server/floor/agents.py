"""Rules for agents: signing in and out, being ready, their phones, and the directory they come from."""

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.deciding import Deciding
from cti_server.floor.inputs import RefusedError
from cti_server.floor.model import Agent
from cti_server.floor.words import AgentState, LegId

_WORKING = (AgentState.OFFERED, AgentState.CONNECTED, AgentState.WRAPPING_UP)


def sign_in(d: Deciding, request: i.SignInRequested) -> None:
    if d.agent(request.agent).state is AgentState.SIGNED_OUT:
        d.agent_becomes(request.agent, AgentState.NOT_READY, "signed_in")


def sign_out(d: Deciding, request: i.SignOutRequested) -> None:
    _become(d, d.agent(request.agent), AgentState.SIGNED_OUT, "")


def ready(d: Deciding, request: i.ReadyRequested) -> None:
    agent = d.agent(request.agent)
    if agent.state is AgentState.SIGNED_OUT:
        raise RefusedError("signed_out", "Sign in first: a signed-out agent cannot be offered calls.")
    _become(d, agent, AgentState.AVAILABLE, "")
    d.match_agent(agent.id)


def not_ready(d: Deciding, request: i.NotReadyRequested) -> None:
    agent = d.agent(request.agent)
    if agent.state is AgentState.SIGNED_OUT:
        raise RefusedError("signed_out", "Sign in first.")
    _become(d, agent, AgentState.NOT_READY, request.reason)


def _become(d: Deciding, agent: Agent, state: AgentState, reason: str) -> None:
    """At once when idle; after the present work otherwise."""
    if agent.state in _WORKING:
        if (agent.wanted, agent.wanted_reason) != (state, reason):
            d.emit(e.AgentWantedChanged(agent.id, state, reason))
    elif (agent.state, agent.reason) != (state, reason):
        d.agent_becomes(agent.id, state, reason)


def devices_seen(d: Deciding, fact: i.DevicesSeen) -> None:
    agent = d.floor.agents.get(fact.agent)
    if agent is None or agent.devices == fact.devices:
        return
    d.emit(e.AgentDevicesChanged(agent.id, fact.devices))
    interaction = d.floor.interactions.get(agent.interaction) if agent.interaction else None
    offer = interaction.offer if interaction else None
    if interaction is not None and offer is not None and offer.device not in fact.devices:
        # The ringing phone vanished (page reloaded, network gone): somebody else is rung at once, nobody is blamed.
        d.order(f.HangUpLeg(LegId(offer.id)))
        d.emit(e.OfferWithdrawn(offer.id, interaction.id, agent.id, "device_lost"))
        d.agent_becomes(agent.id, agent.wanted, agent.wanted_reason)
        d.queue_again(interaction, "withdrawn")
    d.match_agent(agent.id)


def directory_loaded(d: Deciding, fact: i.DirectoryLoaded) -> None:
    changed = False
    for queue in fact.queues:
        known = d.floor.queues.get(queue.queue)
        if known is None or known.config != queue:
            d.emit(queue)
            changed = True
    if changed:  # also for those who wait in a neighbour and have been widened to one of these
        d.match_everything()
    for configured in fact.agents:
        agent = d.floor.agents.get(configured.agent)
        if agent is None or not agent.configured or _differs(agent, configured):
            d.emit(configured)
            d.match_agent(configured.agent)
    _remove_missing(d, fact)


def _differs(agent: Agent, configured: e.AgentConfigured) -> bool:
    before = (agent.name, agent.skills, agent.memberships)
    return before != (configured.name, configured.skills, configured.memberships)


def _remove_missing(d: Deciding, fact: i.DirectoryLoaded) -> None:
    agents = {agent.agent for agent in fact.agents}
    for agent in [agent for agent in d.floor.agents.values() if agent.configured and agent.id not in agents]:
        d.emit(e.AgentRemoved(agent.id))
        d.departed.append(agent.id)
    queues = {queue.queue for queue in fact.queues}
    used = {interaction.queue for interaction in d.floor.interactions.values()}
    for queue in [queue for queue in d.floor.queues if queue not in queues and queue not in used]:
        d.emit(e.QueueRemoved(queue))
