"""A matching and the oracle, told the same and asked the same."""

from dataclasses import replace

from routing import Decision, Side
from routing.rules import Contact, Place, Profile, QueueRules
from routing.stages import Stage
from tests.routing.oracle import Oracle, Pick, Step
from tests.routing.worlds import AGENTS, CONTACTS, small_matching

STAGES_AT_MOST = 5


def said(decision: Decision | None, side: Side) -> Pick | None:
    """The decision in the words of the oracle."""
    if decision is None:
        return None
    assert decision.side is side
    return Pick(
        decision.contact,
        decision.agent,
        decision.queue,
        decision.stage,
        decision.requirement,
        decision.order,
        decision.rivals,
        decision.preferred,
        frozenset(decision.held_back),
    )


def step(stage: Stage) -> Step:
    """The stage in the words of the oracle."""
    return Step(stage.after, stage.requirement, stage.queues, stage.reserve, stage.only)


class Twins:
    """What makes no sense for a call center, like placing an unknown agent, is left out."""

    def __init__(self) -> None:
        self.matching = small_matching()
        self.oracle = Oracle()
        self.now = 1000
        self.count = 0

    def next(self) -> int:
        self.count += 1
        return self.count

    # -- what happens

    def put_queue(self, rules: QueueRules) -> None:
        self.matching.put_queue(rules)
        self.oracle.put_queue(rules)

    def drop_queue(self, queue: str) -> None:
        if queue in self.oracle.queues and not self.oracle.waiting_in(queue):
            self.matching.drop_queue(queue)
            self.oracle.drop_queue(queue)

    def open_reserve(self, queue: str, *, on: bool) -> None:
        if queue in self.oracle.queues:
            self.matching.open_reserve(queue, on=on)
            self.oracle.open_reserve(queue, on=on)

    def put_agent(self, agent: str, profile: Profile) -> None:
        self.matching.put_agent(agent, profile)
        self.oracle.put_agent(agent, profile)

    def drop_agent(self, agent: str) -> None:
        self.matching.drop_agent(agent)
        self.oracle.drop_agent(agent)

    def place(self, agent: str, place: Place) -> None:
        if agent in self.oracle.profiles:
            place = replace(place, order=self.next())
            self.matching.place(agent, place)
            self.oracle.place(agent, place)

    def add_contact(self, coming: Contact, *, late: bool) -> None:
        """It came in at most 80 ms ago; `late`: at a stage beyond the last."""
        if coming.queue not in self.oracle.queues:
            return
        coming = replace(coming, age_from=coming.age_from + self.now - 1000, order=self.next())
        stage = self.oracle.first_stage(coming, self.now - coming.age_from)
        assert self.matching.first_stage(coming, self.now - coming.age_from) == stage
        coming = replace(coming, stage=9 if late else stage)
        self.matching.add_contact(coming)
        self.oracle.add_contact(coming)

    def remove_contact(self, contact: str) -> None:
        self.matching.remove_contact(contact)
        self.oracle.remove_contact(contact)

    def relax(self, contact: str, stage: int) -> None:
        """To `stage`, or its last one."""
        if contact in self.oracle.contacts:
            stage = min(stage, len(self.oracle.steps(self.oracle.contacts[contact])) - 1)
            self.matching.relax(contact, stage)
            self.oracle.relax(contact, stage)

    def time_passes(self, passed: int) -> None:
        self.now += passed
        for contact in self.oracle.contacts:
            for _ in range(STAGES_AT_MOST):
                upcoming = self.matching.next_stage(contact)
                assert upcoming == self.oracle.next_stage(contact)
                if upcoming is None or upcoming[1] > self.now:
                    break
                self.relax(contact, upcoming[0])
            else:
                raise AssertionError("more stages than rules")

    # -- what is asked

    def ask_for_an_agent(self, contact: str) -> None:
        if contact in self.oracle.contacts:
            could = self.matching.could_offer(self.matching.contact(contact))
            expected = self.oracle.pick_agent(contact)
            assert said(self.matching.pick_agent(contact), Side.AGENT) == expected
            if expected is None or not expected.preferred:
                assert could == (expected is not None)

    def ask_for_a_contact(self, agent: str) -> None:
        if agent in self.oracle.profiles:
            assert said(self.matching.pick_contact(agent), Side.CONTACT) == self.oracle.pick_contact(agent)

    def the_same_waits(self) -> None:
        matching, oracle = self.matching, self.oracle
        assert list(matching.waiting_contacts()) == [c.id for c in sorted(oracle.contacts.values(), key=oracle.due)]
        for queue, rules in oracle.queues.items():
            waiting = [contact.id for contact in oracle.waiting_in(queue)]
            assert [matching.ahead_of(contact) for contact in waiting] == list(range(len(waiting)))
            assert matching.waiting_in(queue) == len(waiting)
            assert matching.waiting_for(queue) == waiting
            assert matching.staff(queue) == oracle.staff(queue)
            assert matching.rules(queue) == rules
            assert matching.is_reserve_open(queue) == (queue in oracle.called)
        for name in CONTACTS:
            assert matching.is_waiting(name) == (name in oracle.contacts)
        for name, contact in oracle.contacts.items():
            assert matching.contact(name) == contact
            assert [step(stage) for stage in matching.stages(contact)] == oracle.steps(contact)

    def the_same_are_there(self) -> None:
        oracle = self.oracle
        assert self.matching.open_queues == {name for name, rules in oracle.queues.items() if not rules.members_only}
        for agent in AGENTS:
            place = oracle.places.get(agent, Place("signed_out"))
            assert self.matching.is_signed_in(agent) == place.signed_in
            assert self.matching.is_available(agent) == bool(place.channels)
            alone = [c for c in oracle.contacts.values() if oracle.steps(c)[c.stage].only == agent]
            assert self.matching.waiting_alone_for(agent) == [c.id for c in sorted(alone, key=oracle.due)]
