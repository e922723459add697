"""The callers of a scenario, drawn before anything is decided: two policies are compared on the very same calls."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from random import Random

from routing.requirement import Requirement, wanted_in
from routing.rules import Profile
from routing.simulate.scenario import HOUR, Arrivals, Call, Scenario


def calls_of(scenario: Scenario, seed: int) -> list[Call]:
    """All calls by time. The calls of one kind stay the same when other kinds are added, changed or taken away."""
    calls = list(scenario.calls)
    for number, arrivals in enumerate(scenario.arrivals):
        calls += _drawn(arrivals, scenario.length, f"{seed}/{number}")
    calls.sort(key=lambda call: call.at)
    return calls


def speed_of(speed: Mapping[str, Mapping[int, float]], requirement: Requirement, profile: Profile) -> float:
    """How long the agent needs for work that asks for `requirement`, as a share of the ordinary time."""
    share = 1.0
    for skill in sorted(wanted_in(requirement)) if speed else ():
        levels = sorted(speed.get(skill, {}))
        at = bisect_right(levels, profile.skills.get(skill, 0))
        if at:
            share *= speed[skill][levels[at - 1]]
    return share


def _drawn(arrivals: Arrivals, length: int, seed: str) -> Iterator[Call]:
    when, what = Random(f"{seed}/when"), Random(f"{seed}/what")
    for at in _times(arrivals, length, when):
        preferred = ""
        if arrivals.preferred and what.random() < arrivals.preferred_share:
            preferred = what.choice(arrivals.preferred)
        yield Call(
            at=at,
            queue=arrivals.queue,
            work=arrivals.work.draw(what),
            patience=None if arrivals.patience is None else arrivals.patience.draw(what),
            requirement=arrivals.requirement,
            channel=arrivals.channel,
            priority=arrivals.priority,
            grade=arrivals.grade,
            preferred=preferred,
        )


def _times(arrivals: Arrivals, length: int, random: Random) -> Iterator[int]:
    """A Poisson process whose rate is constant within each slot."""
    slot, start = 0, 0
    left = random.expovariate(1.0)
    while start < length:
        end = min(start + arrivals.slot, length)
        rate = arrivals.per_hour[slot % len(arrivals.per_hour)] / HOUR
        at = float(start)
        while rate > 0 and at + left / rate < end:
            at += left / rate
            yield int(at)
            left = random.expovariate(1.0)
        left -= (end - at) * rate
        start, slot = end, slot + 1
