"""Who comes first, case by case: each policy on agents it tells apart, each head start, and that nobody starves."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import Matching
from routing.order import contact_key, longest_head_start, occupancy
from routing.requirement import ANYBODY, Requirement, all_of, any_of, has, no
from routing.rules import AgentOrder, Contact, Membership, Profile, QueueRules, Relaxation, Storm, Weights
from tests.routing.worlds import BEST_PRIORITY, COMING, RULES, examples, member, on_offer, skilled

IDLE_LONGEST = (skilled(power=4, billing=5, gas=5), on_offer(since=1000, order=1, occupancy=80.0))
LEAST_AT_WORK = (skilled(power=4, english=2, billing=2), on_offer(since=3000, order=2, occupancy=10.0))
BEST = (skilled(power=6, english=6), on_offer(since=4000, order=3, occupancy=50.0))
SPECIALIST = (skilled(power=3), on_offer(since=2000, order=4, occupancy=60.0))
STAFF = {"idle longest": IDLE_LONGEST, "least at work": LEAST_AT_WORK, "best": BEST, "specialist": SPECIALIST}


def picked(rules: QueueRules, asked: Requirement = ANYBODY) -> str:
    """Whom of the staff a contact of `rules` gets."""
    matching = Matching()
    matching.put_queue(rules)
    for agent, (profile, place) in STAFF.items():
        matching.put_agent(agent, profile)
        matching.place(agent, place)
    return pick(matching, Contact("c", rules.id, 0, 0, asked))


def pick(matching: Matching, contact: Contact) -> str:
    matching.add_contact(contact)
    decision = matching.pick_agent(contact.id)
    assert decision is not None
    return decision.agent


@pytest.mark.parametrize(
    ("order", "agent"),
    [
        (AgentOrder.LONGEST_IDLE, "idle longest"),
        (AgentOrder.LEAST_OCCUPIED, "least at work"),
        (AgentOrder.MOST_SKILLED, "best"),
        (AgentOrder.LEAST_SKILLED, "specialist"),
        (AgentOrder.WEIGHTED, "idle longest"),
    ],
)
def test_each_policy_picks_its_own(order: AgentOrder, agent: str) -> None:
    assert picked(QueueRules("q", any_of(has("power"), has("english")), agent_order=order)) == agent


@pytest.mark.parametrize(
    ("weights", "agent"),
    [
        (Weights(), "idle longest"),
        (Weights(idle_second=0.0, skill_level=1.0), "best"),
        (Weights(idle_second=0.0, skill_level=-1.0), "specialist"),
        (Weights(idle_second=0.0, spare_skill=1.0), "idle longest"),
        (Weights(idle_second=1.0, spare_skill=-1.5), "specialist"),
        (Weights(idle_second=0.0, occupancy_percent=-1.0), "least at work"),
        (Weights(idle_second=0.0, occupancy_percent=1.0), "idle longest"),
        (Weights(idle_second=1.0, skill_level=0.5), "best"),
        (Weights(idle_second=1.0, skill_level=0.2), "idle longest"),
    ],
)
def test_weights_are_points_and_the_most_win(weights: Weights, agent: str) -> None:
    asked = any_of(has("power"), has("english"))
    assert picked(QueueRules("q", asked, agent_order=AgentOrder.WEIGHTED, weights=weights)) == agent


def test_only_levels_of_what_is_asked_count() -> None:
    most = QueueRules("q", agent_order=AgentOrder.MOST_SKILLED)
    assert picked(most, any_of(has("gas"), no(has("english", 7)))) == "idle longest"
    assert picked(most, has("english", 2)) == "best"
    assert picked(most, all_of(has("billing"), no(has("gas", 9)))) == "idle longest"


@pytest.mark.parametrize("order", AgentOrder)
def test_between_equals_the_longest_idle_then_the_first_to_come(order: AgentOrder) -> None:
    matching = Matching()
    matching.put_queue(QueueRules("q", agent_order=order, weights=Weights(idle_second=0.0)))
    for agent, since, turn in (("late", 2000, 1), ("second", 1000, 3), ("first", 1000, 2)):
        matching.put_agent(agent, skilled(power=3))
        matching.place(agent, on_offer(since, turn))
    assert pick(matching, Contact("c", "q", 0, 0)) == "first"


@pytest.mark.parametrize("order", AgentOrder)
def test_membership_comes_before_the_policy(order: AgentOrder) -> None:
    matching = Matching()
    matching.put_queue(QueueRules("q", agent_order=order))
    for agent, rank in (("second", 2), ("first", 1), ("third", 3)):
        matching.put_agent(agent, member({"power": rank}, q=Membership(rank)))
        matching.place(agent, on_offer(since=rank * 1000, order=rank, occupancy=10.0 / rank))
    assert pick(matching, Contact("c", "q", 0, 0)) == "first"


def test_the_own_membership_counts_before_a_neighbours() -> None:
    matching = Matching()
    matching.put_queue(QueueRules("q", relaxation=(Relaxation(0, queues=frozenset("rs")),)))
    profiles = {
        "own": member(q=Membership(4), r=Membership(1)),
        "near": member(r=Membership(3), s=Membership(5)),
        "far": member(z=Membership(6)),
    }
    for order, (agent, profile) in enumerate(profiles.items()):
        matching.put_agent(agent, profile)
        matching.place(agent, on_offer(order=order))
    assert in_turn(matching, Contact("c", "q", 0, 0, stage=1)) == ["far", "near", "own"]


def in_turn(matching: Matching, contact: Contact) -> list[str]:
    """Whom the contact gets, and whom when he is gone, and so on."""
    matching.add_contact(contact)
    turn: list[str] = []
    while decision := matching.pick_agent(contact.id):
        turn.append(decision.agent)
        matching.drop_agent(decision.agent)
    return turn


# -- contacts ----------------------------------------------------------------------------------------------------


def served(rules: tuple[QueueRules, ...], contacts: tuple[Contact, ...], profile: Profile | None = None) -> str:
    """The order in which one agent gets the contacts."""
    matching = Matching()
    for each in rules:
        matching.put_queue(each)
    matching.put_agent("P", profile or skilled())
    matching.place("P", on_offer())
    for contact in contacts:
        matching.add_contact(contact)
    order = ""
    while decision := matching.pick_contact("P"):
        order += decision.contact
        matching.remove_contact(decision.contact)
    return order


Q = QueueRules("q", target=20, priority_head_start=100, grade_head_start={"gold": 50}, membership_head_start=30)


def test_first_come_first_served_then_by_number() -> None:
    contacts = (Contact("c", "q", 20, 1), Contact("b", "q", 10, 2), Contact("a", "q", 20, 3))
    assert served((Q,), contacts) == "bca"


def test_head_starts_are_time_and_run_out() -> None:
    plain = Contact("p", "q", 0, 9)
    for head_start, priority, grade in ((100, 1, ""), (50, 0, "gold"), (250, 2, "gold")):
        early = Contact("e", "q", head_start - 1, 1, priority=priority, grade=grade)
        late = Contact("l", "q", head_start + 1, 0, priority=priority, grade=grade)
        assert served((Q,), (plain, early, late)) == "epl"


def test_the_target_of_the_queue_counts() -> None:
    slow = replace(Q, id="slow", target=60)
    assert served((Q, slow), (Contact("s", "slow", 0, 0), Contact("a", "q", 39, 1), Contact("b", "q", 41, 2))) == "asb"


def test_each_level_of_membership_is_a_head_start() -> None:
    other = replace(Q, id="other")
    contacts = (Contact("o", "other", 0, 9), Contact("a", "q", 59, 0), Contact("b", "q", 61, 1))
    assert served((Q, other), contacts) == "oab"
    assert served((Q, other), contacts, member(q=Membership(1), other=Membership(3))) == "aob"
    assert served((Q, other), contacts, member(q=Membership(3), other=Membership(1))) == "oab"


def test_a_flooded_queue_lets_others_pass_until_it_has_less_than_its_share() -> None:
    flooded = replace(Q, storm=Storm(waiting=1, share=50))
    matching = Matching()
    matching.put_queue(flooded)
    matching.put_queue(replace(Q, id="other", target=500))
    for agent in "PR":
        matching.put_agent(agent, skilled())
    matching.place("R", replace(on_offer(), serving=("q",)))
    matching.place("P", on_offer())
    for contact in (Contact("1", "q", 0, 0), Contact("2", "q", 0, 1), Contact("3", "other", 0, 2)):
        matching.add_contact(contact)
    decision = matching.pick_contact("P")
    assert decision is not None
    assert (decision.contact, decision.held_back) == ("3", ("q",))
    matching.remove_contact("3")
    spared = matching.pick_contact("P")
    assert spared is not None
    assert (spared.contact, spared.held_back) == ("1", ())
    matching.add_contact(Contact("3", "other", 0, 2))
    matching.place("R", on_offer())
    below = matching.pick_contact("P")
    assert below is not None
    assert (below.contact, below.held_back) == ("1", ())


@examples(100)
@given(RULES, COMING, COMING, st.integers(0, 2000))
def test_nobody_is_overtaken_by_more_than_the_longest_head_start(
    rules: QueueRules, early: Contact, late: Contact, later: int
) -> None:
    late = replace(late, age_from=late.age_from + later)
    bound = longest_head_start(rules, BEST_PRIORITY)
    assert bound >= 0
    if late.age_from - early.age_from > bound:
        assert contact_key(rules, early) < contact_key(rules, late)


def test_the_longest_head_start_is_reached() -> None:
    assert longest_head_start(Q, 3) == 350
    assert longest_head_start(replace(Q, grade_head_start={}), 3) == 300
    assert longest_head_start(replace(Q, grade_head_start={"late": -50}), 0) == 0


@pytest.mark.parametrize("membership", [None, Membership(10)])
def test_a_stream_of_the_most_important_does_not_starve_the_least(membership: Membership | None) -> None:
    """One agent, who frees up every 10 ms, and just as often somebody of the highest priority comes."""
    matching = Matching()
    matching.put_queue(Q)
    matching.put_queue(replace(Q, id="poor"))
    matching.put_agent("P", member(poor=membership) if membership else skilled())
    matching.place("P", on_offer())
    matching.add_contact(Contact("poor", "poor", 0, 0))
    later = (membership.priority - 1) * Q.membership_head_start if membership else 0
    bound = longest_head_start(Q, BEST_PRIORITY) + later
    for now in range(0, bound + 20, 10):
        matching.add_contact(Contact(str(now), "q", now, now + 1, priority=BEST_PRIORITY, grade="gold"))
        decision = matching.pick_contact("P")
        assert decision is not None
        if decision.contact == "poor":
            assert now > bound - 20
            return
        matching.remove_contact(decision.contact)
    raise AssertionError("starved")


def test_two_idle_agents_keep_their_order_however_long_nobody_calls() -> None:
    """Who worked 6 of 8 hours is behind one who worked 40 minutes of one hour, and stays behind."""
    hour = 3_600_000
    veteran, newcomer = occupancy(6 * hour, 0), occupancy(40 * hour // 60, 7 * hour)
    assert veteran > newcomer
    assert occupancy(6 * hour, 0) == pytest.approx(occupancy(6 * hour + 7 * hour // 10, -hour))
    assert veteran - newcomer == pytest.approx(100 * (6 - 40 / 60 - 0.7 * 7) / 8)
