"""Agents as bits. A set of agents is one integer, bit n for agent number n, so that 'signed in, with power ≥ 4, member
of the queue and free' over twenty thousand of them is a handful of machine-word loops and no Python loop at all."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from routing.requirement import HIGHEST_LEVEL, LOWEST_LEVEL, AllOf, AnyOf, Has, Not, Requirement
from routing.rules import BEST_MEMBERSHIP, Place, Profile

_K = TypeVar("_K", str, tuple[str, int])

_SIGNED_OUT = Place("signed_out")


@dataclass(slots=True, eq=False)
class Agent:
    """`serves`: bits of the lines he may serve, known for the first `known` lines of edition `edition`."""

    id: str
    number: int
    profile: Profile
    place: Place = _SIGNED_OUT
    turn: int = 0
    """Of the present place, never used twice: what was noted about an earlier one no longer holds."""
    serves: int = 0
    known: int = 0
    edition: int = -1

    @property
    def bit(self) -> int:
        return 1 << self.number

    def rank(self, queues: frozenset[str], own: str) -> int:
        """The membership priority that counts for a contact of queue `own` that all of `queues` may serve."""
        memberships = self.profile.memberships
        if not memberships:
            return BEST_MEMBERSHIP
        if own in memberships:
            return memberships[own].priority
        return min((memberships[q].priority for q in queues if q in memberships), default=BEST_MEMBERSHIP)


@dataclass(slots=True)
class Roster:
    """All agents. Numbers of agents that left are given out again."""

    agents: list[Agent | None] = field(default_factory=list)
    by_id: dict[str, Agent] = field(default_factory=dict)
    everyone: int = 0
    signed_in: int = 0
    available: dict[str, int] = field(default_factory=dict)
    """Channel → agents who can take one more contact on it."""
    serving: dict[str, int] = field(default_factory=dict)
    """Queue → contacts of it in agents' hands."""
    _skilled: dict[tuple[str, int], int] = field(default_factory=dict)
    _members: dict[str, int] = field(default_factory=dict)
    _reserve: dict[str, int] = field(default_factory=dict)
    _free: list[int] = field(default_factory=list)
    _turns: int = 0
    version: int = 0
    """Changes with every change of who can do what."""

    def put(self, agent_id: str, profile: Profile) -> Agent:
        """A new agent, or a known one with another profile; ValueError when a level is none."""
        for skill, level in profile.skills.items():
            if not LOWEST_LEVEL <= level <= HIGHEST_LEVEL:
                raise ValueError(f"agent {agent_id} has {skill} at {level}: a level is 1 to 10")
        agent = self.by_id.get(agent_id)
        if agent is None:
            number = self._free.pop() if self._free else len(self.agents)
            agent = Agent(agent_id, number, profile)
            if number == len(self.agents):
                self.agents.append(agent)
            else:
                self.agents[number] = agent
            self.by_id[agent_id] = agent
            self.everyone |= agent.bit
        else:
            self._mark(agent, on=False)
            agent.profile, agent.edition = profile, -1
        self._mark(agent, on=True)
        return agent

    def drop(self, agent: Agent) -> None:
        self.place(agent, _SIGNED_OUT)
        self._mark(agent, on=False)
        self.everyone &= ~agent.bit
        del self.by_id[agent.id]
        self.agents[agent.number] = None
        self._free.append(agent.number)

    def place(self, agent: Agent, place: Place) -> None:
        """Where the agent is from now on."""
        before, agent.place = agent.place, place
        self._turns += 1
        agent.turn = self._turns
        bit = 1 << agent.number
        if before.channels != place.channels:
            for channel in before.channels - place.channels:
                self.available[channel] &= ~bit
            for channel in place.channels - before.channels:
                self.available[channel] = self.available.get(channel, 0) | bit
        if before.signed_in != place.signed_in:
            self.signed_in ^= bit
        if before.serving != place.serving:
            for queue in before.serving:
                self.serving[queue] -= 1
            for queue in place.serving:
                self.serving[queue] = self.serving.get(queue, 0) + 1

    def meets(self, requirement: Requirement) -> int:
        """All agents who satisfy `requirement`."""
        match requirement:
            case Has(skill, level):
                return self._skilled.get((skill, level), 0)
            case AllOf(parts):
                found = self.everyone
                for part in parts:
                    found &= self.meets(part)
                return found
            case AnyOf(parts):
                found = 0
                for part in parts:
                    found |= self.meets(part)
                return found
            case Not(part):
                return self.everyone & ~self.meets(part)

    def members(self, queue: str, *, only: bool, reserve: bool) -> int:
        """Who serves `queue`: its members, or `only` false, everybody but its reserve; with `reserve` those, too."""
        called_only = self._reserve.get(queue, 0)
        regular = self._members.get(queue, 0) if only else self.everyone & ~called_only
        return regular | called_only if reserve else regular

    def of(self, bits: int) -> Iterator[Agent]:
        """The agents of a set, by number."""
        text = f"{bits:b}"[::-1]
        at = text.find("1")
        while at >= 0:
            agent = self.agents[at]
            if agent is not None:
                yield agent
            at = text.find("1", at + 1)

    def _mark(self, agent: Agent, *, on: bool) -> None:
        self.version += 1
        for skill, best in agent.profile.skills.items():
            for level in range(1, best + 1):
                _set(self._skilled, (skill, level), agent.bit, on=on)
        for queue, membership in agent.profile.memberships.items():
            _set(self._reserve if membership.reserve else self._members, queue, agent.bit, on=on)


def _set(sets: dict[_K, int], key: _K, bit: int, *, on: bool) -> None:
    sets[key] = sets.get(key, 0) | bit if on else sets[key] & ~bit
