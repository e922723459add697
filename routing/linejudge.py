"""Which lines an agent may serve, worked out for all lines at once: a set of lines is one integer, bit n for line n.

A requirement that is a plain list of levels blocks whoever has less; per skill and level the blocked lines are kept as
bits, so an agent nobody has looked at yet is judged by one OR per skill. What has OR or NOT in it, or depends on a
reserve membership, is judged line by line.
"""

from dataclasses import dataclass, field

from routing.lines import Line
from routing.requirement import HIGHEST_LEVEL, AllOf, Has
from routing.roster import Agent


@dataclass(slots=True)
class LineJudge:
    """Knows every line that has a number."""

    _all: int = 0
    _blocked: dict[str, list[int]] = field(default_factory=dict)
    """Skill → by the level an agent has (0–10), lines that ask for more."""
    _singly: int = 0
    _closed: int = 0
    """Lines none of whose queues is open to everybody."""
    _of_queue: dict[str, int] = field(default_factory=dict)

    def know(self, line: Line, open_queues: frozenset[str]) -> None:
        """A line with a new number."""
        bit = line.bit
        self._all |= bit
        for queue in line.key.queues:
            self._of_queue[queue] = self._of_queue.get(queue, 0) | bit
        if not line.key.queues & open_queues:
            self._closed |= bit
        requirement = line.key.requirement
        parts = requirement.parts if isinstance(requirement, AllOf) else (requirement,)
        for part in parts:
            if not isinstance(part, Has):
                self._singly |= bit
                continue
            levels = self._blocked.setdefault(part.skill, [0] * (HIGHEST_LEVEL + 1))
            for level in range(part.level):
                levels[level] |= bit

    def serves(self, agent: Agent) -> tuple[int, int]:
        """(lines he may serve, lines to be looked at singly on top)."""
        skills = agent.profile.skills
        blocked = 0
        for skill, levels in self._blocked.items():
            blocked |= levels[skills.get(skill, 0)]
        member = self._all & ~self._closed
        singly = self._singly
        for queue, membership in agent.profile.memberships.items():
            if membership.reserve:
                singly |= self._of_queue.get(queue, 0)
            else:
                member |= self._of_queue.get(queue, 0)
        passed = member & ~blocked
        return passed & ~singly, singly & ~blocked
