"""One step in progress: the floor, the time, what has been decided so far; and the two picks every rule may need."""

from dataclasses import dataclass, field, replace

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor.apply import apply
from cti_server.floor.inputs import RefusedError
from cti_server.floor.model import Agent, Floor, Interaction
from cti_server.floor.parts import OfferReason
from cti_server.floor.routed import RESTING, contact_of
from cti_server.floor.words import (
    AgentId,
    AgentState,
    InteractionId,
    InteractionState,
    LegId,
    Millis,
    OfferId,
    QueueId,
    RecordingId,
)
from routing import Decision
from routing.estimate import Estimate
from routing.requirement import text_of
from routing.rules import Contact


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
    departed: list[AgentId] = field(default_factory=list)
    """Agents who signed out or were removed in this step."""
    touched: set[QueueId] = field(default_factory=set)
    """Queues whose waiting line changed in this step."""

    def emit(self, event: e.Event) -> None:
        """It happened: apply it, and put it in the journal."""
        if isinstance(event, e.ContactQueued | e.ContactOverflowed | e.VoicemailChosen):
            self.touched.add(event.queue)
        elif isinstance(event, e.InteractionClosed):
            self.touched.add(self.floor.interactions[event.interaction].queue or QueueId(""))
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
        if state is AgentState.SIGNED_OUT:
            self.departed.append(agent)

    def rest_agent(self, agent: AgentId) -> None:
        """A customer could not be reached: a moment for a note, then the next contact."""
        wants_more = self.floor.agents[agent].wanted is AgentState.AVAILABLE
        if wants_more and self.floor.dial_policy.rest_seconds:
            self.agent_becomes(agent, AgentState.NOT_READY, RESTING)
        else:
            self.free_agent(agent)

    def free_agent(self, agent: AgentId) -> None:
        """Work is done: the agent becomes what he asked for, and takes the next contact if that is 'available'."""
        known = self.floor.agents[agent]
        self.agent_becomes(agent, known.wanted, known.wanted_reason)
        self.match_agent(agent)

    def queue_again(self, interaction: Interaction, why: str) -> None:
        """Back to waiting, with the age and priority it had; a lost agent puts it before others of its priority."""
        contact = contact_of(interaction)
        if why == "agent_lost":
            contact = replace(contact, priority=contact.priority + 1)
        elif why == "declined":
            contact = replace(contact, preferred="")
        self.enqueue(interaction, contact, why)

    def enqueue(self, interaction: Interaction, wanted: Contact, why: str) -> None:
        """It waits in the queue of `wanted` from now on, or is offered at once."""
        matching = self.floor.index.matching
        queue = QueueId(wanted.queue)
        contact = self.staged(wanted)
        forecast = None if matching.could_offer(contact) else self.forecast(queue, matching.waiting_in(queue))
        self.emit(
            e.ContactQueued(
                interaction=interaction.id,
                queue=queue,
                requirement=text_of(contact.requirement),
                priority=contact.priority,
                age_from=Millis(contact.age_from),
                why=why,
                preferred=AgentId(contact.preferred),
                stage=contact.stage,
                estimate=forecast,
            )
        )
        self.match_contact(interaction)

    def staged(self, wanted: Contact) -> Contact:
        """`wanted` as it would wait in its queue now: at which stage, and whether for an agent of its own."""
        matching = self.floor.index.matching
        if not matching.rules(wanted.queue).preferred_patience or not matching.is_signed_in(wanted.preferred):
            wanted = replace(wanted, preferred="")
        return replace(wanted, stage=matching.first_stage(wanted, self.now - wanted.age_from))

    def forecast(self, queue: QueueId, ahead: int) -> Estimate | None:
        """How long somebody behind `ahead` others waits in `queue` from now; None when nobody is there to serve it."""
        staff = self.floor.index.matching.staff(queue)
        return self.floor.queues[queue].pace.estimate(ahead, staff, self.now)

    def match_contact(self, interaction: Interaction) -> None:
        """Offer a waiting contact to the best available agent, if there is one."""
        if not self.floor.pbx_up or not self.floor.index.matching.is_waiting(interaction.id):
            return
        decision = self.floor.index.matching.pick_agent(interaction.id)
        if decision is not None:
            self._offer(decision)

    def match_agent(self, agent: AgentId) -> None:
        """Offer an available agent the most urgent contact he may serve, if there is one."""
        if not self.floor.pbx_up or not self.floor.index.matching.is_available(agent):
            return
        decision = self.floor.index.matching.pick_contact(agent)
        if decision is not None:
            self._offer(decision)

    def match_queue(self, queue: QueueId) -> None:
        """Others may serve `queue` than a moment ago."""
        for contact in self.floor.index.matching.waiting_for(queue):
            self.match_contact(self.floor.interactions[InteractionId(contact)])

    def match_everything(self) -> None:
        """After a time without matching: contacts in order of urgency."""
        for contact in list(self.floor.index.matching.waiting_contacts()):
            self.match_contact(self.floor.interactions[InteractionId(contact)])

    def _offer(self, decision: Decision) -> None:
        interaction = self.floor.interactions[InteractionId(decision.contact)]
        agent = self.floor.agents[AgentId(decision.agent)]
        self.touched.add(QueueId(decision.queue))
        ring_seconds = self.floor.queues[interaction.queue or QueueId("")].config.ring_seconds
        offer = OfferId(f"{interaction.id}.{interaction.offers_made + 1}")
        device = agent.devices[0]
        expires_at = Millis(self.now + ring_seconds * 1000)
        self.emit(e.OfferMade(offer, interaction.id, agent.id, device, expires_at, _reason(decision)))
        self.agent_becomes(agent.id, AgentState.OFFERED, interaction=interaction.id)
        self.order(
            f.RingAgent(
                offer=offer,
                interaction=interaction.id,
                agent=agent.id,
                device=device,
                leg=LegId(offer),
                ring_seconds=ring_seconds,
                caller=interaction.callback.number if interaction.callback else interaction.caller,
                caller_name=interaction.customer.name or interaction.caller_name,
            )
        )

    def bridge(self, interaction: Interaction, agent_leg: LegId) -> None:
        """Both are on the line: let them talk, recorded."""
        self.order(f.BridgeCaller(interaction.id, agent_leg, next_recording(interaction)))

    def start_wrap_up(self, interaction: Interaction, agent: AgentId) -> None:
        """Talk is over for this agent: time to note what it was about, unless the queue gives none."""
        queue = self.floor.queues.get(interaction.queue or QueueId(""))
        seconds = queue.config.wrap_up_seconds if queue else 0
        self.emit(e.WrapUpStarted(interaction.id, agent, Millis(self.now + seconds * 1000)))
        self.agent_becomes(agent, AgentState.WRAPPING_UP, interaction=interaction.id)

    @staticmethod
    def in_talk(interaction: Interaction) -> bool:
        return interaction.state in (InteractionState.CONNECTED, InteractionState.HELD)


def _reason(decision: Decision) -> OfferReason:
    return OfferReason(
        side=decision.side,
        order=decision.order,
        stage=decision.stage,
        requirement=text_of(decision.requirement),
        rivals=decision.rivals,
        preferred=decision.preferred,
        held_back=decision.held_back,
    )


def next_recording(interaction: Interaction) -> RecordingId:
    """Of the talk that comes next."""
    return RecordingId(f"{interaction.id}-{interaction.segment + 1}")
