"""Rules for what a caller may do while he waits: by a key he asks to be rung, leaves a message, or serves himself."""

from enum import StrEnum

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.deciding import Deciding
from cti_server.floor.dial_policy import is_allowed
from cti_server.floor.model import Floor, Interaction
from cti_server.floor.routed import is_in_line
from cti_server.floor.words import InteractionState, LegState, RecordingId
from routing.keys import USUAL_KEYS, keys_of
from routing.rules import QueueRules

SOON = "comfort_soon"
PLACE_KEPT = "place_kept"
SELF_SERVICE = "self_service"
"""Where somebody was who hangs up in it, for the cause of the end."""
_VOICEMAIL = "voicemail"
_ALL_THREE = "waiting_options"
_OFFERS = {
    "callback": "callback_offer",
    "waiting.voicemail": "voicemail_offer",
    "waiting.self_service": "self_service_hint",
}
"""The prompts that name the usual keys, by what the key is for."""


class Wish(StrEnum):
    """What a key means, by its place in the rules of the queue."""

    CALLBACK = "callback"
    VOICEMAIL = "waiting.voicemail"
    SELF_SERVICE = "waiting.self_service"


def wishes(floor: Floor, interaction: Interaction) -> dict[str, Wish]:
    """What this caller's keys mean now; nothing unless he waits, on the line."""
    ringing = interaction.state is InteractionState.OFFERED and interaction.offer is not None
    if not (is_in_line(interaction) or ringing) or interaction.caller_leg.state is not LegState.UP:
        return {}
    if interaction.callback is not None:
        return {}
    usable = {Wish(place): key for place, key in keys_of(_rules(floor, interaction)).items()}
    if not floor.dial_policy.trunk:
        usable.pop(Wish.CALLBACK, None)
    return {key: wish for wish, key in usable.items()}


def offers(floor: Floor, interaction: Interaction) -> tuple[str, ...]:
    """The prompts that tell him his keys: the queue's own, else those that fit."""
    rules, keys = _rules(floor, interaction), wishes(floor, interaction)
    if rules.waiting.offer and keys:
        return (rules.waiting.offer,)
    usual = [place for place, key in USUAL_KEYS.items() if keys.get(key) == place]
    return (_ALL_THREE,) if len(usual) == len(USUAL_KEYS) else tuple(_OFFERS[place] for place in usual)


def key_pressed(d: Deciding, fact: i.KeyPressed) -> None:
    """By somebody who waits. While a telephone rings for him he keeps to the line: it takes seconds now."""
    interaction = d.by_leg(fact.leg)
    if interaction is None or interaction.caller_leg.id != fact.leg or interaction.self_service:
        return
    wish = wishes(d.floor, interaction).get(fact.key)
    if wish is None:
        return
    rules = _rules(d.floor, interaction).waiting
    if wish is Wish.SELF_SERVICE and rules.self_service is not None:
        d.order(f.ServeSelf(interaction.id, rules.self_service.flow, rules.self_service.step))
    elif interaction.state is InteractionState.OFFERED:
        d.order(f.Announce(interaction.id, SOON))
    elif wish is Wish.CALLBACK:
        may_ring = is_allowed(d.floor, interaction.caller)
        d.order(f.AskCallback(interaction.id, interaction.caller if may_ring else ""))
    elif wish is Wish.VOICEMAIL and rules.voicemail is not None:
        d.order(f.InviteMessage(interaction.id, rules.voicemail.say or _VOICEMAIL))


def self_service_started(d: Deciding, fact: i.SelfServiceStarted) -> None:
    interaction = d.floor.interactions.get(fact.interaction)
    if interaction is not None and wishes(d.floor, interaction) and not interaction.self_service:
        d.emit(e.SelfServiceEntered(interaction.id, fact.flow, fact.version))


def self_service_ended(d: Deciding, fact: i.SelfServiceEnded) -> None:
    """He goes on waiting, or an agent has him by now."""
    interaction = d.floor.interactions.get(fact.interaction)
    if interaction is not None and leave(d, interaction, "done"):
        d.order(f.HoldInQueue(interaction.id, prompt=PLACE_KEPT))


def leave(d: Deciding, interaction: Interaction, why: str) -> bool:
    """Whether he was serving himself; not any more."""
    if not interaction.self_service:
        return False
    d.emit(e.SelfServiceLeft(interaction.id, why))
    return True


def message_wanted(d: Deciding, fact: i.MessageWanted) -> None:
    """Unless a telephone rings for him already."""
    interaction = d.floor.interactions.get(fact.interaction)
    if interaction is None or interaction.queue is None or not wishes(d.floor, interaction):
        return
    if interaction.state is InteractionState.OFFERED:
        d.order(f.Announce(interaction.id, SOON))
        return
    leave(d, interaction, "done")
    d.emit(e.VoicemailChosen(interaction.id, interaction.queue))
    d.order(f.TakeVoicemail(interaction.id, recording_of(interaction), "", invited=True))


def recording_of(interaction: Interaction) -> RecordingId:
    """His message."""
    return RecordingId(f"{interaction.id}-voicemail")


def _rules(floor: Floor, interaction: Interaction) -> QueueRules:
    return floor.index.matching.rules(interaction.queue or "")
