"""When a waiting caller hears something next. One entry in the floor's heap for each, none for who hears nothing."""

from cti_server.floor.model import Announcing, Floor, Interaction
from cti_server.floor.words import LegState, Millis, QueueId
from routing.rules import WaitingRules

GAP = 10_000
"""Between two announcements, if the queue does not ask for shorter ones."""


def plan_announcements(floor: Floor, interaction: Interaction, since: Millis) -> None:
    """From `since` on. Nothing while he serves himself."""
    floor.index.announcing.pop(interaction.id, None)
    queue = floor.queues.get(interaction.queue or QueueId(""))
    if queue is None or interaction.self_service or interaction.caller_leg.state is not LegState.UP:
        return
    every = queue.config.announce_seconds * 1000
    rules = floor.index.matching.rules(queue.config.queue).waiting
    waited = since - (interaction.age_from or since)
    comforts = sum(one.after <= waited for one in rules.comfort)
    plan = Announcing(since, Millis(since + every) if every else None, comforts)
    schedule(floor, interaction, plan, since)


def schedule(floor: Floor, interaction: Interaction, plan: Announcing, not_before: Millis) -> None:
    """At what is due first, but not before."""
    rules = floor.index.matching.rules(interaction.queue or "").waiting
    times = [time for time in (plan.position_at, comfort_at(interaction, rules, plan.comforts)) if time is not None]
    if times:
        plan.at = Millis(max(not_before, min(times)))
        floor.index.announce(interaction.id, plan)
    else:
        floor.index.announcing.pop(interaction.id, None)


def comfort_at(interaction: Interaction, rules: WaitingRules, number: int) -> Millis | None:
    """When he hears the comforting prompt `number` (from 0)."""
    if number >= len(rules.comfort) or interaction.age_from is None:
        return None
    return Millis(interaction.age_from + rules.comfort[number].after)
