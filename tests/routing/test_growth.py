"""What went by leaves nothing behind: no lines, numbers, notes or plans pile up over a long day."""

from dataclasses import replace

import pytest

from routing import Matching, linebook, lines, matching
from routing.requirement import has
from routing.rules import AgentOrder, Contact, Membership, Place, QueueRules, Relaxation
from tests.routing.worlds import member, on_offer, skilled

BUSY = Place("connected")


def center(*queues: QueueRules) -> Matching:
    made = Matching()
    for rules in queues:
        made.put_queue(rules)
    return made


def test_thousands_of_requirements_do_not_pile_up() -> None:
    routing = center(QueueRules("q"))
    routing.put_agent("P", skilled(**{f"skill {n}": 5 for n in range(3000)}))
    routing.place("P", on_offer())
    for n in range(3000):
        routing.add_contact(Contact("c", "q", 0, n, has(f"skill {n}")))
        decision = routing.pick_contact("P")
        assert decision is not None
        assert decision.requirement == has(f"skill {n}")
    assert len(routing._lines._numbered) <= linebook._KEPT
    assert len(routing._lines._by_key) <= linebook._KEPT
    assert len(routing._queues["q"].plans) <= matching._PLANS_KEPT


def test_lines_in_use_are_kept_however_many() -> None:
    routing = center(QueueRules("q"))
    routing.put_agent("P", skilled(power=1))
    routing.place("P", on_offer())
    count = 2 * linebook._KEPT
    for n in range(count):
        routing.add_contact(Contact(str(n), "q", 0, n, has("power") if n == count - 1 else has(f"skill {n}")))
    assert routing.pick_contact("P") == replace_side(routing, str(count - 1))
    assert len(routing._lines._by_key) == count


def replace_side(routing: Matching, contact: str) -> object:
    """The same match found from the other side."""
    found, other = routing.pick_agent(contact), routing.pick_contact("P")
    assert found is not None
    assert other is not None
    return replace(found, side=other.side)


def test_a_reserve_called_again_and_again_opens_no_new_lines() -> None:
    routing = center(QueueRules("q"))
    routing.put_agent("P", member(q=Membership(reserve=True)))
    routing.place("P", on_offer())
    routing.add_contact(Contact("c", "q", 0, 0))
    for _ in range(linebook._KEPT):
        routing.open_reserve("q", on=True)
        assert routing.pick_contact("P") is not None
        routing.open_reserve("q", on=False)
        assert routing.pick_contact("P") is None
    assert len(routing._lines._numbered) <= linebook._KEPT


def test_a_queue_ruled_again_and_again_opens_no_new_lines() -> None:
    near = QueueRules("near")
    routing = center(QueueRules("q", members_only=True, relaxation=(Relaxation(0, queues=frozenset(("near",))),)), near)
    routing.put_agent("P", skilled())
    routing.place("P", on_offer())
    routing.add_contact(Contact("c", "q", 0, 0, stage=1))
    for _ in range(linebook._KEPT):
        routing.put_queue(replace(near, members_only=True))
        assert routing.pick_contact("P") is None
        routing.put_queue(near)
        assert routing.pick_contact("P") is not None
    assert len(routing._lines._numbered) <= linebook._KEPT


def test_agents_who_come_by_and_are_not_taken_leave_no_notes() -> None:
    """The best is always there and always picked; the others come and go, and their old places must be forgotten."""
    routing = center(QueueRules("q", agent_order=AgentOrder.MOST_SKILLED, requirement=has("power")))
    for agent, level in (("best", 9), ("good", 5), ("fair", 3)):
        routing.put_agent(agent, skilled(power=level))
        routing.place(agent, on_offer())
    routing.add_contact(Contact("c", "q", 0, 0))
    for turn in range(1000):
        decision = routing.pick_agent("c")
        assert decision is not None
        assert decision.agent == "best"
        routing.place("good", on_offer(turn))
        routing.place("fair", on_offer(turn))
    (line,) = routing._lines._by_key.values()
    assert line._heap is not None
    assert len(line._heap) <= 2 * 3 + 2 * lines._PATIENCE


def test_the_number_of_one_who_left_is_given_out_again() -> None:
    routing = center(QueueRules("q", requirement=has("power")))
    for turn in range(100):
        routing.put_agent(f"able {turn}", skilled(power=1))
        routing.place(f"able {turn}", on_offer(turn))
        routing.add_contact(Contact("c", "q", 0, turn))
        decision = routing.pick_agent("c")
        assert decision is not None
        assert decision.agent == f"able {turn}"
        routing.drop_agent(f"able {turn}")
        routing.put_agent("unable", skilled())
        routing.place("unable", on_offer(turn))
        assert routing.pick_agent("c") is None
        assert routing.pick_contact("unable") is None
        routing.drop_agent("unable")
    assert len(routing.roster.agents) == 1
    assert routing.roster.everyone == routing.roster.signed_in == routing.roster.available["voice"] == 0


def test_a_cold_line_is_told_nothing() -> None:
    routing = center(QueueRules("q"))
    routing.put_agent("P", skilled())
    routing.place("P", on_offer())
    routing.add_contact(Contact("c", "q", 0, 0))
    assert routing.pick_agent("c") is not None
    (line,) = routing._lines._by_key.values()
    for turn in range(lines._PATIENCE + 1):
        assert line.hot
        routing.place("P", BUSY)
        routing.place("P", on_offer(turn))
    routing.place("P", on_offer(99))
    assert not line.hot
    assert routing._lines._hot == 0
    line.agent_came(routing.roster.by_id["P"])
    assert not line.hot
    assert routing.pick_agent("c") is not None
    assert line.hot


def test_those_who_wait_for_one_agent_alone_leave_one_by_one() -> None:
    routing = center(QueueRules("q", preferred_patience=30))
    routing.put_agent("P", skilled())
    for number, contact in enumerate("abc"):
        routing.add_contact(Contact(contact, "q", 0, number, preferred="P"))
    assert routing.waiting_alone_for("P") == ["a", "b", "c"]
    routing.remove_contact("b")
    routing.relax("a", 1)
    assert routing.waiting_alone_for("P") == ["c"]
    routing.remove_contact("c")
    assert routing._alone == {}


def test_a_set_of_agents_has_nobody_who_left() -> None:
    routing = center()
    for agent in "PRS":
        routing.put_agent(agent, skilled())
    everyone = routing.roster.everyone
    routing.drop_agent("R")
    assert [agent.id for agent in routing.roster.of(everyone)] == ["P", "S"]


# -- errors ------------------------------------------------------------------------------------------------------


def test_a_queue_with_contacts_stays() -> None:
    routing = center(QueueRules("q"))
    routing.add_contact(Contact("c", "q", 0, 0))
    with pytest.raises(ValueError, match="contacts wait in q"):
        routing.drop_queue("q")
    routing.remove_contact("c")
    routing.drop_queue("q")
    with pytest.raises(KeyError):
        routing.drop_queue("q")


def test_a_contact_sent_to_an_unknown_queue_waits_on_where_it_was() -> None:
    routing = center(QueueRules("q"))
    routing.add_contact(Contact("c", "q", 0, 0))
    with pytest.raises(KeyError):
        routing.add_contact(Contact("c", "nowhere", 0, 0))
    assert routing.contact("c").queue == "q"


def test_the_unknown() -> None:
    routing = center(QueueRules("q"))
    routing.remove_contact("nobody")
    routing.drop_agent("nobody")
    assert not routing.is_signed_in("nobody")
    for ask in (routing.pick_agent, routing.pick_contact, routing.contact, routing.next_stage, routing.rules):
        with pytest.raises(KeyError):
            ask("nobody")
    with pytest.raises(KeyError):
        routing.place("nobody", on_offer())


@pytest.mark.parametrize("level", [0, 11, -1])
def test_a_level_that_is_none_is_refused(level: int) -> None:
    with pytest.raises(ValueError, match="a level is 1 to 10"):
        center().put_agent("P", skilled(power=level))
