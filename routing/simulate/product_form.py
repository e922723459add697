"""Exact long-run figures of unlike agents and callers under first come, first served with the longest idle agent.

Adan, Weiss: Exact FCFS matching rates for two infinite multitype sequences, Operations Research 60(2), 2012, and A
skill based parallel service system under FCFS-ALIS: steady state, overloads, and abandonments, Stochastic Systems 4(1),
2014. The state is the order of the busy agents by the arrival of their callers, those waiting in between, and the order
of the idle agents; its probability is a product. Those waiting sum up as geometric series, so a sum over the orders of
the agents is left: exact, for up to eight agents or so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations


@dataclass(frozen=True, slots=True)
class Shares:
    """`busy`: of each agent's time. `waits`: of each kind's callers, those for whom nobody is free."""

    busy: Mapping[str, float]
    waits: Mapping[str, float]


def fcfs_alis(arrivals: Mapping[str, float], agents: Mapping[str, float], may: Mapping[str, frozenset[str]]) -> Shares:
    """Poisson callers (kind → rate), exponential agents (agent → rate), kind → agents who may serve it.

    ValueError when some kinds together are more work than the agents who may serve them can do.
    """
    total = 0.0
    busy = dict.fromkeys(agents, 0.0)
    waits = dict.fromkeys(arrivals, 0.0)
    for order in permutations(agents):
        weight = 1.0
        for idle in range(len(order)):
            weight /= _rate_of_those_served_by(frozenset(order[idle:]), arrivals, may)
        for count in range(len(order) + 1):
            if count:
                at_work = frozenset(order[:count])
                weight *= _rate_of_those_served_by(frozenset(order[count - 1 :]), arrivals, may)
                speed = sum(agents[agent] for agent in at_work)
                stuck = sum(rate for kind, rate in arrivals.items() if may[kind] <= at_work)
                if stuck >= speed:
                    raise ValueError(f"{', '.join(sorted(at_work))} cannot keep up")
                weight /= speed - stuck
            total += weight
            for agent in order[:count]:
                busy[agent] += weight
            for kind in arrivals:
                if may[kind] <= frozenset(order[:count]):
                    waits[kind] += weight
    return Shares(
        {agent: share / total for agent, share in busy.items()},
        {kind: share / total for kind, share in waits.items()},
    )


def _rate_of_those_served_by(
    agents: frozenset[str], arrivals: Mapping[str, float], may: Mapping[str, frozenset[str]]
) -> float:
    return sum(rate for kind, rate in arrivals.items() if may[kind] & agents)
