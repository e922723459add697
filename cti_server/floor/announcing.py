"""Rules for what a waiting caller hears: comfort, position, estimated wait, his keys. One announcement at a time."""

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import meanwhile
from cti_server.floor.announce_plan import GAP, comfort_at, schedule
from cti_server.floor.deciding import Deciding
from cti_server.floor.model import Announcing, Interaction
from cti_server.floor.words import InteractionId, Millis, QueueId
from routing.rules import WaitingRules
from routing.telling import promise

SOON = "comfort_soon"
_TOGETHER = 5_000
"""What is due within so many ms is said together."""
_OFFERS_EVERY = 3
"""Announcements: the first names the keys, then one of so many."""


def announce(d: Deciding, interaction_id: InteractionId, when: Millis) -> None:
    """Something is due for this caller, unless that was planned before something else happened."""
    plan = d.floor.index.announcing.get(interaction_id)
    if plan is None or plan.at != when:
        return
    interaction = d.floor.interactions[interaction_id]
    queue = d.floor.queues[interaction.queue or QueueId("")]
    rules = d.floor.index.matching.rules(queue.config.queue).waiting
    every = queue.config.announce_seconds * 1000
    comfort = _comfort(d, interaction, rules, plan)
    ahead, minutes, longer = None, 0, False
    if plan.position_at is not None and plan.position_at <= d.now + _TOGETHER:
        plan.position_at = Millis(d.now + every) if every else None
        ahead = d.floor.index.matching.ahead_of(interaction_id)
        minutes, longer = _wait(d, interaction, ahead) if rules.estimate else (0, False)
        if ahead == 0 and (minutes > 1 or plan.next_told):
            # "In a moment" is said once, and not of minutes.
            comfort, ahead = comfort or ("" if minutes > 1 else SOON), None
        plan.next_told = plan.next_told or ahead == 0
        minutes = 0 if ahead == 0 else minutes
    if comfort or ahead is not None or minutes:
        offers = meanwhile.offers(d.floor, interaction) if plan.told % _OFFERS_EVERY == 0 else ()
        plan.told += 1
        d.order(f.Announce(interaction_id, comfort, ahead, minutes, longer, offers))
    schedule(d.floor, interaction, plan, Millis(d.now + min(every or GAP, GAP)))


def _comfort(d: Deciding, interaction: Interaction, rules: WaitingRules, plan: Announcing) -> str:
    """The latest prompt that is due; what our server slept through is left out."""
    due = ""
    while (at := comfort_at(interaction, rules, plan.comforts)) is not None and at <= d.now + _TOGETHER:
        due = rules.comfort[plan.comforts].say if at >= d.now - GAP else ""
        plan.comforts += 1
    return due


def _wait(d: Deciding, interaction: Interaction, ahead: int) -> tuple[int, bool]:
    """About how many minutes, and whether that is longer than he was told; 0: better say nothing."""
    queue = interaction.queue or QueueId("")
    forecast = d.forecast(queue, ahead)
    if forecast is None:
        return 0, False
    before = interaction.promise
    told = promise(before, forecast, d.floor.queues[queue].pace.works, d.now)
    if told is None:
        return 0, False
    if told != before:
        d.emit(e.WaitTold(interaction.id, told))
    return told.minutes, before is not None and told.slips > before.slips
