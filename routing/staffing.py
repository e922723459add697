"""Who could serve what if everybody were signed in. Sets of agents are bits, as in `roster`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from routing.requirement import HIGHEST_LEVEL, AllOf, Has, Requirement, all_of
from routing.roster import Roster
from routing.rules import BEST_MEMBERSHIP, Profile, QueueRules
from routing.stages import Stage


@dataclass(slots=True)
class Staffing:
    roster: Roster
    open_queues: frozenset[str]
    _ranked: dict[str, dict[int, int]] = field(default_factory=dict)
    """Queue → membership priority → bits."""

    def of(self, stage: Stage, *, reserve: bool = False) -> int:
        """Bits of all who could serve the stage; with `reserve` also those of its reserve."""
        found = 0
        for queue in stage.queues:
            only = queue not in self.open_queues
            found |= self.roster.members(queue, only=only, reserve=reserve or stage.reserve)
        return found & self.roster.meets(stage.requirement)

    def best_rank(self, queue: str, staff: int) -> int:
        """The best membership priority for `queue` among `staff`, none being the best."""
        ranked = self._ranked.get(queue, {})
        members = 0
        for bits in ranked.values():
            members |= bits
        if staff & ~members:
            return BEST_MEMBERSHIP
        return min((priority for priority, bits in ranked.items() if bits & staff), default=BEST_MEMBERSHIP)

    def unmet(self, requirement: Requirement) -> Requirement:
        """The smallest part, of a requirement nobody meets, that nobody meets."""
        if not isinstance(requirement, AllOf):
            return requirement
        for part in requirement.parts:
            if not self.roster.meets(part):
                return self.unmet(part)
        needed = list(requirement.parts)
        for part in requirement.parts:
            fewer = [one for one in needed if one is not part]
            if not self.roster.meets(all_of(*fewer)):
                needed = fewer
        return all_of(*needed)

    def best_level(self, skill: str) -> int:
        """The highest level of `skill` any agent has, 0 for none."""
        levels = range(HIGHEST_LEVEL, 0, -1)
        return next((level for level in levels if self.roster.meets(Has(skill, level))), 0)


def staffing_of(queues: Iterable[QueueRules], agents: Mapping[str, Profile]) -> Staffing:
    """Of these queues with these agents."""
    roster = Roster()
    staffing = Staffing(roster, frozenset(rules.id for rules in queues if not rules.members_only))
    for id_, profile in agents.items():
        agent = roster.put(id_, profile)
        for queue, membership in profile.memberships.items():
            ranked = staffing._ranked.setdefault(queue, {})
            ranked[membership.priority] = ranked.get(membership.priority, 0) | agent.bit
    return staffing
