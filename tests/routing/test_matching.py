"""On random call centers the matching answers every question as the scan of everything does."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from typing_extensions import override

from routing import Decision, Side
from routing.rules import Contact, Place, Profile, QueueRules
from routing.stages import Stage
from tests.routing.oracle import Oracle, Pick, Step
from tests.routing.worlds import (
    AGENTS,
    COMING,
    CONTACTS,
    PLACES,
    PROFILES,
    QUEUES,
    RULES,
    impatient,
    small_matching,
    turns,
)

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


class AgainstTheOracle(RuleBasedStateMachine):
    """`lazy`: contacts are asked for only now and then, so that lines go cold in between."""

    def __init__(self) -> None:
        super().__init__()
        self.matching = small_matching()
        self.oracle = Oracle()
        self.now = 1000
        self.count = 0
        self.lazy = False

    def next(self) -> int:
        self.count += 1
        return self.count

    @initialize(data=st.data(), lazy=st.booleans())
    def opens(self, data: st.DataObject, lazy: bool) -> None:
        self.lazy = lazy
        for queue in QUEUES:
            self.put_queue(replace(data.draw(RULES), id=queue))
        for agent in AGENTS[:4]:
            self.put_agent(agent, data.draw(PROFILES))
            self.place(agent, data.draw(PLACES))

    # -- queues

    @rule(rules=RULES)
    def put_queue(self, rules: QueueRules) -> None:
        self.matching.put_queue(rules)
        self.oracle.put_queue(rules)

    @rule(queue=st.sampled_from(QUEUES))
    def drop_queue(self, queue: str) -> None:
        if queue in self.oracle.queues and not self.oracle.waiting_in(queue):
            self.matching.drop_queue(queue)
            self.oracle.drop_queue(queue)

    @rule(queue=st.sampled_from(QUEUES), on=st.booleans())
    def open_reserve(self, queue: str, on: bool) -> None:
        if queue in self.oracle.queues:
            self.matching.open_reserve(queue, on=on)
            self.oracle.open_reserve(queue, on=on)

    # -- agents

    @rule(agent=st.sampled_from(AGENTS), profile=PROFILES)
    def put_agent(self, agent: str, profile: Profile) -> None:
        self.matching.put_agent(agent, profile)
        self.oracle.put_agent(agent, profile)

    @rule(agent=st.sampled_from(AGENTS))
    def drop_agent(self, agent: str) -> None:
        self.matching.drop_agent(agent)
        self.oracle.drop_agent(agent)

    @rule(agent=st.sampled_from(AGENTS), place=PLACES)
    def place(self, agent: str, place: Place) -> None:
        if agent in self.oracle.profiles:
            place = replace(place, order=self.next())
            self.matching.place(agent, place)
            self.oracle.place(agent, place)

    @rule(comings=st.lists(st.tuples(st.sampled_from(AGENTS), PLACES), min_size=4, max_size=10))
    def many_come_and_go(self, comings: list[tuple[str, Place]]) -> None:
        for agent, place in comings:
            self.place(agent, place)

    # -- contacts

    @rule(data=st.data(), coming=COMING)
    def add_contact(self, data: st.DataObject, coming: Contact) -> None:
        coming = replace(coming, age_from=coming.age_from + self.now - 1000, order=self.next())
        if coming.queue not in self.oracle.queues:
            return
        stage = self.oracle.first_stage(coming, self.now - coming.age_from)
        assert self.matching.first_stage(coming, self.now - coming.age_from) == stage
        coming = replace(coming, stage=data.draw(st.sampled_from((stage, stage, 9))))
        self.matching.add_contact(coming)
        self.oracle.add_contact(coming)

    @rule(contact=st.sampled_from(CONTACTS))
    def remove_contact(self, contact: str) -> None:
        self.matching.remove_contact(contact)
        self.oracle.remove_contact(contact)

    @rule(data=st.data(), contact=st.sampled_from(CONTACTS))
    def relax(self, data: st.DataObject, contact: str) -> None:
        if contact in self.oracle.contacts:
            last = len(self.oracle.steps(self.oracle.contacts[contact])) - 1
            self.widen(contact, data.draw(st.integers(0, last)))

    def widen(self, contact: str, stage: int) -> None:
        self.matching.relax(contact, stage)
        self.oracle.relax(contact, stage)

    @rule(passed=st.integers(1, 50))
    def time_passes(self, passed: int) -> None:
        self.now += passed
        for contact in self.oracle.contacts:
            for _ in range(STAGES_AT_MOST):
                upcoming = self.matching.next_stage(contact)
                assert upcoming == self.oracle.next_stage(contact)
                if upcoming is None or upcoming[1] > self.now:
                    break
                self.widen(contact, upcoming[0])
            else:
                raise AssertionError("more stages than rules")

    # -- questions

    @rule(contact=st.sampled_from(CONTACTS))
    def ask_for_an_agent(self, contact: str) -> None:
        if contact in self.oracle.contacts:
            assert said(self.matching.pick_agent(contact), Side.AGENT) == self.oracle.pick_agent(contact)

    @invariant()
    def every_agent_gets_the_same(self) -> None:
        for agent in self.oracle.profiles:
            assert said(self.matching.pick_contact(agent), Side.CONTACT) == self.oracle.pick_contact(agent)

    @invariant()
    def every_contact_gets_the_same(self) -> None:
        if not self.lazy:
            for contact in self.oracle.contacts:
                self.ask_for_an_agent(contact)

    @invariant()
    def the_same_wait(self) -> None:
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

    @invariant()
    def the_same_agents(self) -> None:
        for agent in AGENTS:
            place = self.oracle.places.get(agent, Place("signed_out"))
            assert self.matching.is_signed_in(agent) == place.signed_in
            assert self.matching.is_available(agent) == bool(place.channels)
            alone = [c for c in self.oracle.contacts.values() if self.oracle.steps(c)[c.stage].only == agent]
            assert self.matching.waiting_alone_for(agent) == [c.id for c in sorted(alone, key=self.oracle.due)]

    @override
    def teardown(self) -> None:
        for contact in list(self.oracle.contacts):
            self.ask_for_an_agent(contact)


def test_every_pick_is_the_one_of_a_scan() -> None:
    run_state_machine_as_test(AgainstTheOracle, settings=turns(100, 30))


def test_tidying_up_changes_no_pick() -> None:
    with impatient():
        run_state_machine_as_test(AgainstTheOracle, settings=turns(100, 30))
