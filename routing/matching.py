"""Waiting contacts against available agents, indexed so that no pick scans either side.

Contacts with equal requirements wait in one *line*, sorted by (priority, age). Each line keeps the available agents
who satisfy it, longest idle first. A freed agent compares the heads of the lines he may serve; an arriving contact
takes the head of its line's agents. A change costs the lines an agent satisfies (distinct requirements, tens) times a
binary search; contacts and agents never multiply.

Order: first come first served within a priority, longest idle agent (ALIS); see Adan & Weiss, Oper. Res. 60(2), 2012.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from routing.skills import Requirement, satisfies

ContactKey = tuple[int, int, str]
"""(-priority, age_from in ms, contact): sorts the most urgent first."""

AgentKey = tuple[int, str]
"""(idle_since in ms, agent): sorts the longest idle first."""

_Key = TypeVar("_Key", ContactKey, AgentKey)

_LINES_KEPT = 256


@dataclass(slots=True)
class _Line:
    contacts: list[ContactKey] = field(default_factory=list)
    agents: list[AgentKey] = field(default_factory=list)


@dataclass(slots=True)
class _Waiting:
    requirement: Requirement
    key: ContactKey
    queue: str


@dataclass(slots=True)
class _Available:
    skills: Mapping[str, int]
    key: AgentKey


@dataclass(slots=True)
class Matching:
    """The two sides, and the picks between them. Contacts and agents are known by their ids (strings)."""

    _lines: dict[Requirement, _Line] = field(default_factory=dict)
    _waiting: dict[str, _Waiting] = field(default_factory=dict)
    _available: dict[str, _Available] = field(default_factory=dict)
    _queues: dict[str, list[ContactKey]] = field(default_factory=dict)

    def add_contact(self, contact: str, queue: str, requirement: Requirement, priority: int, age_from: int) -> None:
        """`contact` waits in `queue` since `age_from` (ms); a contact already waiting is moved."""
        self.remove_contact(contact)
        key = (-priority, age_from, contact)
        self._waiting[contact] = _Waiting(requirement, key, queue)
        insort(self._line(requirement).contacts, key)
        insort(self._queues.setdefault(queue, []), key)

    def remove_contact(self, contact: str) -> None:
        """No longer waiting (offered, gone). Unknown contacts are fine."""
        waiting = self._waiting.pop(contact, None)
        if waiting is None:
            return
        _discard(self._lines[waiting.requirement].contacts, waiting.key)
        _discard(self._queues[waiting.queue], waiting.key)

    def add_agent(self, agent: str, skills: Mapping[str, int], idle_since: int) -> None:
        """`agent` can be offered a contact; one already available is updated."""
        self.remove_agent(agent)
        available = _Available(dict(skills), (idle_since, agent))
        self._available[agent] = available
        for requirement, line in self._lines.items():
            if satisfies(available.skills, requirement):
                insort(line.agents, available.key)

    def remove_agent(self, agent: str) -> None:
        """Not to be offered anything now. Unknown agents are fine."""
        available = self._available.pop(agent, None)
        if available is None:
            return
        for requirement, line in self._lines.items():
            if satisfies(available.skills, requirement):
                _discard(line.agents, available.key)

    def pick_agent(self, contact: str) -> str | None:
        """The longest idle available agent who may serve this waiting contact."""
        agents = self._lines[self._waiting[contact].requirement].agents
        return agents[0][1] if agents else None

    def pick_contact(self, agent: str) -> str | None:
        """The most urgent waiting contact this available agent may serve."""
        skills = self._available[agent].skills
        heads = (
            line.contacts[0]
            for requirement, line in self._lines.items()
            if line.contacts and satisfies(skills, requirement)
        )
        best = min(heads, default=None)
        return best[2] if best else None

    def ahead_of(self, contact: str) -> int:
        """How many contacts of the same queue are served before this waiting one."""
        waiting = self._waiting[contact]
        return bisect_left(self._queues[waiting.queue], waiting.key)

    def waiting_in(self, queue: str) -> int:
        return len(self._queues.get(queue, ()))

    def waiting_contacts(self) -> Iterator[str]:
        """All waiting contacts, most urgent first."""
        return (key[2] for key in sorted(waiting.key for waiting in self._waiting.values()))

    def is_waiting(self, contact: str) -> bool:
        return contact in self._waiting

    def is_available(self, agent: str) -> bool:
        return agent in self._available

    def _line(self, requirement: Requirement) -> _Line:
        line = self._lines.get(requirement)
        if line is None:
            if len(self._lines) >= _LINES_KEPT:
                self._drop_empty_lines()
            fitting = (a.key for a in self._available.values() if satisfies(a.skills, requirement))
            line = self._lines[requirement] = _Line(agents=sorted(fitting))
        return line

    def _drop_empty_lines(self) -> None:
        self._lines = {requirement: line for requirement, line in self._lines.items() if line.contacts}


def _discard(keys: list[_Key], key: _Key) -> None:
    at = bisect_left(keys, key)
    if at < len(keys) and keys[at] == key:
        del keys[at]
