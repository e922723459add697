"""The index gives the picks a plain scan of both sides would give."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from routing import Matching, Requirement, requirement_of, satisfies

SKILLS = ("billing", "english", "faults")
NEEDS = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 4), max_size=2)
IDS = st.integers(0, 12).map(str)


def test_needs_for_one_skill_take_the_higher_level() -> None:
    assert requirement_of({"billing": 3}, {"billing": 5, "english": 1}) == {("billing", 5), ("english", 1)}


def test_every_need_must_be_met() -> None:
    assert satisfies({"billing": 5, "english": 1}, requirement_of({"billing": 5}))
    assert not satisfies({"billing": 5}, requirement_of({"billing": 5, "english": 1}))
    assert not satisfies({"billing": 4}, requirement_of({"billing": 5}))


def test_rare_requirements_do_not_pile_up() -> None:
    matching = Matching()
    matching.add_agent("anne", {f"skill-{n}": 5 for n in range(1000)}, 0)
    for n in range(1000):
        matching.add_contact("c", "q", requirement_of({f"skill-{n}": 1}), 0, n)
        assert matching.pick_agent("c") == "anne"
    matching.remove_contact("c")
    assert len(matching._lines) <= 256


class AgainstAScan(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.matching = Matching()
        self.contacts: dict[str, tuple[Requirement, tuple[int, int, str], str]] = {}
        self.agents: dict[str, tuple[dict[str, int], tuple[int, str]]] = {}

    @rule(contact=IDS, queue=st.sampled_from("ab"), needs=NEEDS, priority=st.integers(0, 2), age=st.integers(0, 9))
    def contact_waits(self, contact: str, queue: str, needs: dict[str, int], priority: int, age: int) -> None:
        self.matching.add_contact(contact, queue, requirement_of(needs), priority, age)
        self.contacts[contact] = (requirement_of(needs), (-priority, age, contact), queue)

    @rule(contact=IDS)
    def contact_leaves(self, contact: str) -> None:
        self.matching.remove_contact(contact)
        self.contacts.pop(contact, None)

    @rule(agent=IDS, skills=NEEDS, idle_since=st.integers(0, 9))
    def agent_available(self, agent: str, skills: dict[str, int], idle_since: int) -> None:
        self.matching.add_agent(agent, skills, idle_since)
        self.agents[agent] = (skills, (idle_since, agent))

    @rule(agent=IDS)
    def agent_busy(self, agent: str) -> None:
        self.matching.remove_agent(agent)
        self.agents.pop(agent, None)

    @invariant()
    def picks_are_those_of_a_scan(self) -> None:
        for contact, (requirement, key, queue) in self.contacts.items():
            fitting = min((k for skills, k in self.agents.values() if satisfies(skills, requirement)), default=None)
            assert self.matching.pick_agent(contact) == (fitting[1] if fitting else None)
            ahead = sum(1 for _, other, where in self.contacts.values() if where == queue and other < key)
            assert self.matching.ahead_of(contact) == ahead
        for agent, (skills, _) in self.agents.items():
            fits = min((key for needs, key, _ in self.contacts.values() if satisfies(skills, needs)), default=None)
            assert self.matching.pick_contact(agent) == (fits[2] if fits else None)
        assert list(self.matching.waiting_contacts()) == [k[2] for k in sorted(k for _, k, _ in self.contacts.values())]
        for queue in "ab":
            assert self.matching.waiting_in(queue) == sum(1 for *_, where in self.contacts.values() if where == queue)


TestAgainstAScan = AgainstAScan.TestCase
TestAgainstAScan.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
