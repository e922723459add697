"""Who comes first: the due time of contacts, the key of agents. Both are fixed while somebody waits, so nothing ages by
polling: two contacts, or two idle agents, keep their order for as long as both are there."""

from collections.abc import Mapping

from routing.requirement import Requirement, wanted_in
from routing.rules import AgentOrder, Contact, Place, Profile, QueueRules

_USUAL_SHARE = 0.7
_SHIFT = 8 * 3_600_000

ContactKey = tuple[int, int, str]
"""(due time in ms, arrival number, contact): the earliest due is served first."""

AgentKey = tuple[int, float, int, int]
"""(membership priority, points of the queue's policy, idle since, order): the smallest is picked."""


def contact_key(rules: QueueRules, contact: Contact) -> ContactKey:
    head_start = rules.priority_head_start * contact.priority + rules.grade_head_start.get(contact.grade, 0)
    return (contact.age_from + rules.target - head_start, contact.order, contact.id)


def longest_head_start(rules: QueueRules, highest_priority: int) -> int:
    """How much later than a contact of no priority another may arrive and still be served before it, ms."""
    grades = max(rules.grade_head_start.values(), default=0)
    return rules.priority_head_start * highest_priority + max(grades, 0)


def occupancy(worked: int, signed_in_at: int) -> float:
    """How much more than his share an agent has worked, as `Place` wants it: percent of an eight-hour shift, from
    `worked` ms since `signed_in_at`.

    Seven tenths of the time since he signed in are his share. It grows alike for all who are idle, so the present time
    is left out, and two idle agents keep their order. The quotient of work and time would not: it falls faster the
    shorter an agent is there, and one who worked hard in the morning would rest until the evening.
    """
    return 100 * (worked + _USUAL_SHARE * signed_in_at) / _SHIFT


def agent_key(rules: QueueRules, requirement: Requirement, profile: Profile, place: Place, rank: int) -> AgentKey:
    """`rank` is the membership priority that counts."""
    return (rank, _points(rules, requirement, profile, place), place.since, place.order)


def _points(rules: QueueRules, requirement: Requirement, profile: Profile, place: Place) -> float:
    match rules.agent_order:
        case AgentOrder.LONGEST_IDLE:
            return 0.0
        case AgentOrder.LEAST_OCCUPIED:
            return place.occupancy
        case AgentOrder.MOST_SKILLED:
            return -float(_asked_levels(requirement, profile.skills))
        case AgentOrder.LEAST_SKILLED:
            return float(sum(profile.skills.values()))
        case AgentOrder.WEIGHTED:
            weights = rules.weights
            asked = wanted_in(requirement)
            spare = sum(1 for skill in profile.skills if skill not in asked)
            return (
                weights.idle_second * place.since / 1000
                - weights.skill_level * _asked_levels(requirement, profile.skills)
                - weights.spare_skill * spare
                - weights.occupancy_percent * place.occupancy
            )


def _asked_levels(requirement: Requirement, skills: Mapping[str, int]) -> int:
    return sum(skills.get(skill, 0) for skill in wanted_in(requirement))
