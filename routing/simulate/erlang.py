"""Exact formulas for one queue of alike agents, to hold the simulation against. Rates per any one unit of time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Steady:
    """Long-run figures. Waits are of all callers, also of those who give up."""

    waits: float
    """Share of the callers for whom no agent is free."""
    mean_wait: float
    abandons: float = 0.0


def erlang_c(arrivals: float, service: float, agents: int) -> Steady:
    """M/M/n: everybody waits as long as it takes. ValueError when the load is not below the agents.

    A. K. Erlang 1917; as in Gross, Harris: Fundamentals of Queueing Theory, section 2.3.
    """
    load = arrivals / service
    if load >= agents:
        raise ValueError(f"a load of {load:g} needs more than {agents} agents")
    blocked = erlang_b(load, agents)
    waits = blocked / (1 - load / agents * (1 - blocked))
    return Steady(waits, waits / (agents * service - arrivals))


def erlang_b(load: float, agents: int) -> float:
    """M/M/n/n: share of callers lost, by the usual recursion, which does not overflow."""
    blocked = 1.0
    for n in range(1, agents + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_a(arrivals: float, service: float, agents: int, patience: float) -> Steady:
    """M/M/n+M: everybody gives up at the rate `patience`.

    C. Palm 1957; Mandelbaum, Zeltyn: Service engineering in action: the Palm/Erlang-A queue, with applications to call
    centers, 2007. A birth-death chain with deaths `min(i, n) · service + max(i - n, 0) · patience`.
    """
    if patience <= 0:
        raise ValueError("the rate of giving up is above 0; without it, ask erlang_c")
    weight = total = 1.0
    waiting = in_line = 0.0
    state = 0
    while state < agents or weight > total * 1e-16:
        if state >= agents:
            waiting += weight
            in_line += weight * (state - agents)
        state += 1
        weight *= arrivals / (min(state, agents) * service + max(state - agents, 0) * patience)
        total += weight
        if total > 1e200:
            weight, total, waiting, in_line = (figure / 1e200 for figure in (weight, total, waiting, in_line))
    mean_line = in_line / total
    return Steady(waiting / total, mean_line / arrivals, patience * mean_line / arrivals)
