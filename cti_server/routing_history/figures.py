"""The figures by which two simulations, or a simulation and what happened, are compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from statistics import fmean

from routing.simulate import Ending, Outcome
from routing.simulate.outcome import QueueFigures

TOTAL = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the contacts that asked for a queue, or of all. Waits in seconds, of everybody, also of those who gave up.

    `service_level`: answered within the target ÷ offered. `tail`: the wait nine of ten did not exceed.
    `occupancy`: at work ÷ (at work or free), all agents together; 0 for a single queue.
    """

    offered: float
    answered: float
    abandoned: float
    sent_on: float
    service_level: float
    mean_wait: float
    tail: float
    occupancy: float = 0.0


_FIELDS = fields(Figures)


def figures_of(outcome: Outcome) -> dict[str, Figures]:
    """By queue that had contacts, and under `TOTAL` of all together."""
    found = {queue: _figures(figures) for queue, figures in outcome.queues() if figures.offered}
    present = sum(load.signed_in for load in outcome.loads)
    worked = sum(load.worked for load in outcome.loads)
    found[TOTAL] = replace(
        _figures(outcome.total),
        service_level=outcome.service_level(),
        occupancy=worked / present if present else 0.0,
    )
    return found


def mean_of(runs: Sequence[Mapping[str, Figures]]) -> dict[str, Figures]:
    """The mean of each figure over several runs."""
    return {
        queue: Figures(
            *(fmean(float(getattr(run[queue], one.name)) for run in runs if queue in run) for one in _FIELDS)
        )
        for queue in {queue: None for run in runs for queue in run}
    }


def _figures(of: QueueFigures) -> Figures:
    def ended(how: Ending) -> int:
        return sum(1 for fate in of.fates if fate.ending is how)

    return Figures(
        offered=of.offered,
        answered=ended(Ending.SERVED),
        abandoned=ended(Ending.ABANDONED),
        sent_on=ended(Ending.OVERFLOWED),
        service_level=of.service_level(),
        mean_wait=of.mean_wait / 1000,
        tail=of.quantile(0.9) / 1000,
    )
