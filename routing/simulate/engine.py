"""The routing engine of the product as a policy of a simulation: it is driven as the call floor drives it."""

from dataclasses import dataclass, field, replace

from routing.decision import Decision
from routing.estimate import Pace
from routing.matching import Matching
from routing.rules import Contact
from routing.simulate.outcome import Forecast
from routing.simulate.world import Desk, Visit, World


@dataclass(slots=True)
class Engine:
    world: World
    matching: Matching = field(default_factory=Matching)
    paces: dict[str, Pace] = field(default_factory=dict)
    _reserves: dict[str, list[Desk]] = field(default_factory=dict)
    """Queue → agents who join it when its reserve is called. Only of queues that call it by estimated wait."""

    def __post_init__(self) -> None:
        for rules in self.world.scenario.queues:
            self.matching.put_queue(rules)
            self.paces[rules.id] = Pace()
            if rules.reserve_over is not None:
                self._reserves[rules.id] = [
                    desk
                    for desk in self.world.desks.values()
                    if rules.id in desk.staff.profile.memberships and desk.staff.profile.memberships[rules.id].reserve
                ]
        for desk in self.world.desks.values():
            self.matching.put_agent(desk.id, desk.staff.profile)

    def arrived(self, visit: Visit) -> None:
        call = visit.call
        contact = Contact(
            visit.id,
            call.queue,
            call.at,
            visit.number,
            call.requirement,
            call.channel,
            call.priority,
            call.grade,
            call.preferred,
        )
        stage = self.matching.first_stage(contact, 0)
        self.matching.add_contact(replace(contact, stage=stage) if stage else contact)
        if self._served(visit):
            return
        ahead, staff = self.matching.ahead_of(visit.id), self.matching.staff(call.queue)
        visit.forecast = Forecast(self.paces[call.queue].estimate(ahead, staff, self.world.now), ahead, staff)
        self._wake_for_next_stage(visit)
        self._call_reserve(call.queue)

    def left(self, visit: Visit) -> None:
        visit.stage = self.matching.contact(visit.id).stage
        self.matching.remove_contact(visit.id)
        self.paces[visit.call.queue].gave_up(self.world.now - visit.call.at)

    def placed(self, desk: Desk) -> None:
        self.matching.place(desk.id, desk.place())

    def on_offer(self, desk: Desk) -> None:
        while desk.channels:
            decision = self.matching.pick_contact(desk.id)
            if decision is None:
                return
            self._connect(decision)

    def signed_out(self, desk: Desk) -> None:
        for contact in list(self.matching.waiting_alone_for(desk.id)):
            self.matching.relax(contact, 1)
            visit = self.world.visits[contact]
            if not self._served(visit):
                self._wake_for_next_stage(visit)

    def started(self, visit: Visit) -> None:
        queue = visit.call.queue
        told = visit.forecast.estimate if visit.forecast is not None else None
        waited = self.world.now - visit.call.at
        self.paces[queue].started(waited, self.matching.staff(queue), self.world.now, told)

    def finished(self, visit: Visit) -> None:
        self.paces[visit.call.queue].finished(visit.worked + self.world.scenario.ring)

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
        self._call_reserve(decision.queue)

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
        if not self._served(visit):
            self._wake_for_next_stage(visit)

    def _call_reserve(self, queue: str) -> None:
        """The reserve joins while one who came now would wait too long, and leaves when he would not."""
        reserve = self._reserves.get(queue)
        over = self.matching.rules(queue).reserve_over
        if reserve is None or over is None:
            return
        waiting = self.matching.waiting_in(queue)
        told = self.paces[queue].estimate(waiting, self.matching.staff(queue), self.world.now)
        wanted = waiting > 0 and (told is None or told.expected_ms > over)
        if wanted == self.matching.is_reserve_open(queue):
            return
        self.matching.open_reserve(queue, on=wanted)
        for desk in reserve if wanted else ():
            self.on_offer(desk)
