"""The routing engine of the product as a policy of a simulation: it is driven as the call floor drives it."""

from dataclasses import dataclass, field, replace

from routing.decision import Decision
from routing.estimate import Pace
from routing.matching import Matching
from routing.overflow import ON_ARRIVAL, WHILE_WAITING, Situation, pick_overflow
from routing.rules import Contact, Overflow, Then, When
from routing.simulate.outcome import Forecast
from routing.simulate.world import Desk, Visit, World


@dataclass(slots=True)
class Engine:
    world: World
    matching: Matching = field(default_factory=Matching)
    paces: dict[str, Pace] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for rules in self.world.scenario.queues:
            self.matching.put_queue(rules)
            self.paces[rules.id] = Pace()
        for desk in self.world.desks.values():
            self.matching.put_agent(desk.id, desk.staff.profile)

    def arrived(self, visit: Visit) -> None:
        """Into its queue, or where the overflow rules send whoever comes now."""
        contact = self._contact(visit)
        idle = self.matching.could_offer(contact)
        ahead, staff = self.matching.waiting_in(visit.queue), self.matching.staff(visit.queue)
        estimate = None if idle else self.paces[visit.queue].estimate(ahead, staff, self.world.now)
        expected = 0 if idle else estimate.expected_ms if estimate is not None else None
        waited = self.world.now - visit.call.at
        now = Situation(waiting=ahead, staff=staff, estimate=expected, waited=waited)
        rule = pick_overflow(self.matching.rules(visit.queue), now, ON_ARRIVAL)
        if rule is not None and self._diverted(visit, rule):
            return
        self.matching.add_contact(contact)
        if self._served(visit):
            return
        visit.forecast = Forecast(estimate, ahead, staff)
        self._wake_for_next_stage(visit)
        for rule in self.matching.rules(visit.queue).overflow:
            if rule.when is When.WAITED_OVER:
                self.world.later(max(visit.call.at + rule.limit, self.world.now), self._review, visit.id)
        self._call_reserve(visit.queue)

    def left(self, visit: Visit) -> None:
        visit.stage = self.matching.contact(visit.id).stage
        self.matching.remove_contact(visit.id)
        self.paces[visit.queue].gave_up(self.world.now - visit.call.at)
        self._call_reserve(visit.queue)

    def placed(self, desk: Desk) -> None:
        self.matching.place(desk.id, desk.place())

    def on_offer(self, desk: Desk) -> None:
        while desk.channels:
            decision = self.matching.pick_contact(desk.id)
            if decision is None:
                return
            self._connect(decision)
            self._call_reserve(decision.queue)

    def signed_out(self, desk: Desk) -> None:
        for contact in list(self.matching.waiting_alone_for(desk.id)):
            self.matching.relax(contact, 1)
            visit = self.world.visits[contact]
            if not self._served(visit):
                self._wake_for_next_stage(visit)
        for rules in self.world.scenario.queues:
            if any(rule.when is When.UNATTENDED for rule in rules.overflow) and not self.matching.staff(rules.id):
                for contact in self.matching.waiting_for(rules.id):
                    self._review(contact)

    def started(self, visit: Visit) -> None:
        queue = visit.queue
        told = visit.forecast.estimate if visit.forecast is not None else None
        waited = self.world.now - visit.call.at
        self.paces[queue].started(waited, self.matching.staff(queue), self.world.now, told)

    def finished(self, visit: Visit) -> None:
        self.paces[visit.queue].finished(visit.worked + self.world.scenario.ring)

    def _contact(self, visit: Visit) -> Contact:
        call = visit.call
        contact = Contact(
            id=visit.id,
            queue=visit.queue,
            age_from=call.at,
            order=visit.number,
            requirement=call.requirement,
            channel=call.channel,
            priority=call.priority,
            grade=call.grade,
            preferred=call.preferred if self.matching.rules(visit.queue).preferred_patience else "",
        )
        stage = self.matching.first_stage(contact, self.world.now - call.at)
        return replace(contact, stage=stage) if stage else contact

    def _diverted(self, visit: Visit, rule: Overflow) -> bool:
        """Whether `rule` could be followed: not to a queue that sent the contact on before."""
        if rule.then is not Then.QUEUE:
            self.world.send_elsewhere(visit)
            return True
        if rule.target not in self.paces or rule.target in (visit.queue, *visit.passed):
            return False
        visit.passed, visit.queue = (*visit.passed, visit.queue), rule.target
        self.arrived(visit)
        return True

    def _review(self, waiting: str) -> None:
        """A limit of waiting may have been reached."""
        if not self.matching.is_waiting(waiting):
            return
        visit = self.world.visits[waiting]
        now = Situation(
            waiting=self.matching.waiting_in(visit.queue),
            staff=self.matching.staff(visit.queue),
            waited=self.world.now - visit.call.at,
        )
        rule = pick_overflow(self.matching.rules(visit.queue), now, WHILE_WAITING)
        if rule is None:
            return
        contact = self.matching.contact(waiting)
        self.matching.remove_contact(waiting)
        if not self._diverted(visit, rule):
            self.matching.add_contact(contact)

    def _served(self, visit: Visit) -> bool:
        decision = self.matching.pick_agent(visit.id)
        if decision is None:
            return False
        self._connect(decision)
        return True

    def _connect(self, decision: Decision) -> None:
        visit = self.world.visits[decision.contact]
        visit.stage = decision.stage
        self.world.decisions.append((self.world.now, decision))
        self.matching.remove_contact(decision.contact)
        self.world.connect(visit, self.world.desks[decision.agent])

    def _wake_for_next_stage(self, visit: Visit) -> None:
        due = self.matching.next_stage(visit.id)
        if due is not None:
            self.world.later(max(due[1], self.world.now), self._widens, visit.id)

    def _widens(self, contact: str) -> None:
        due = self.matching.next_stage(contact) if self.matching.is_waiting(contact) else None
        if due is None or due[1] > self.world.now:
            return
        self.matching.relax(contact, due[0])
        visit = self.world.visits[contact]
        if self._served(visit):
            self._call_reserve(visit.queue)
        else:
            self._wake_for_next_stage(visit)

    def _call_reserve(self, queue: str) -> None:
        """The reserve joins while the last in line would wait too long, and leaves at half of that."""
        over = self.matching.rules(queue).reserve_over
        if over is None:
            return
        waiting, on = self.matching.waiting_in(queue), self.matching.is_reserve_open(queue)
        staff = self.matching.staff(queue)
        wanted = False
        if waiting:
            told = self.paces[queue].estimate(waiting - 1, staff, self.world.now)
            wanted = told is None or told.expected_ms > (over / 2 if on else over)
        if wanted == on:
            return
        self.matching.open_reserve(queue, on=wanted)
        for contact in self.matching.waiting_for(queue) if wanted else ():
            self._served(self.world.visits[contact])
