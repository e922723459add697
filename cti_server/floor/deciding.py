"""One step in progress: the floor, the time, what has been decided so far; and the two picks every rule may need."""

from dataclasses import dataclass, field

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor.apply import apply
from cti_server.floor.inputs import RefusedError
from cti_server.floor.model import Agent, Floor, Interaction
from cti_server.floor.words import (
    AgentId,
    AgentState,
    InteractionId,
    InteractionState,
    LegId,
    Millis,
    OfferId,
    QueueId,
)


@dataclass(frozen=True, slots=True)
class Step:
    """The outcome of one input: events in journal order, effects in the order to perform them."""

    events: tuple[e.Recorded, ...]
    effects: tuple[f.Effect, ...]


class BrokenStepError(Exception):
    """A rule failed: a bug of ours. `step` holds what had happened by then; losing it would tear the journal."""

    def __init__(self, step: Step) -> None:
        super().__init__("a rule of the floor failed half-way")
        self.step = step


@dataclass(slots=True)
class Deciding:
    floor: Floor
    now: Millis
    events: list[e.Recorded] = field(default_factory=list)
    effects: list[f.Effect] = field(default_factory=list)

    def emit(self, event: e.Event) -> None:
        """It happened: apply it, and put it in the journal."""
        recorded = e.Recorded(self.floor.seq + 1, self.now, event)
        apply(self.floor, recorded)
        self.events.append(recorded)

    def order(self, effect: f.Effect) -> None:
        """The world shall do this once the events of this step are safe."""
        self.effects.append(effect)

    def done(self) -> Step:
        return Step(tuple(self.events), tuple(self.effects))

    # -- look-ups ------------------------------------------------------------------------------------------------

    def agent(self, agent: AgentId) -> Agent:
        """A known agent, else RefusedError `unknown_agent`."""
        known = self.floor.agents.get(agent)
        if known is None or not known.configured:
            raise RefusedError("unknown_agent", f"There is no agent {agent} in the directory.")
        return known

    def by_leg(self, leg: LegId) -> Interaction | None:
        interaction = self.floor.index.legs.get(leg)
        return self.floor.interactions[interaction] if interaction is not None else None

    def own(self, agent: AgentId, interaction: InteractionId) -> Interaction:
        """The interaction `agent` is in now, else RefusedError `not_your_interaction`."""
        found = self.floor.interactions.get(interaction)
        if found is None or self.agent(agent).interaction != interaction:
            raise RefusedError("not_your_interaction", f"Agent {agent} is not in interaction {interaction}.")
        return found

    # -- what several rules do -----------------------------------------------------------------------------------

    def agent_becomes(
        self, agent: AgentId, state: AgentState, reason: str = "", interaction: InteractionId | None = None
    ) -> None:
        self.emit(e.AgentStateChanged(agent, state, reason, interaction))

    def free_agent(self, agent: AgentId) -> None:
        """Work is done: the agent becomes what he asked for, and takes the next contact if that is 'available'."""
        known = self.floor.agents[agent]
        self.agent_becomes(agent, known.wanted, known.wanted_reason)
        self.match_agent(agent)

    def queue_again(self, interaction: Interaction, why: str) -> None:
        """Back to waiting, with the age and priority it had; a lost agent puts it before others of its priority."""
        queue = interaction.queue or QueueId("")
        age_from = interaction.age_from or interaction.arrived_at
        priority = interaction.priority + (1 if why == "agent_lost" else 0)
        self.emit(e.ContactQueued(interaction.id, queue, interaction.requirement, priority, age_from, why))
        self.match_contact(interaction)

    def match_contact(self, interaction: Interaction) -> None:
        """Offer a waiting contact to the best available agent, if there is one."""
        if not self.floor.pbx_up or not self.floor.index.matching.is_waiting(interaction.id):
            return
        agent = self.floor.index.matching.pick_agent(interaction.id)
        if agent is not None:
            self._offer(interaction, self.floor.agents[AgentId(agent)])

    def match_agent(self, agent: AgentId) -> None:
        """Offer an available agent the most urgent contact he may serve, if there is one."""
        if not self.floor.pbx_up or not self.floor.index.matching.is_available(agent):
            return
        contact = self.floor.index.matching.pick_contact(agent)
        if contact is not None:
            self._offer(self.floor.interactions[InteractionId(contact)], self.floor.agents[agent])

    def match_everything(self) -> None:
        """After a time without matching: contacts in order of urgency."""
        for contact in list(self.floor.index.matching.waiting_contacts()):
            self.match_contact(self.floor.interactions[InteractionId(contact)])

    def _offer(self, interaction: Interaction, agent: Agent) -> None:
        ring_seconds = self.floor.queues[interaction.queue or QueueId("")].config.ring_seconds
        offer = OfferId(f"{interaction.id}.{interaction.offers_made + 1}")
        device = agent.devices[0]
        expires_at = Millis(self.now + ring_seconds * 1000)
        self.emit(e.OfferMade(offer, interaction.id, agent.id, device, expires_at))
        self.agent_becomes(agent.id, AgentState.OFFERED, interaction=interaction.id)
        self.order(
            f.RingAgent(
                offer=offer,
                interaction=interaction.id,
                agent=agent.id,
                device=device,
                leg=LegId(offer),
                ring_seconds=ring_seconds,
                caller=interaction.caller,
                caller_name=interaction.customer.name or interaction.caller_name,
            )
        )

    def start_wrap_up(self, interaction: Interaction, agent: AgentId) -> None:
        """Talk is over for this agent: time to note what it was about, unless the queue gives none."""
        queue = self.floor.queues.get(interaction.queue or QueueId(""))
        seconds = queue.config.wrap_up_seconds if queue else 0
        self.emit(e.WrapUpStarted(interaction.id, agent, Millis(self.now + seconds * 1000)))
        self.agent_becomes(agent, AgentState.WRAPPING_UP, interaction=interaction.id)

    @staticmethod
    def in_talk(interaction: Interaction) -> bool:
        return interaction.state in (InteractionState.CONNECTED, InteractionState.HELD)
