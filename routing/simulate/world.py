"""The simulated call center around a policy: callers come, lose patience and are served, agents come and go.

The policy says who serves whom; everything else, and all that is measured, is here and the same for every policy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Protocol

from routing.decision import Decision
from routing.order import occupancy
from routing.requirement import Requirement, all_of
from routing.rules import Place, QueueRules
from routing.simulate.draw import speed_of
from routing.simulate.outcome import Ending, Fate, Forecast, Load, Outcome
from routing.simulate.scenario import Call, Scenario, Staff


@dataclass(slots=True, eq=False)
class Visit:
    """A contact on its way through. `queue`: where it waits; `passed`: those that sent it on."""

    id: str
    number: int
    call: Call
    queue: str
    passed: tuple[str, ...] = ()
    waiting: bool = True
    stage: int = 0
    forecast: Forecast | None = None
    agent: str = ""
    answered: int = 0
    worked: int = 0


@dataclass(slots=True, eq=False)
class Desk:
    """An agent at work. `room`: channel → contacts he could take more."""

    staff: Staff
    number: int
    room: dict[str, int]
    on_duty: bool = False
    since: int = 0
    order: int = 0
    serving: tuple[str, ...] = ()
    contacts: int = 0
    _worked: int = 0
    _signed_in: int = 0
    _seen: int = 0
    _signed_in_at: int = 0
    _worked_before: int = 0
    _before: tuple[int, int, int] = (0, 0, 0)
    _after: tuple[int, int, int] | None = None

    @property
    def id(self) -> str:
        return self.staff.id

    @property
    def channels(self) -> frozenset[str]:
        """Those he can take one more contact on."""
        return frozenset(channel for channel, room in self.room.items() if room > 0) if self.on_duty else frozenset()

    def place(self) -> Place:
        state = "signed_out" if not self.on_duty else "connected" if self.serving else "available"
        worked = occupancy(self._worked - self._worked_before, self._signed_in_at)
        return Place(state, self.channels, self.since, self.order, worked, self.serving)

    def sign_in(self, now: int) -> None:
        self.on_duty = True
        self.since = self._signed_in_at = now
        self._worked_before = self._worked

    def count(self, now: int) -> None:
        """To be called before anything changes."""
        passed = now - self._seen
        self._seen = now
        if self.serving:
            self._worked += passed
        if self.on_duty or self.serving:
            self._signed_in += passed

    def count_from_here(self) -> None:
        self._before = (self._worked, self._signed_in, self.contacts)

    def count_to_here(self) -> None:
        self._after = (self._worked, self._signed_in, self.contacts)

    def load(self) -> Load:
        after = self._after or (self._worked, self._signed_in, self.contacts)
        worked, signed_in, contacts = (late - early for late, early in zip(after, self._before, strict=True))
        return Load(self.id, worked, signed_in, contacts)


class Policy(Protocol):
    """Who serves whom. It acts by `World.connect` and asks to be woken by `World.later`."""

    def arrived(self, visit: Visit) -> None: ...
    def left(self, visit: Visit) -> None:
        """The waiting contact gave up."""

    def placed(self, desk: Desk) -> None:
        """The agent can do more or less than before; he is not to be given work yet."""

    def on_offer(self, desk: Desk) -> None:
        """The agent may be given work, if he has room on some channel."""

    def signed_out(self, desk: Desk) -> None:
        """After `placed`."""

    def started(self, visit: Visit) -> None: ...
    def finished(self, visit: Visit) -> None: ...


@dataclass(slots=True)
class World:
    scenario: Scenario
    calls: Sequence[Call]
    now: int = 0
    desks: dict[str, Desk] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)
    decisions: list[tuple[int, Decision]] = field(default_factory=list)
    _policy: Policy = field(init=False)
    _events: list[tuple[int, int, Callable[[str], None], str]] = field(default_factory=list)
    _numbers: int = 0
    _fates: list[Fate] = field(default_factory=list)
    _rules: dict[str, QueueRules] = field(default_factory=dict)
    _asked: dict[tuple[str, Requirement], Requirement] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._rules = {rules.id: rules for rules in self.scenario.queues}
        for number, staff in enumerate(self.scenario.staff):
            self.desks[staff.id] = Desk(staff, number, dict(staff.profile.capacity), order=number)

    def run(self, policy: Policy) -> Outcome:
        """Until nothing happens any more."""
        self._policy = policy
        scenario = self.scenario
        for desk in self.desks.values():
            for start, end in desk.staff.shifts or ((0, -1),):
                self.later(start, self._signs_in, desk.id)
                if end >= 0:
                    self.later(end, self._signs_out, desk.id)
        self.later(scenario.warm_up, self._count_from_here, "")
        if self.calls:
            self.later(self.calls[0].at, self._arrives, "0")
        self.later(scenario.length, self._count_to_here, "")
        events = self._events
        while events:
            self.now, _, happens, to = heappop(events)
            happens(to)
        for visit in self.visits.values():
            self._fates.append(self._fate(visit, Ending.LEFT, self.now))
        fates = sorted(
            (fate for fate in self._fates if fate.call.at >= scenario.warm_up), key=lambda fate: int(fate.id)
        )
        return Outcome(scenario, fates, [desk.load() for desk in self.desks.values()], self.decisions)

    # -- what a policy uses ----------------------------------------------------------------------------------------

    def later(self, at: int, what: Callable[[str], None], to: str) -> None:
        """`what(to)` happens at `at`, after all that was asked for that moment before."""
        self._numbers += 1
        heappush(self._events, (at, self._numbers, what, to))

    def connect(self, visit: Visit, desk: Desk) -> None:
        """The waiting contact rings at the agent, who has room for it, and is answered if it is patient enough."""
        call = visit.call
        desk.count(self.now)
        visit.waiting, visit.agent = False, desk.id
        visit.answered = self.now + self.scenario.ring
        desk.room[call.channel] -= 1
        desk.serving = (*desk.serving, visit.queue)
        self._policy.placed(desk)
        if call.patience is not None and call.at + call.patience < visit.answered:
            return
        visit.worked = round(call.work * self._speed(visit, desk))
        self._policy.started(visit)
        self.later(visit.answered + visit.worked, self._is_done, visit.id)

    def send_elsewhere(self, visit: Visit) -> None:
        """The waiting contact goes to a voicemail box, a callback or a message."""
        self._end(visit, Ending.OVERFLOWED)

    # -- what happens ----------------------------------------------------------------------------------------------

    def _arrives(self, number: str) -> None:
        place = int(number)
        call = self.calls[place]
        if place + 1 < len(self.calls):
            self.later(self.calls[place + 1].at, self._arrives, str(place + 1))
        visit = self.visits[number] = Visit(number, place, call, call.queue)
        if call.patience is not None:
            self.later(call.at + call.patience, self._loses_patience, number)
        self._policy.arrived(visit)

    def _loses_patience(self, contact: str) -> None:
        visit = self.visits.get(contact)
        if visit is None:
            return
        if visit.waiting:
            self._policy.left(visit)
            self._end(visit, Ending.ABANDONED)
        elif self.now < visit.answered:
            self._end(visit, Ending.ABANDONED)
            self._released(visit)

    def _is_done(self, contact: str) -> None:
        visit = self.visits[contact]
        self.desks[visit.agent].contacts += 1
        self._policy.finished(visit)
        self._end(visit, Ending.SERVED)
        self._released(visit)

    def _released(self, visit: Visit) -> None:
        desk = self.desks[visit.agent]
        desk.count(self.now)
        desk.room[visit.call.channel] += 1
        serving = list(desk.serving)
        serving.remove(visit.queue)
        desk.serving = tuple(serving)
        self._numbers += 1
        desk.since, desk.order = self.now, self._numbers
        self._policy.placed(desk)
        self._policy.on_offer(desk)

    def _signs_in(self, agent: str) -> None:
        desk = self.desks[agent]
        desk.count(self.now)
        desk.sign_in(self.now)
        self._policy.placed(desk)
        self._policy.on_offer(desk)

    def _signs_out(self, agent: str) -> None:
        desk = self.desks[agent]
        desk.count(self.now)
        desk.on_duty = False
        self._policy.placed(desk)
        self._policy.signed_out(desk)

    def _count_from_here(self, _: str) -> None:
        for desk in self.desks.values():
            desk.count(self.now)
            desk.count_from_here()

    def _count_to_here(self, _: str) -> None:
        for desk in self.desks.values():
            desk.count(self.now)
            desk.count_to_here()

    # -- what is noted ---------------------------------------------------------------------------------------------

    def _end(self, visit: Visit, ending: Ending) -> None:
        del self.visits[visit.id]
        at = visit.answered if ending is Ending.SERVED else self.now
        self._fates.append(self._fate(visit, ending, at))

    def _fate(self, visit: Visit, ending: Ending, until: int) -> Fate:
        return Fate(
            id=visit.id,
            call=visit.call,
            ending=ending,
            waited=until - visit.call.at,
            agent=visit.agent if ending is Ending.SERVED else "",
            worked=visit.worked,
            stage=visit.stage,
            forecast=visit.forecast,
        )

    def _speed(self, visit: Visit, desk: Desk) -> float:
        if not self.scenario.speed:
            return 1.0
        key = (visit.queue, visit.call.requirement)
        asked = self._asked.get(key)
        if asked is None:
            asked = self._asked[key] = all_of(self._rules[visit.queue].requirement, visit.call.requirement)
        return speed_of(self.scenario.speed, asked, desk.staff.profile)
