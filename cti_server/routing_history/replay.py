"""A day again, simulated around the routing engine: with the rules it had, and with others.

What is taken from the journal: when each contact came, to which queue, what it asked for; how long its agents worked
on it; when each agent could be given work. What nobody can know is drawn, the same for every run of the same seed:
how long an answered caller would have waited (`patience`), and how long work would have taken on a contact that no
agent got (as on one of the same queue). Phones ring as long as they did on average; offers are not missed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from statistics import fmean

from cti_server.routing_history.day import Came, Day
from cti_server.routing_history.patience import Patience, patience_of
from routing.rules import Profile, QueueRules
from routing.simulate import Call, Ending, Outcome, Scenario, Staff, simulate
from routing.simulate.outcome import Fate, Load

_ENOUGH = 10
"""Of one queue, before its own figures are drawn from instead of those of all."""
_USUAL_WORK = 180_000


@dataclass(frozen=True, slots=True)
class Replayed:
    """`happened` is the day as it was, `again` simulated with its own rules, `instead` with the others."""

    happened: Outcome
    again: Outcome
    instead: Outcome | None = None


def replay(
    day: Day,
    rules: Sequence[QueueRules] | None = None,
    profiles: Mapping[str, Profile] | None = None,
    *,
    seed: int = 1,
    starts_at: int = 0,
) -> Replayed:
    """`rules`: of all queues, in place of the day's; a contact for a queue they do not have goes to the first.
    `profiles`: of agents who shall have had other skills. `starts_at`: ms after midnight. All are measured by the
    day's own targets.
    """
    scenario = replace(scenario_of(day, seed), starts_at=starts_at)
    happened = Outcome(scenario, [_fate(came, day) for came in day.contacts], _loads(day))
    again = simulate(scenario, seed)
    if rules is None and profiles is None:
        return Replayed(happened, again)
    instead = simulate(_changed(scenario, rules or scenario.queues, profiles or {}), seed)
    return Replayed(happened, again, replace(instead, scenario=_measured(instead.scenario, day)))


def scenario_of(day: Day, seed: int = 1) -> Scenario:
    """The day with its own rules. Times count from its start."""
    works = _Works(day.contacts)
    return Scenario(
        queues=tuple(day.queues[queue] for queue in sorted(day.queues)),
        staff=tuple(
            Staff(
                seat.id, seat.profile, tuple((s - day.start, e - day.start if e >= 0 else -1) for s, e in seat.shifts)
            )
            for seat in sorted(day.seats.values(), key=lambda seat: seat.id)
            if seat.shifts
        ),
        length=day.end - day.start,
        calls=tuple(_call(came, day, works, Random(f"{seed}/{came.id}")) for came in day.contacts),
        ring=round(fmean(day.rang)) if day.rang else 0,
    )


def _changed(scenario: Scenario, rules: Sequence[QueueRules], profiles: Mapping[str, Profile]) -> Scenario:
    known = {rule.id for rule in rules}
    return replace(
        scenario,
        queues=tuple(rules),
        calls=tuple(call if call.queue in known else replace(call, queue=rules[0].id) for call in scenario.calls),
        staff=tuple(replace(one, profile=profiles.get(one.id, one.profile)) for one in scenario.staff),
    )


def _measured(scenario: Scenario, day: Day) -> Scenario:
    targets = {queue: rules.target for queue, rules in day.queues.items()}
    return replace(
        scenario, queues=tuple(replace(rules, target=targets.get(rules.id, rules.target)) for rules in scenario.queues)
    )


class _Works:
    """What is known of a day's callers and their work, by queue."""

    def __init__(self, contacts: Sequence[Came]) -> None:
        self._patience: dict[str, Patience] = {}
        self._done: dict[str, list[int]] = {}
        self._all = patience_of(_waits(contacts))
        self._all_done = [came.worked for came in contacts if _done(came)]
        for queue in {came.queue for came in contacts}:
            mine = [came for came in contacts if came.queue == queue]
            if sum(1 for came in mine if came.ending is Ending.ABANDONED) >= _ENOUGH:
                self._patience[queue] = patience_of(_waits(mine))
            self._done[queue] = [came.worked for came in mine if _done(came)]

    def patience(self, came: Came, random: Random) -> int | None:
        if came.ending is Ending.ABANDONED:
            return came.waited
        return self._patience.get(came.queue, self._all).draw(random, came.waited)

    def work(self, came: Came, random: Random) -> int:
        if _done(came):
            return came.worked
        known = self._done[came.queue] if len(self._done[came.queue]) >= _ENOUGH else self._all_done
        return max(random.choice(known) if known else _USUAL_WORK, came.worked)


def _waits(contacts: Sequence[Came]) -> list[tuple[int, bool]]:
    return [(came.waited, came.ending is Ending.ABANDONED) for came in contacts]


def _done(came: Came) -> bool:
    return came.ending is Ending.SERVED and not came.working


def _call(came: Came, day: Day, works: _Works, random: Random) -> Call:
    return Call(
        at=came.at - day.start,
        queue=came.queue,
        work=works.work(came, random),
        patience=works.patience(came, random),
        requirement=came.requirement,
        channel=came.channel,
        priority=came.priority,
        grade=came.grade,
        preferred=came.preferred,
    )


def _fate(came: Came, day: Day) -> Fate:
    call = Call(came.at - day.start, came.queue, came.worked)
    return Fate(came.id, call, came.ending or Ending.LEFT, came.waited, came.agent, came.worked)


def _loads(day: Day) -> list[Load]:
    return [Load(seat.id, seat.worked, seat.present, seat.contacts) for seat in day.seats.values() if seat.shifts]
