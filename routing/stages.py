"""The way a waiting contact widens: first its preferred agent alone, then its queue's rules, relaxed step by step."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from routing.lines import Line
from routing.requirement import Requirement, all_of, lowered, without
from routing.rules import Contact, QueueRules, Relaxation


@dataclass(frozen=True, slots=True)
class Stage:
    """Holds from `after` ms of waiting on. `only`: this agent alone is asked."""

    after: int
    requirement: Requirement
    queues: frozenset[str]
    reserve: bool = False
    only: str = ""


def stages_of(rules: QueueRules, contact: Contact) -> tuple[Stage, ...]:
    """All stages of `contact`, by time. The first holds from the start."""
    base = Stage(0, all_of(rules.requirement, contact.requirement), frozenset((rules.id,)))
    later = sorted(rules.relaxation, key=lambda step: step.after)
    stages = (base, *(_relaxed(rules, contact, step) for step in later))
    if not contact.preferred or not rules.preferred_patience:
        return stages
    alone = Stage(0, base.requirement, base.queues, reserve=True, only=contact.preferred)
    return (alone, *(_not_before(stage, rules.preferred_patience) for stage in stages))


def stage_at(stages: Sequence[Stage], waited: int) -> int:
    """Index of the stage that holds after `waited` ms."""
    return max(index for index, stage in enumerate(stages) if stage.after <= max(waited, 0))


def _relaxed(rules: QueueRules, contact: Contact, step: Relaxation) -> Stage:
    own = rules.requirement if step.requirement is None else step.requirement
    wanted = lowered(without(all_of(own, contact.requirement), step.drop), step.lower_by)
    return Stage(step.after, wanted, frozenset((rules.id, *step.queues)), step.reserve)


def _not_before(stage: Stage, after: int) -> Stage:
    return Stage(max(stage.after, after), stage.requirement, stage.queues, stage.reserve)


@dataclass(slots=True, eq=False)
class Plan:
    """The stages contacts of one queue and requirement share, with the line of each by (stage, channel)."""

    stages: tuple[Stage, ...]
    lines: dict[tuple[int, str], Line] = field(default_factory=dict)
