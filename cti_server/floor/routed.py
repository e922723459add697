"""What routing is told of the floor: queues with their rules, agents with their places, contacts with their stages.

Called by `apply` after each change, so that `floor.index.matching` always shows the floor as it is.
"""

from heapq import heappush

from cti_server.floor.announce_plan import plan_announcements
from cti_server.floor.model import Agent, Floor, Interaction, Queue
from cti_server.floor.words import AgentState, InteractionId, InteractionState, Millis
from routing.fragments import calendar_of, rules_of
from routing.order import occupancy
from routing.requirement import Requirement
from routing.rules import VOICE, Contact, Place, Profile, When
from routing.syntax import parse

WORKING = (AgentState.OFFERED, AgentState.CONNECTED, AgentState.WRAPPING_UP)
UNREACHABLE = "unreachable"
"""Available, but no phone of his is registered."""

RESTING = "callback_over"
"""Not ready for a moment: the customer of a callback could not be reached."""

_VOICE_ONLY = frozenset((VOICE,))


# -- queues ------------------------------------------------------------------------------------------------------


def see_queue(floor: Floor, queue: Queue, at: Millis) -> None:
    """New or other rules. Who waits there keeps his age; how far he is relaxed follows from it."""
    matching = floor.index.matching
    queue_id = queue.config.queue
    matching.put_queue(rules_of(queue_id, queue.config.rules))
    floor.index.calendars.pop(queue_id, None)
    if queue.config.calendar is not None:
        floor.index.calendars[queue_id] = calendar_of(queue.config.calendar)
    matching.open_reserve(queue_id, on=queue.reserve_open)
    for contact in matching.waiting_for(queue_id):
        interaction = floor.interactions[InteractionId(contact)]
        interaction.stage = matching.first_stage(contact_of(interaction), at - _age_from(interaction))
        matching.relax(contact, interaction.stage)
        plan_stage(floor, interaction)
        plan_announcements(floor, interaction, at)


# -- agents ------------------------------------------------------------------------------------------------------


def see_agent(floor: Floor, agent: Agent) -> None:
    """Keep routing's picture of this agent: on offer only when available and some phone of his is registered."""
    matching = floor.index.matching
    if not agent.configured:
        matching.drop_agent(agent.id)
        return
    matching.put_agent(agent.id, Profile(agent.skills, {str(q): m for q, m in agent.memberships.items()}))
    matching.place(agent.id, _place(floor, agent))


def _place(floor: Floor, agent: Agent) -> Place:
    on_offer = agent.state is AgentState.AVAILABLE and bool(agent.devices)
    unreachable = agent.state is AgentState.AVAILABLE and not on_offer
    serving: tuple[str, ...] = ()
    if agent.interaction is not None:
        queue = floor.interactions[agent.interaction].queue if agent.interaction in floor.interactions else None
        serving = (queue,) if queue is not None else ()
    return Place(
        state=UNREACHABLE if unreachable else agent.state,
        channels=_VOICE_ONLY if on_offer else frozenset(),
        since=agent.idle_since,
        order=agent.idle_order,
        occupancy=occupancy(agent.busy_ms, agent.signed_in_at),
        serving=serving,
    )


# -- contacts ----------------------------------------------------------------------------------------------------


def contact_of(interaction: Interaction) -> Contact:
    """The interaction as routing sees it; ValueError when it has no queue."""
    if interaction.queue is None:
        raise ValueError(f"{interaction.id} is queued nowhere")
    return Contact(
        id=interaction.id,
        queue=interaction.queue,
        age_from=_age_from(interaction),
        order=interaction.order,
        requirement=requirement(interaction.requirement),
        channel=interaction.channel,
        priority=interaction.priority,
        grade=interaction.customer.grade,
        preferred=interaction.preferred,
        stage=interaction.stage,
    )


def requirement(text: str) -> Requirement:
    return parse(text or "anybody")


def is_in_line(interaction: Interaction) -> bool:
    """Whether it waits for an agent now; a callback that rests does not."""
    resting = interaction.callback is not None and interaction.callback.resting
    return interaction.state is InteractionState.QUEUED and not resting


def wait(floor: Floor, interaction: Interaction) -> None:
    """It waits from now on."""
    contact = contact_of(interaction)
    floor.index.matching.add_contact(contact)
    plan_stage(floor, interaction)
    for rule in floor.index.matching.rules(contact.queue).overflow:
        if rule.when is When.WAITED_OVER:
            heappush(floor.index.due, (Millis(contact.age_from + rule.limit), "overflow", interaction.id))
    if interaction.queued_at is not None:
        plan_announcements(floor, interaction, interaction.queued_at)


def plan_stage(floor: Floor, interaction: Interaction) -> None:
    """Have the floor look at it again when its next stage is due."""
    following = floor.index.matching.next_stage(interaction.id)
    if following is not None:
        heappush(floor.index.due, (Millis(following[1]), "relax", interaction.id))


def stop_waiting(floor: Floor, interaction: Interaction) -> None:
    """It is offered, sent on or gone."""
    if is_in_line(interaction) and interaction.queue is not None:
        floor.queues[interaction.queue].waiting -= 1
        floor.index.matching.remove_contact(interaction.id)
        floor.index.announcing.pop(interaction.id, None)


# -- the pace of a queue -----------------------------------------------------------------------------------------


def learn_start(floor: Floor, interaction: Interaction, at: Millis) -> None:
    """Its live offer was accepted."""
    queue, offer = interaction.queue, interaction.offer
    if queue in floor.queues and offer is not None and interaction.queued_at is not None:
        staff = floor.index.matching.staff(queue)
        floor.queues[queue].pace.started(offer.made_at - interaction.queued_at, staff, at, interaction.estimate)


def learn_work(floor: Floor, interaction: Interaction, at: Millis) -> None:
    """The agent has done with it."""
    if interaction.queue in floor.queues and interaction.answered_at is not None:
        floor.queues[interaction.queue].pace.finished(at - interaction.answered_at)


def learn_patience(floor: Floor, interaction: Interaction, at: Millis) -> None:
    """He left; if he was waiting, he gave up. A callback waits without him."""
    waited = interaction.state is InteractionState.QUEUED and interaction.callback is None
    if waited and interaction.queue is not None and interaction.queued_at:
        floor.queues[interaction.queue].pace.gave_up(at - interaction.queued_at)


def _age_from(interaction: Interaction) -> Millis:
    return interaction.age_from if interaction.age_from is not None else interaction.arrived_at
