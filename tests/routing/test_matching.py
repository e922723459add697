"""On random call centers the matching answers every question as the scan of everything does."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from typing_extensions import override

from routing.rules import Contact, Place, Profile, QueueRules
from tests.routing.dice import long_day
from tests.routing.twins import Twins
from tests.routing.worlds import (
    AGENTS,
    COMING,
    CONTACTS,
    PLACES,
    PROFILES,
    QUEUES,
    RULES,
    impatient,
    turns,
)


class AgainstTheOracle(RuleBasedStateMachine):
    """`lazy`: contacts are asked for only now and then, so that lines go cold in between."""

    def __init__(self) -> None:
        super().__init__()
        self.twins = Twins()
        self.lazy = False

    @initialize(data=st.data(), lazy=st.booleans())
    def opens(self, data: st.DataObject, lazy: bool) -> None:
        self.lazy = lazy
        for queue in QUEUES:
            self.put_queue(replace(data.draw(RULES), id=queue))
        for agent in AGENTS[:4]:
            self.put_agent(agent, data.draw(PROFILES))
            self.place(agent, data.draw(PLACES))

    @rule(rules=RULES)
    def put_queue(self, rules: QueueRules) -> None:
        self.twins.put_queue(rules)

    @rule(queue=st.sampled_from(QUEUES))
    def drop_queue(self, queue: str) -> None:
        self.twins.drop_queue(queue)

    @rule(queue=st.sampled_from(QUEUES), on=st.booleans())
    def open_reserve(self, queue: str, on: bool) -> None:
        self.twins.open_reserve(queue, on=on)

    @rule(agent=st.sampled_from(AGENTS), profile=PROFILES)
    def put_agent(self, agent: str, profile: Profile) -> None:
        self.twins.put_agent(agent, profile)

    @rule(agent=st.sampled_from(AGENTS))
    def drop_agent(self, agent: str) -> None:
        self.twins.drop_agent(agent)

    @rule(agent=st.sampled_from(AGENTS), place=PLACES)
    def place(self, agent: str, place: Place) -> None:
        self.twins.place(agent, place)

    @rule(coming=COMING, late=st.sampled_from((False, False, True)))
    def add_contact(self, coming: Contact, late: bool) -> None:
        self.twins.add_contact(coming, late=late)

    @rule(contact=st.sampled_from(CONTACTS))
    def remove_contact(self, contact: str) -> None:
        self.twins.remove_contact(contact)

    @rule(contact=st.sampled_from(CONTACTS), stage=st.integers(0, 4))
    def relax(self, contact: str, stage: int) -> None:
        self.twins.relax(contact, stage)

    @rule(passed=st.integers(1, 50))
    def time_passes(self, passed: int) -> None:
        self.twins.time_passes(passed)

    @rule(contact=st.sampled_from(CONTACTS))
    def ask_for_an_agent(self, contact: str) -> None:
        self.twins.ask_for_an_agent(contact)

    @invariant()
    def every_answer_is_the_same(self) -> None:
        for agent in AGENTS:
            self.twins.ask_for_a_contact(agent)
        if not self.lazy:
            self.ask_for_all()
        self.twins.the_same_waits()
        self.twins.the_same_are_there()

    def ask_for_all(self) -> None:
        for contact in CONTACTS:
            self.twins.ask_for_an_agent(contact)

    @override
    def teardown(self) -> None:
        self.ask_for_all()


def live(seeds: int) -> None:
    """So many long days, each question answered twice."""
    for seed in range(seeds):
        for twins, agent in long_day(seed, 500):
            twins.ask_for_a_contact(agent)
            twins.ask_for_an_agent(CONTACTS[twins.count % len(CONTACTS)])
            if twins.count % 25 == 0:
                twins.the_same_waits()
                twins.the_same_are_there()


def test_a_long_day_has_no_other_pick_than_a_scan() -> None:
    live(6)


def test_a_long_day_of_tidying_up_has_no_other_pick_either() -> None:
    with impatient():
        live(6)


def test_every_pick_is_the_one_of_a_scan() -> None:
    run_state_machine_as_test(AgainstTheOracle, settings=turns(50, 30))


def test_tidying_up_changes_no_pick() -> None:
    with impatient():
        run_state_machine_as_test(AgainstTheOracle, settings=turns(50, 30))
