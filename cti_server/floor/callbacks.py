"""Rules for asking for a callback, and for moving, cancelling and taking up one that is open."""

from dataclasses import replace

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor import transfers
from cti_server.floor.deciding import Deciding
from cti_server.floor.dial_policy import ensure_allowed, first_time, is_allowed
from cti_server.floor.dialling import end, look
from cti_server.floor.inputs import RefusedError
from cti_server.floor.model import Callback, Floor, Interaction
from cti_server.floor.routed import contact_of
from cti_server.floor.words import (
    CallbackMode,
    CallbackState,
    InteractionId,
    InteractionState,
    LegId,
    LegState,
    Millis,
    QueueId,
)
from routing.requirement import all_of, has, requirement_of, text_of

PROMISED = "callback_accepted"
_LONGEST_REASON = 500
_NUMBERS_AT_ONCE = 1000
"""Of the do-not-call list, in one event."""
_FURTHEST = 10
"""Times as far ahead as a callback is kept, one can be asked for."""


def policy_loaded(d: Deciding, fact: i.DialPolicyLoaded) -> None:
    if fact.policy != d.floor.dial_policy:
        d.emit(e.DialPolicySet(fact.policy))


def do_not_call_loaded(d: Deciding, fact: i.DoNotCallLoaded) -> None:
    """Open callbacks to a number that came onto the list end, unless its owner is on the line already."""
    known = d.floor.do_not_call
    added, removed = sorted(fact.numbers - known), sorted(known - fact.numbers)
    for first in range(0, max(len(added), len(removed)), _NUMBERS_AT_ONCE):
        some = slice(first, first + _NUMBERS_AT_ONCE)
        d.emit(e.DoNotCallChanged(tuple(added[some]), tuple(removed[some])))
    for id_ in list(d.floor.index.callbacks):
        interaction = d.floor.interactions[id_]
        waits = interaction.state in (InteractionState.QUEUED, InteractionState.OFFERED)
        number = interaction.callback.number if interaction.callback is not None else ""
        if number in fact.numbers and waits and interaction.caller_leg.state is not LegState.UP:
            end(d, interaction, CallbackState.CANCELLED, "do_not_call")


# -- asking for one ----------------------------------------------------------------------------------------------


def asked(d: Deciding, request: i.CallbackAsked) -> None:
    """By somebody on the phone: he keeps his interaction, and his place if he has one."""
    interaction = d.floor.interactions.get(request.interaction)
    if interaction is None or interaction.caller_leg.state is not LegState.UP:
        raise RefusedError("unknown_interaction", f"Nobody is on the phone in {request.interaction}.")
    waits = interaction.state is InteractionState.QUEUED
    if interaction.callback is not None or not (waits or interaction.state is InteractionState.IN_FLOW):
        raise RefusedError("being_served", f"Interaction {interaction.id} is {interaction.state}.")
    queue = interaction.queue if waits else request.queue or interaction.queue
    if queue is None or queue not in d.floor.queues:
        raise RefusedError("unknown_queue", f"There is no queue {queue}.")
    ensure_allowed(d, request.number)
    _ensure_only(d, queue, request.number)
    _ensure_in_time(d, request.not_before)
    if request.slot:
        _ensure_room(d, queue, request.not_before)
    transfers.settle(d, interaction, "lost")
    promise(d, interaction, request, queue)
    release(d, interaction)


def release(d: Deciding, interaction: Interaction) -> None:
    """Tell him on the phone that he will be rung, and when, if that is not soon; then let him go."""
    callback = interaction.callback
    at = callback.not_before if callback is not None and callback.not_before > d.now else Millis(0)
    d.order(f.ReleaseCaller(interaction.id, interaction.caller_leg.id, PROMISED, at))


def placed(d: Deciding, request: i.CallbackPlaced) -> None:
    """For somebody who is not on the phone. Asked again with the same id, nothing happens."""
    if request.interaction in d.floor.interactions:
        return
    if request.queue not in d.floor.queues:
        raise RefusedError("unknown_queue", f"There is no queue {request.queue}.")
    ensure_allowed(d, request.number)
    _ensure_only(d, request.queue, request.number)
    _ensure_in_time(d, request.not_before)
    if request.slot:
        _ensure_room(d, request.queue, request.not_before)
    d.emit(
        e.InteractionStarted(
            interaction=request.interaction,
            channel="voice",
            direction="callback",
            caller=request.number,
            caller_name="",
            dialled="",
            customer=request.customer,
            leg=LegId(""),
            pbx_channel="",
        )
    )
    interaction = d.floor.interactions[request.interaction]
    promise(d, interaction, request, request.queue)
    look(d, interaction.id)


def promise(d: Deciding, interaction: Interaction, request: i.CallbackAsked | i.CallbackPlaced, queue: QueueId) -> None:
    """It was checked: whoever the interaction is with will be rung, at the place he has or gets now."""
    policy, rules = d.floor.dial_policy, d.floor.index.matching.rules(queue)
    first = first_time(d.floor, queue, Millis(max(request.not_before, d.now)))
    d.emit(
        e.CallbackRequested(
            interaction=interaction.id,
            number=request.number,
            mode=request.mode or CallbackMode(rules.callback.mode),
            source=request.source,
            queue=queue,
            requirement=interaction.requirement or _wishes(d, interaction, request.skills),
            priority=max(interaction.priority, request.priority),
            age_from=interaction.age_from if interaction.age_from is not None else d.now,
            not_before=first,
            expires_at=Millis(first + policy.kept),
            most_attempts=policy.attempts,
            spacing=policy.spacing,
            reason=request.reason[:_LONGEST_REASON],
        )
    )


def _wishes(d: Deciding, interaction: Interaction, skills: dict[str, int]) -> str:
    """What is asked for besides the queue's own; what nobody here could ever do is not."""
    meets = d.floor.index.matching.roster.meets
    wished = (has(skill, level) for skill, level in interaction.customer.skills.items())
    return text_of(all_of(requirement_of(skills), *(wish for wish in wished if meets(wish))))


def _ensure_only(d: Deciding, queue: QueueId, number: str) -> None:
    if open_callback(d.floor, number, queue) is not None:
        raise RefusedError("callback_open", f"A callback to {number} is open already.")


def _ensure_room(d: Deciding, queue: QueueId, at: Millis) -> None:
    if taken(d.floor, queue, at) >= d.floor.dial_policy.slot_capacity:
        raise RefusedError("slot_full", "Nobody else can be promised this time.")
    if at < d.now or first_time(d.floor, queue, at) != at:
        raise RefusedError("slot_closed", "Customers are not rung at this time.")


def _ensure_in_time(d: Deciding, at: Millis) -> None:
    if at > d.now + d.floor.dial_policy.kept * _FURTHEST:
        raise RefusedError("too_late", "A callback cannot be promised that far ahead.")


def taken(floor: Floor, queue: QueueId, at: Millis) -> int:
    """How many callbacks of `queue` are due in the slot of `at`."""
    slot = floor.dial_policy.slot
    others = (floor.interactions[id_] for id_ in floor.index.callbacks)
    mine = (other.callback for other in others if other.queue == queue and other.callback is not None)
    return sum(one.state is CallbackState.SCHEDULED and one.not_before // slot == at // slot for one in mine)


def open_callback(floor: Floor, number: str, queue: QueueId | None = None) -> Interaction | None:
    """The open callback to `number`, if there is one (in `queue`)."""
    for id_ in floor.index.callbacks:
        interaction = floor.interactions[id_]
        theirs = interaction.callback is not None and interaction.callback.number == number
        if theirs and (queue is None or interaction.queue == queue):
            return interaction
    return None


def callback_of(floor: Floor, customer: e.Customer) -> Interaction | None:
    """The open callback of whoever calls now: to the number he calls from, or to another one of the same customer."""
    found = open_callback(floor, customer.phone) if customer.phone else None
    sure = not customer.prospect and not customer.candidates
    theirs = (floor.interactions[id_] for id_ in floor.index.callbacks)
    found = found or next((other for other in theirs if sure and other.customer.id == customer.id), None)
    idle = found is not None and found.state in (InteractionState.QUEUED, InteractionState.OFFERED)
    return found if idle else None


def divert(d: Deciding, interaction: Interaction, queue: QueueId) -> bool:
    """Whether he whom a rule of `queue` sends to a callback can be rung."""
    if interaction.caller_leg.state is not LegState.UP or not is_allowed(d.floor, interaction.caller):
        return False
    return open_callback(d.floor, interaction.caller, queue) is None


def abandoned(d: Deciding, interaction: Interaction, cause: str) -> bool:
    """Whether he who leaves the line now will be rung: his queue wants that, and he waited long enough."""
    queue = interaction.queue
    waited = interaction.state in (InteractionState.QUEUED, InteractionState.OFFERED)
    if interaction.self_service and cause == "hangup":
        return False  # he has helped himself, as far as anybody can tell
    if not waited or queue is None or queue not in d.floor.queues or interaction.age_from is None:
        return False
    least = d.floor.index.matching.rules(queue).callback.abandoned
    if least is None or cause not in ("hangup", "pbx_lost"):
        return False
    return (cause == "pbx_lost" or d.now - interaction.age_from >= least) and divert(d, interaction, queue)


# -- requests about one ------------------------------------------------------------------------------------------


def _open(d: Deciding, id_: InteractionId) -> tuple[Interaction, Callback]:
    interaction = d.floor.interactions.get(id_)
    callback = interaction.callback if interaction else None
    if interaction is None or callback is None or id_ not in d.floor.index.callbacks:
        raise RefusedError("unknown_callback", f"There is no open callback {id_}.")
    if interaction.state not in (InteractionState.QUEUED, InteractionState.OFFERED):
        raise RefusedError("callback_under_way", "Somebody talks with the customer.")
    return interaction, callback


def cancelled(d: Deciding, request: i.CallbackCancelled) -> None:
    interaction, _ = _open(d, request.interaction)
    end(d, interaction, CallbackState.CANCELLED, "asked", request.by)


def moved(d: Deciding, request: i.CallbackMoved) -> None:
    interaction, callback = _open(d, request.interaction)
    if interaction.state is InteractionState.OFFERED or interaction.caller_leg.state is not LegState.GONE:
        raise RefusedError("callback_under_way", "The customer is being rung.")
    _ensure_in_time(d, request.not_before)
    queue, slot = interaction.queue or QueueId(""), d.floor.dial_policy.slot
    first = first_time(d.floor, queue, Millis(max(request.not_before, d.now)))
    other_slot = first // slot != callback.not_before // slot
    if other_slot and taken(d.floor, queue, first) >= d.floor.dial_policy.slot_capacity:
        raise RefusedError("slot_full", "Nobody else can be promised this time.")
    d.emit(e.CallbackRescheduled(interaction.id, first, "asked", request.by))
    look(d, interaction.id)


def taken_up(d: Deciding, request: i.CallbackTakenUp) -> None:
    """He rang again and does not want to wait for it: he gets the place it had."""
    interaction = d.floor.interactions.get(request.interaction)
    known, _ = _open(d, request.callback)
    if interaction is None or interaction.state is not InteractionState.IN_FLOW:
        raise RefusedError("unknown_interaction", f"Interaction {request.interaction} is in no flow.")
    transfers.settle(d, interaction, "lost")
    place = contact_of(known)
    end(d, known, CallbackState.COMPLETED, "rang_again")
    d.enqueue(interaction, replace(place, id=interaction.id, preferred=interaction.customer.agent), "callback")
