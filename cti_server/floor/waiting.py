"""Rules for waiting: into a queue, wider step by step, on to somewhere else."""

from dataclasses import replace

from cti_server.floor import callbacks, meanwhile, transfers
from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.deciding import Deciding
from cti_server.floor.inputs import RefusedError
from cti_server.floor.model import Interaction
from cti_server.floor.routed import contact_of, is_in_line
from cti_server.floor.words import AgentId, InteractionId, InteractionState, LegState, QueueId
from routing.overflow import ON_ARRIVAL, WHILE_WAITING, Situation, pick_overflow
from routing.requirement import all_of, has, requirement_of
from routing.rules import Contact, Overflow, Then, When

FALLBACK_QUEUE = QueueId("general")
"""Where a caller goes whose flow names a queue that is not there: to a person, never into nothing."""


# -- into the queue ----------------------------------------------------------------------------------------------


def queue_requested(d: Deciding, fact: i.QueueRequested) -> None:
    interaction = d.floor.interactions.get(fact.interaction)
    if interaction is None or interaction.state is not InteractionState.IN_FLOW:
        return
    transfers.settle(d, interaction, "lost")
    queue = _queue_or_fallback(d, fact.queue)
    if queue is None:
        d.order(f.ReleaseCaller(interaction.id, interaction.caller_leg.id, "system_fault"))
        return
    # A wish on a customer's record that nobody here could ever fulfil must not keep him waiting for ever.
    wished = (has(skill, level) for skill, level in interaction.customer.skills.items())
    wishes = [wish for wish in wished if d.floor.index.matching.roster.meets(wish)]
    contact = Contact(
        id=interaction.id,
        queue=queue,
        age_from=d.now,
        order=interaction.order,
        requirement=all_of(requirement_of(fact.skills), *wishes),
        channel=interaction.channel,
        priority=fact.priority,
        grade=interaction.customer.grade,
        preferred=interaction.customer.agent,
    )
    _enter(d, interaction, contact, "flow")


def _queue_or_fallback(d: Deciding, queue: QueueId) -> QueueId | None:
    if queue in d.floor.queues:
        return queue
    return FALLBACK_QUEUE if FALLBACK_QUEUE in d.floor.queues else next(iter(d.floor.queues), None)


def _enter(d: Deciding, interaction: Interaction, contact: Contact, why: str) -> None:
    """Into its queue, or where the overflow rules of that send whoever comes now."""
    rule = pick_overflow(d.floor.index.matching.rules(contact.queue), _situation(d, contact), ON_ARRIVAL)
    if rule is None or not _divert(d, interaction, contact, rule):
        d.enqueue(interaction, contact, why)


def _situation(d: Deciding, contact: Contact) -> Situation:
    matching, queue = d.floor.index.matching, QueueId(contact.queue)
    waiting = matching.waiting_in(queue)
    at_once = matching.could_offer(d.staged(contact))
    forecast = None if at_once else d.forecast(queue, waiting)
    calendar = d.floor.index.calendars.get(queue)
    return Situation(
        waiting=waiting,
        staff=matching.staff(queue),
        estimate=forecast.expected_ms if forecast else None,
        waited=d.now - contact.age_from,
        closed=calendar is not None and not calendar.is_open(d.now),
        emergency=d.floor.queues[queue].emergency,
    )


# -- on to somewhere else ----------------------------------------------------------------------------------------


def _divert(d: Deciding, interaction: Interaction, contact: Contact, rule: Overflow) -> bool:
    """Whether `rule` could be followed. Nobody is sent in circles: a queue that sent him on does not get him again."""
    queue, target = QueueId(contact.queue), QueueId(rule.target)
    if rule.then is not Then.QUEUE and interaction.caller_leg.state is not LegState.UP:
        return False  # a callback: nobody is there to hear anything
    if rule.then is Then.CALLBACK and not callbacks.divert(d, interaction, queue):
        return False
    if rule.then is Then.QUEUE and (target not in d.floor.queues or target == queue or target in interaction.passed):
        return False
    if rule.then is not Then.QUEUE:
        meanwhile.leave(d, interaction, "sent_on")
    d.emit(e.ContactOverflowed(interaction.id, queue, rule.when, rule.then, rule.target))
    if rule.then is Then.QUEUE:
        _enter(d, interaction, replace(contact, queue=target), "overflow")
    elif rule.then is Then.VOICEMAIL:
        d.order(f.TakeVoicemail(interaction.id, meanwhile.recording_of(interaction), rule.target))
    elif rule.then is Then.CALLBACK:
        asked = i.CallbackAsked(interaction.id, interaction.caller, source="overflow")
        callbacks.promise(d, interaction, asked, queue)
        d.order(f.ReleaseCaller(interaction.id, interaction.caller_leg.id, rule.target or callbacks.PROMISED))
    else:
        d.order(f.ReleaseCaller(interaction.id, interaction.caller_leg.id, rule.target))
    return True


def voicemail_started(d: Deciding, fact: i.VoicemailStarted) -> None:
    interaction = d.floor.interactions.get(fact.interaction)
    if interaction is not None and fact.recording not in interaction.recordings:
        d.emit(e.RecordingStarted(fact.recording, interaction.id, AgentId(""), interaction.segment))


def waited_long(d: Deciding, interaction_id: InteractionId) -> None:
    """A limit of waiting may have been reached."""
    interaction = d.floor.interactions.get(interaction_id)
    if interaction is not None:
        _review(d, interaction)


def _review(d: Deciding, interaction: Interaction) -> None:
    """Send a waiting contact on if a rule for those who wait holds now."""
    if not is_in_line(interaction):
        return
    contact = contact_of(interaction)
    rules = d.floor.index.matching.rules(contact.queue)
    rule = pick_overflow(rules, _situation(d, contact), WHILE_WAITING)
    if rule is not None:
        _divert(d, interaction, contact, rule)


def emergency_requested(d: Deciding, request: i.EmergencyRequested) -> None:
    known = d.floor.queues.get(request.queue)
    if known is None:
        raise RefusedError("unknown_queue", f"There is no queue {request.queue}.")
    if known.emergency == request.on:
        return
    d.emit(e.EmergencySet(request.queue, request.on, request.user))
    _review_queue(d, request.queue)


def agent_departed(d: Deciding, agent: AgentId) -> None:
    """He signed out: nobody waits for him alone any more, nor in a queue that nobody is left to serve."""
    matching = d.floor.index.matching
    for contact in matching.waiting_alone_for(agent):
        following = matching.next_stage(contact)
        interaction = d.floor.interactions[InteractionId(contact)]
        if following is not None and interaction.queue is not None:
            d.emit(e.ContactRelaxed(interaction.id, interaction.queue, following[0], "preferred_left"))
            d.match_contact(interaction)
    for queue, known in d.floor.queues.items():
        d.touched.add(queue)
        unattended = any(rule.when is When.UNATTENDED for rule in matching.rules(queue).overflow)
        if unattended and known.waiting and matching.staff(queue) == 0:
            _review_queue(d, queue)


def _review_queue(d: Deciding, queue: QueueId) -> None:
    for contact in d.floor.index.matching.waiting_for(queue):
        _review(d, d.floor.interactions[InteractionId(contact)])


# -- wider -------------------------------------------------------------------------------------------------------


def relax(d: Deciding, interaction_id: InteractionId) -> None:
    """The contact's next stage is due, unless it was planned by rules that hold no longer."""
    matching = d.floor.index.matching
    following = matching.next_stage(interaction_id) if matching.is_waiting(interaction_id) else None
    interaction = d.floor.interactions.get(interaction_id)
    if following is None or interaction is None or interaction.queue is None or following[1] > d.now:
        return
    d.emit(e.ContactRelaxed(interaction.id, interaction.queue, following[0]))
    d.match_contact(interaction)


def review_reserve(d: Deciding, queue: QueueId) -> None:
    """Call the reserve while the last in line would wait too long; let it go when the wait is half of that again."""
    known = d.floor.queues.get(queue)
    limit = d.floor.index.matching.rules(queue).reserve_over if known else None
    if known is None or limit is None:
        return
    needed = False
    if known.waiting:
        forecast = d.forecast(queue, known.waiting - 1)
        # None: nobody but the reserve is there.
        needed = forecast is None or forecast.expected_ms > (limit / 2 if known.reserve_open else limit)
    if needed != known.reserve_open:
        d.emit(e.ReserveSet(queue, needed))
        if needed:
            d.match_queue(queue)
