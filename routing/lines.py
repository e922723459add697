"""A line: contacts who ask for the same and whom the same agents may serve, so that only its head needs a look.

A line that is often asked for an agent keeps those on offer in a heap. The heap is made from the bits of the roster at
the first question, and dropped when more agents came by than it cost to make without anybody asking: a line where all
agents are busy costs nothing, and the total is never more than twice the cheaper of always and never keeping it. It is
made anew when it has grown to twice its size by agents who came and went without having come first.
"""

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from routing.order import ContactKey, agent_key
from routing.requirement import Requirement, satisfies
from routing.roster import Agent, Roster
from routing.rules import AgentOrder, Profile, QueueRules

_RANK_SHIFT = 48
"""By idleness, membership priority and time make one number: most comparisons end with it."""

_PATIENCE = 16
"""Agents that may come by a heap of none before it is dropped."""


@dataclass(frozen=True, slots=True)
class LineKey:
    """What all contacts of a line have in common."""

    queue: str
    channel: str
    requirement: Requirement
    queues: frozenset[str]
    reserve: bool


@dataclass(slots=True, eq=False)
class Line:
    key: LineKey
    rules: QueueRules
    number: int
    reserve: bool
    """Reserve members may: by its stage, or because the queue's reserve is open."""
    eligible: int = 0
    """Bits of the agents who may serve it."""
    open: bool = True
    """False: contacts of its key wait in another one by now."""
    contacts: list[ContactKey] = field(default_factory=list)
    _eligible_bytes: bytes = b""
    _by_idleness: bool = False
    _heap: list[tuple[float, ...]] | None = None
    _made_of: int = 0
    _unasked: int = 0

    @property
    def bit(self) -> int:
        return 1 << self.number

    def __post_init__(self) -> None:
        self._by_idleness = self.rules.agent_order is AgentOrder.LONGEST_IDLE

    def admit(self, eligible: int) -> None:
        """These agents (bits) may serve it from now on."""
        self.eligible = eligible
        self._eligible_bytes = eligible.to_bytes((eligible.bit_length() + 7) // 8, "little")

    def admits(self, agent: Agent) -> bool:
        """Whether the agent may serve it. The same for twenty agents and for twenty thousand."""
        at = agent.number >> 3
        return at < len(self._eligible_bytes) and bool(self._eligible_bytes[at] >> (agent.number & 7) & 1)

    def on_offer(self, roster: Roster) -> int:
        """Bits of the agents it could be given now."""
        return roster.available.get(self.key.channel, 0) & self.eligible

    def best_agent(self, roster: Roster, offered: int) -> Agent:
        """The first by the queue's order of `offered`: those on offer, and not none."""
        self._unasked = 0
        if self._heap is None or len(self._heap) > 2 * self._made_of + _PATIENCE:
            self._heap = [self._entry(agent) for agent in roster.of(offered)]
            self._made_of = len(self._heap)
            heapify(self._heap)
        while True:
            first = self._heap[0]
            agent = roster.agents[int(first[-2])]
            if agent is not None and agent.turn == first[-1]:
                return agent
            heappop(self._heap)

    @property
    def hot(self) -> bool:
        """Whether agents on offer are to be told to it."""
        return self._heap is not None

    def agent_came(self, agent: Agent) -> None:
        """An eligible agent is on offer from now on."""
        if self._heap is None:
            return
        self._unasked += 1
        if self._unasked > self._made_of + _PATIENCE:
            self._heap = None
        else:
            heappush(self._heap, self._entry(agent))

    def cool(self) -> None:
        """What it knew about agents no longer holds."""
        self._heap = None

    def add(self, key: ContactKey) -> None:
        insort(self.contacts, key)

    def remove(self, key: ContactKey) -> None:
        del self.contacts[bisect_left(self.contacts, key)]

    def _entry(self, agent: Agent) -> tuple[float, ...]:
        """The agent's key, then his number and turn."""
        rank = agent.rank(self.key.queues, self.key.queue)
        place = agent.place
        if self._by_idleness:
            return (rank << _RANK_SHIFT) + place.since, place.order, agent.number, agent.turn
        return *agent_key(self.rules, self.key.requirement, agent.profile, place, rank), agent.number, agent.turn


def may_serve(
    profile: Profile, requirement: Requirement, queues: frozenset[str], open_queues: frozenset[str], *, reserve: bool
) -> bool:
    """Whether an agent has the skills and belongs to one of `queues`, also as its reserve when `reserve`. The bits of
    `Roster.meets` and `Roster.members` say the same of all agents at once."""
    memberships = profile.memberships
    for queue in queues:
        membership = memberships.get(queue)
        if queue in open_queues if membership is None else reserve or not membership.reserve:
            return satisfies(profile.skills, requirement)
    return False
