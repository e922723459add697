"""A tiny floor around the matching: contacts come, ring at an agent, are answered and end, on several channels."""

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from routing import Decision, Matching
from routing.order import longest_head_start
from routing.rules import LAST_MEMBERSHIP, Contact, Membership, Place, Profile, QueueRules
from routing.stages import stage_at
from tests.routing.oracle import Oracle
from tests.routing.worlds import AGENTS, BEST_PRIORITY, COMING, PROFILES, QUEUES, RULES, examples


class Floor:
    """An agent rings for one contact at a time and holds what his capacity lets him."""

    def __init__(self) -> None:
        self.matching = Matching()
        self.oracle = Oracle()
        self.profiles: dict[str, Profile] = {}
        self.ringing: dict[str, Contact] = {}
        self.held: dict[str, list[Contact]] = {}
        self.waiting: dict[str, Contact] = {}
        self.now = 1000
        self.count = 0

    def next(self) -> int:
        self.count += 1
        return self.count

    def put_queue(self, rules: QueueRules) -> None:
        self.matching.put_queue(rules)
        self.oracle.put_queue(rules)

    def sign_in(self, agent: str, profile: Profile) -> None:
        self.profiles[agent], self.held[agent] = profile, []
        self.matching.put_agent(agent, profile)
        self.oracle.put_agent(agent, profile)
        self.place(agent)

    def place(self, agent: str) -> None:
        held = self.held[agent]
        busy = Counter(contact.channel for contact in held)
        free = {channel for channel, room in self.profiles[agent].capacity.items() if busy[channel] < room}
        serving = [*held, *([self.ringing[agent]] if agent in self.ringing else [])]
        place = Place(
            "offered" if agent in self.ringing else "connected" if held else "available",
            frozenset() if agent in self.ringing else frozenset(free),
            self.now,
            self.next(),
            serving=tuple(contact.queue for contact in serving),
        )
        self.matching.place(agent, place)
        self.oracle.place(agent, place)

    # -- what happens

    def arrives(self, contact: Contact) -> None:
        stage = self.matching.first_stage(contact, self.now - contact.age_from)
        waiting = replace(contact, stage=stage)
        self.waiting[contact.id] = waiting
        self.matching.add_contact(waiting)
        self.oracle.add_contact(waiting)
        self.offer(self.matching.pick_agent(contact.id))

    def gone(self, contact: str) -> None:
        self.waiting.pop(contact, None)
        self.matching.remove_contact(contact)
        self.oracle.remove_contact(contact)

    def answered(self, agent: str) -> None:
        if agent in self.ringing:
            self.held[agent].append(self.ringing.pop(agent))
            self.freed(agent)

    def ended(self, agent: str, which: int) -> None:
        if self.held[agent]:
            self.held[agent].pop(which % len(self.held[agent]))
            self.freed(agent)

    def freed(self, agent: str) -> None:
        self.place(agent)
        self.offer(self.matching.pick_contact(agent))

    def time_passes(self, passed: int) -> None:
        self.now += passed
        for contact in list(self.waiting):
            while contact in self.waiting and (coming := self.matching.next_stage(contact)) and coming[1] <= self.now:
                self.matching.relax(contact, coming[0])
                self.oracle.relax(contact, coming[0])
                self.offer(self.matching.pick_agent(contact))

    # -- what must hold

    def offer(self, decision: Decision | None) -> None:
        if decision is None:
            return
        contact, agent = self.waiting.pop(decision.contact), decision.agent
        assert agent not in self.ringing
        in_hands = [held.id for all_held in (*self.held.values(), self.ringing.values()) for held in all_held]
        assert contact.id not in in_hands
        held = Counter(one.channel for one in self.held[agent])
        assert held[contact.channel] < self.profiles[agent].capacity[contact.channel]
        self.nobody_is_passed_over(contact, agent)
        self.ringing[agent] = contact
        self.gone(contact.id)
        self.place(agent)

    def nobody_is_passed_over(self, chosen: Contact, agent: str) -> None:
        """Whoever the agent could serve as well came later than the chosen one, less the head starts of the rules."""
        rules = self.matching.rules(chosen.queue)
        for other in self.waiting.values():
            others = self.matching.rules(other.queue)
            if other.channel != chosen.channel or self.oracle.floods(other.queue) or not self.may(agent, other.id):
                continue
            later = (LAST_MEMBERSHIP - 1) * others.membership_head_start + others.target - rules.target
            bound = longest_head_start(rules, BEST_PRIORITY) + later
            assert chosen.age_from - other.age_from <= bound

    def may(self, agent: str, contact: str) -> bool:
        return self.oracle.in_line(agent, self.oracle.contacts[contact])

    def nobody_waits_for_nothing(self) -> None:
        for contact in self.waiting:
            assert self.matching.pick_agent(contact) is None
        for agent in self.profiles:
            assert self.matching.pick_contact(agent) is None


def without_reserve(profile: Profile) -> Profile:
    regular = {queue: Membership(one.priority) for queue, one in profile.memberships.items()}
    return Profile(profile.skills, regular, profile.capacity)


HAPPENINGS = st.lists(
    st.tuples(st.sampled_from(("arrives", "arrives", "answered", "ended", "gone", "time")), st.integers(0, 30)),
    min_size=5,
    max_size=40,
)


@examples(100)
@given(st.data(), HAPPENINGS)
def test_capacity_holds_and_an_offer_is_the_only_one(data: st.DataObject, happenings: list[tuple[str, int]]) -> None:
    floor = Floor()
    for queue in QUEUES[:2]:
        floor.put_queue(replace(data.draw(RULES), id=queue))
    agents = AGENTS[: data.draw(st.integers(1, 4))]
    for agent in agents:
        floor.sign_in(agent, data.draw(PROFILES.map(without_reserve)))
    for what, number in happenings:
        agent = agents[number % len(agents)]
        match what:
            case "arrives":
                order = floor.next()
                came = data.draw(COMING)
                contact = replace(came, id=f"c{order}", age_from=came.age_from + floor.now - 1000, order=order)
                if contact.queue in QUEUES[:2]:
                    floor.arrives(contact)
            case "answered":
                floor.answered(agent)
            case "ended":
                floor.ended(agent, number)
            case "gone":
                if floor.waiting:
                    floor.gone(sorted(floor.waiting)[number % len(floor.waiting)])
            case _:
                floor.time_passes(number)
        floor.nobody_waits_for_nothing()


def test_one_call_and_three_chats() -> None:
    floor = Floor()
    floor.put_queue(QueueRules("a"))
    floor.sign_in("P", Profile(capacity={"voice": 1, "chat": 3}))
    for number, channel in enumerate(("chat", "voice", "voice", "chat", "chat", "chat")):
        floor.arrives(Contact(str(number), "a", floor.now + number, number, channel=channel))
    for _ in range(4):
        floor.answered("P")
    assert [contact.id for contact in floor.held["P"]] == ["0", "1", "3", "4"]
    assert sorted(floor.waiting) == ["2", "5"]
    floor.ended("P", 1)
    assert floor.ringing["P"].id == "2"


def test_a_contact_is_served_by_the_stage_it_has_come_to() -> None:
    rules = QueueRules("a", preferred_patience=40)
    matching = Matching()
    matching.put_queue(rules)
    stages = matching.stages(Contact("c", "a", 0, 0, preferred="P"))
    assert [stage_at(stages, waited) for waited in (-5, 0, 39, 40, 1000)] == [0, 0, 0, 1, 1]
