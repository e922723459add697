"""What each event of a callback changes: a part of `apply`, by the same rules."""

from cti_server.floor import callback_events as e
from cti_server.floor.model import Callback, Floor, Interaction, Leg
from cti_server.floor.routed import learn_patience, stop_waiting
from cti_server.floor.rulebook import callback_becomes, count_dial, drop_agent_leg, enter, rule
from cti_server.floor.transitions import LEG, ensure
from cti_server.floor.words import CallbackState, InteractionId, InteractionState, LegState, Millis
from routing.fragments import calendar_of

_LOOK_EVERY = 60_000
"""How often a callback in line is looked at: it may have to leave it, as it gets late."""


def see_calling_hours(floor: Floor) -> None:
    hours = floor.dial_policy.hours
    floor.index.calling_hours = calendar_of(hours) if hours is not None else None


def see_callback(floor: Floor, interaction: Interaction) -> None:
    """After a snapshot was loaded."""
    if interaction.callback is not None:
        floor.index.callbacks[interaction.id] = None
        floor.index.look_at(interaction.id, interaction.callback.dial_until or Millis(0))


def look_again(floor: Floor, interaction: Interaction, at: Millis) -> None:
    """It is in line now."""
    callback = interaction.callback
    if callback is not None:
        callback.resting = False
        if callback.state is CallbackState.SCHEDULED:
            callback_becomes(callback, CallbackState.REQUESTED)
        floor.index.look_at(interaction.id, Millis(at + _LOOK_EVERY))


def _callback(floor: Floor, interaction: InteractionId) -> Callback:
    callback = floor.interactions[interaction].callback
    if callback is None:
        raise ValueError(f"{interaction} has no callback")
    return callback


def _rest(floor: Floor, interaction: Interaction, not_before: Millis) -> None:
    """Out of line, with nobody on the line, until then."""
    stop_waiting(floor, interaction)
    enter(interaction, InteractionState.QUEUED)
    drop_agent_leg(floor, interaction)
    interaction.agent = None
    callback = _callback(floor, interaction.id)
    callback.resting, callback.not_before = True, not_before
    floor.index.look_at(interaction.id, not_before)


@rule(e.DialPolicySet)
def _(floor: Floor, event: e.DialPolicySet, at: Millis) -> None:
    floor.dial_policy = event.policy
    see_calling_hours(floor)


@rule(e.DoNotCallChanged)
def _(floor: Floor, event: e.DoNotCallChanged, at: Millis) -> None:
    floor.do_not_call = floor.do_not_call.difference(event.removed).union(event.added)


@rule(e.CallbackRequested)
def _(floor: Floor, event: e.CallbackRequested, at: Millis) -> None:
    interaction = floor.interactions[event.interaction]
    if event.source == "abandoned":
        learn_patience(floor, interaction, at)
    stop_waiting(floor, interaction)
    enter(interaction, InteractionState.QUEUED)
    drop_agent_leg(floor, interaction)
    interaction.agent = None
    interaction.queue, interaction.requirement, interaction.priority = event.queue, event.requirement, event.priority
    interaction.queued_at, interaction.age_from = interaction.queued_at or at, event.age_from
    interaction.order = interaction.order or floor.seq
    interaction.diverted = None
    interaction.callback = Callback(
        number=event.number,
        mode=event.mode,
        source=event.source,
        state=CallbackState.SCHEDULED if event.not_before > at else CallbackState.REQUESTED,
        requested_at=at,
        not_before=event.not_before,
        expires_at=event.expires_at,
        most_attempts=event.most_attempts,
        spacing=event.spacing,
        priority=event.priority,
        reason=event.reason,
    )
    floor.index.callbacks[event.interaction] = None
    floor.index.look_at(event.interaction, event.not_before)
    floor.index.look_at(event.interaction, event.expires_at)


@rule(e.CallbackRescheduled)
def _(floor: Floor, event: e.CallbackRescheduled, at: Millis) -> None:
    _rest(floor, floor.interactions[event.interaction], event.not_before)
    callback_becomes(_callback(floor, event.interaction), CallbackState.SCHEDULED)


@rule(e.CallbackDialled)
def _(floor: Floor, event: e.CallbackDialled, at: Millis) -> None:
    interaction, callback = floor.interactions[event.interaction], _callback(floor, event.interaction)
    interaction.caller_leg = Leg(event.leg, LegState.DIALLING)
    floor.index.legs[event.leg] = event.interaction
    callback.attempts, callback.dial_until = event.attempt, event.until
    callback_becomes(callback, CallbackState.DIALLING)
    count_dial(floor, event.number, at)
    floor.index.look_at(event.interaction, event.until)


@rule(e.CallbackAnswered)
def _(floor: Floor, event: e.CallbackAnswered, at: Millis) -> None:
    leg, callback = floor.interactions[event.interaction].caller_leg, _callback(floor, event.interaction)
    leg.state, leg.pbx_channel = ensure(LEG, leg.state, LegState.UP), event.pbx_channel
    callback.dial_until = None
    callback_becomes(callback, CallbackState.CONNECTED)


@rule(e.CallbackUnattended)
def _(floor: Floor, event: e.CallbackUnattended, at: Millis) -> None:
    _rest(floor, floor.interactions[event.interaction], at)


@rule(e.CallbackAttemptEnded)
def _(floor: Floor, event: e.CallbackAttemptEnded, at: Millis) -> None:
    interaction, callback = floor.interactions[event.interaction], _callback(floor, event.interaction)
    _rest(floor, interaction, event.not_before)
    interaction.caller_leg.state = ensure(LEG, interaction.caller_leg.state, LegState.GONE)
    floor.index.legs.pop(interaction.caller_leg.id, None)
    interaction.priority = callback.priority
    callback.last_result, callback.dial_until = event.result, None
    callback_becomes(callback, CallbackState.SCHEDULED)


@rule(e.CallbackClosed)
def _(floor: Floor, event: e.CallbackClosed, at: Millis) -> None:
    callback_becomes(_callback(floor, event.interaction), event.state)
    floor.index.callbacks.pop(event.interaction, None)
