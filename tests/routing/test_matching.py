"""On random call centers the matching answers every question as the scan of everything does."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from typing_extensions import override

from routing.rules import Contact, Place, Profile, QueueRules
from tests.routing.dice import Dice
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


def long_day(seed: int, turns: int) -> None:
    """Whatever happens is chosen by `seed`; after each turn one agent and one contact are asked for."""
    dice, twins = Dice(seed), Twins()
    pick = dice.random.choice
    for queue in QUEUES:
        twins.put_queue(dice.rules(queue))
    for agent in AGENTS:
        twins.put_agent(agent, dice.profile())
    for _ in range(turns):
        agent, contact, queue = pick(AGENTS), pick(CONTACTS), pick(QUEUES)
        match dice.random.randrange(40):
            case 0:
                twins.put_queue(dice.rules(queue))
            case 1:
                twins.drop_queue(queue)
                twins.put_queue(dice.rules(queue))
            case 2 | 3:
                twins.open_reserve(queue, on=dice.chance(50))
            case 4 | 5:
                twins.put_agent(agent, dice.profile())
            case 6:
                twins.drop_agent(agent)
            case 7 | 8:
                twins.remove_contact(contact)
            case 9 | 10:
                twins.relax(contact, dice.one(0, 1, 2, 3))
            case 11 | 12:
                twins.time_passes(dice.one(1, 10, 30))
            case number if number < 24:
                twins.add_contact(dice.contact(), late=dice.chance(10))
            case _:
                twins.place(agent, dice.place())
        twins.ask_for_a_contact(agent)
        twins.ask_for_an_agent(pick(CONTACTS))
        if dice.chance(4):
            twins.the_same_waits()
            twins.the_same_are_there()


def test_a_long_day_has_no_other_pick_than_a_scan() -> None:
    for seed in range(6):
        long_day(seed, 500)


def test_a_long_day_of_tidying_up_has_no_other_pick_either() -> None:
    with impatient():
        for seed in range(6):
            long_day(seed, 500)


def test_every_pick_is_the_one_of_a_scan() -> None:
    run_state_machine_as_test(AgainstTheOracle, settings=turns(50, 30))


def test_tidying_up_changes_no_pick() -> None:
    with impatient():
        run_state_machine_as_test(AgainstTheOracle, settings=turns(50, 30))
