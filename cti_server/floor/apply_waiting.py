"""What each event of a waiting caller changes: a part of `apply`, by the same rules."""

from cti_server.floor import waiting_events as e
from cti_server.floor.announce_plan import plan_announcements
from cti_server.floor.model import Floor
from cti_server.floor.routed import is_in_line, learn_patience, stop_waiting
from cti_server.floor.rulebook import enter, rule
from cti_server.floor.words import InteractionState, Millis
from routing.rules import Then


@rule(e.WaitTold)
def _(floor: Floor, event: e.WaitTold, at: Millis) -> None:
    floor.interactions[event.interaction].promise = event.promise


@rule(e.SelfServiceEntered)
def _(floor: Floor, event: e.SelfServiceEntered, at: Millis) -> None:
    floor.interactions[event.interaction].self_service = event.flow
    floor.index.announcing.pop(event.interaction, None)


@rule(e.SelfServiceLeft)
def _(floor: Floor, event: e.SelfServiceLeft, at: Millis) -> None:
    interaction = floor.interactions[event.interaction]
    interaction.self_service = ""
    if is_in_line(interaction):
        plan_announcements(floor, interaction, at)


@rule(e.VoicemailChosen)
def _(floor: Floor, event: e.VoicemailChosen, at: Millis) -> None:
    interaction = floor.interactions[event.interaction]
    learn_patience(floor, interaction, at)
    stop_waiting(floor, interaction)
    enter(interaction, InteractionState.IN_FLOW)
    interaction.diverted = Then.VOICEMAIL
