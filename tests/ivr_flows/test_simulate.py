"""A flow walked through without a telephone: what the caller hears, and where he ends."""

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr_flows.commands import Seen
from ivr_flows.flow import load_flows, parse_flow
from ivr_flows.promptbook import PromptBook
from ivr_flows.simulate import Answer, Heard, Walk, simulate
from ivr_flows.variables import Value
from tests.ivr_flows.everything import EVERYTHING, LIBRARY

BOOK = PromptBook.load()
NOON = int(datetime.fromisoformat("2026-11-23T12:00+08:00").timestamp() * 1000)


FLOW = parse_flow(EVERYTHING.replace("say: money, value: bill.amount", "say: digits, value: account").encode(), "it")


def walk(*script: Answer, grade: str = "", patient: bool = True) -> Walk:
    facts: dict[str, Value] = {"grade": grade, "known": True, "place": "", "phone": "13913000001"}
    return simulate(FLOW, BOOK, script, facts=facts, library=LIBRARY, now=NOON, patient=patient)


def test_a_bill_is_asked_for_and_said() -> None:
    way = walk("1", "12345#", {"amount": "12.50"}, "0")
    assert [(one.kind, one.step, one.did) for one in way.steps] == [
        ("say", "hello", ""),
        ("keys", "main", "1"),
        ("keys", "account", "12345#"),
        ("ask", "look_up", "amount"),
        ("say", "tell", ""),
        ("keys", "main", "0"),
        ("say", "agent", ""),
        ("queue", "agent", ""),
    ]
    assert way.steps[3].detail == "billing.arrears(account, area)"
    assert way.steps[4].texts == ("正在为您转接，请稍候。", "幺二三四五", "感谢您的来电，祝您生活愉快，再见。")
    assert way.variables["account"] == "12345"
    assert way.steps[-1].detail == "general"


def test_who_says_nothing_reaches_a_person() -> None:
    way = walk()
    assert way.steps[-1] == Heard("queue", "agent", detail="general")


def test_a_pin_is_shown_as_dots() -> None:
    way = walk("3", "246810", {"ok": True})
    assert "246810" not in repr(way)
    assert way.steps[2].did == "······"
    assert way.steps[-1].detail == "power_billing · 2"


def test_english_is_heard_and_asked_for() -> None:
    way = walk("2", "0")
    assert way.language == "en"
    assert way.steps[2].texts[0].startswith("To report")
    assert way.steps[-1].detail == "general · english≥1"


def test_a_caller_who_hangs_up_has_left() -> None:
    assert [one.kind for one in walk("1", "hangup").steps][-2:] == ["keys", "left"]


def test_an_unfinished_script_stops_where_it_ends() -> None:
    way = walk("1", patient=False)
    assert way.waiting
    assert (way.steps[-1].step, way.steps[-1].did) == ("account", "")


def test_what_the_agent_sees_is_told() -> None:
    assert walk("0", grade="gold").shown == {"grade": Seen("gold", {"zh": "等级"})}


@settings(deadline=None)
@given(
    st.sampled_from(sorted(load_flows())), st.lists(st.sampled_from([*"0123456789*#-", "hangup", "fail"]), max_size=30)
)
def test_every_walk_through_our_own_flows_ends(number: str, script: list[Answer]) -> None:
    way = simulate(load_flows()[number], BOOK, script)
    assert way.steps[-1].kind in ("queue", "left")
