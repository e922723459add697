"""Every kind of step, one by one: what it asks for, and where each result leads."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ivr_flows.commands import (
    Answered,
    Ask,
    Command,
    Digits,
    Enqueue,
    GetDigits,
    HangUp,
    Hungup,
    Play,
    Played,
    Result,
    RunScript,
    Seen,
    TakeMessage,
    Unanswered,
)
from ivr_flows.flow import parse_flow
from ivr_flows.interpret import FlowRun
from ivr_flows.promptbook import Prompt
from ivr_flows.variables import Value
from tests.ivr_flows.everything import FLOW, LIBRARY

NOON = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
SILENCE = Digits("", timed_out=True)
CALLER: dict[str, Value] = {"name": "王芳", "grade": "", "phone": "+8613913000001", "place": "江苏南京", "known": True}


def press(keys: str) -> Digits:
    return Digits(keys, timed_out=False)


def begin(at: datetime = NOON, **facts: Value) -> FlowRun:
    return FlowRun(FLOW, {**CALLER, **facts}, library=LIBRARY, clock=lambda: int(at.timestamp() * 1000))


def walk(run: FlowRun, *results: Result) -> Command:
    """Let everything before the first command that is no `Play` be played, then give the results."""
    command = run.start()
    while isinstance(command, Play):
        command = run.next(Played())
    for result in results:
        command = run.next(result)
    return command


# -- hours -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "step"),
    [
        ("2026-11-23T08:29:59+08:00", "after_hours"),
        ("2026-11-23T08:30:00+08:00", "hello"),
        ("2026-11-28T23:59:00+08:00", "hello"),  # Saturday's span goes past midnight
        ("2026-11-29T01:59:00+08:00", "hello"),
        ("2026-11-29T02:00:00+08:00", "after_hours"),
        ("2026-10-05T12:00:00+08:00", "on_holiday"),
        ("2026-10-10T10:00:00+08:00", "hello"),  # a Saturday that is worked
        ("2026-10-10T13:00:00+08:00", "on_holiday"),
        ("2031-01-01T12:00:00+08:00", "on_holiday"),  # every year, beyond the table
        ("2031-10-06T12:00:00+08:00", "hello"),  # the table says nothing any more: the week holds
    ],
)
def test_hours_lead_by_the_wall_clock_of_their_zone(at: str, step: str) -> None:
    run = begin(datetime.fromisoformat(at).astimezone(UTC))
    run.start()
    assert run.step == step


def test_out_of_hours_a_message_is_taken() -> None:
    assert begin(datetime(2026, 11, 23, 20, tzinfo=ZoneInfo("Asia/Shanghai"))).start() == TakeMessage(
        Prompt("closed_hours", "zh")
    )


# -- branch and set ----------------------------------------------------------------------------------------------


def test_a_gold_customer_is_urgent_wherever_he_goes() -> None:
    run = begin(grade="gold")
    command = walk(run, press("0"), Played())
    assert command == Enqueue("general", (("vip", 3),), 5, "zh", "agent")
    assert run.shown == {"grade": Seen("gold", {"zh": "等级"})}


def test_the_first_condition_that_holds_is_taken_and_values_are_worked_out() -> None:
    run = begin(place="南京鼓楼")
    walk(run)
    assert run.variables == {"area": "025", "visits": 2}


def test_a_condition_that_fails_leads_to_otherwise() -> None:
    run = FlowRun(FLOW, {}, library=LIBRARY, clock=lambda: int(NOON.timestamp() * 1000))
    walk(run)
    assert (run.step, run.variables) == ("main", {})


# -- collect -----------------------------------------------------------------------------------------------------


def test_a_number_is_asked_for_with_its_bounds_and_kept() -> None:
    run = begin()
    asked = walk(run, press("1"))
    assert asked == GetDigits((Prompt("other_language", "zh"),), 8, 5000, "#")
    ask = run.next(press("123456"))
    assert ask == Ask("billing", "arrears", {"account": "123456", "area": "江苏南京"}, 2500, "look_up-3")
    assert run.variables["account"] == "123456"


def test_digits_that_ended_by_waiting_count_if_they_are_enough() -> None:
    assert isinstance(walk(begin(), press("1"), Digits("1234", timed_out=True)), Ask)


def test_too_few_digits_are_told_and_the_second_mistake_reaches_a_person() -> None:
    run = begin()
    again = walk(run, press("1"), press("123"))
    assert again == GetDigits((Prompt("input_error", "zh"), Prompt("other_language", "zh")), 8, 5000, "#")
    run.next(press("1"))
    assert run.step == "agent"


def test_saying_nothing_is_asked_again_then_reaches_a_person() -> None:
    run = begin()
    again = walk(run, press("1"), SILENCE)
    assert isinstance(again, GetDigits)
    assert again.prompts[0] == Prompt("no_input", "zh")
    run.next(SILENCE)
    assert run.step == "agent"


def test_a_key_pressed_during_what_is_said_before_is_the_first_digit() -> None:
    flow = parse_flow(
        b"id: f\nlanguages: [zh]\nstart: s\nfallback: q\nsteps:\n  s: {do: say, prompt: connecting, next: c}\n"
        b"  c: {do: collect, prompt: connecting, into: n, next: q, timeout: {seconds: 5, next: q},\n"
        b"      wrong_key: {prompt: input_error, tries: 2, next: q}}\n  q: {do: queue, queue: general}",
        "f.yaml",
    )
    run = FlowRun(flow)
    run.start()
    assert run.next(Played("7")) == GetDigits((), 32, 5000, "#", begun="7")


# -- ask and say -------------------------------------------------------------------------------------------------


def test_an_answer_is_said_and_the_caller_goes_on() -> None:
    run = begin()
    said = walk(run, press("1"), press("1234"), Answered({"amount": "12.50"}))
    assert isinstance(said, Play)
    assert [prompt.id for prompt in said.prompts] == ["connecting", "num_12", "yuan", "num_5", "jiao", "goodbye"]
    assert isinstance(run.next(Played()), GetDigits)


@pytest.mark.parametrize("why", ["timeout", "refused", "failed"])
def test_no_answer_leads_to_otherwise(why: str) -> None:
    run = begin()
    walk(run, press("1"), press("1234"), Unanswered(why))
    assert run.step == "agent"


def test_a_number_nobody_knows_is_asked_for_again() -> None:
    run = begin()
    walk(run, press("1"), press("1234"), Unanswered("not_found"))
    assert run.step == "account"


@pytest.mark.parametrize("fields", [{}, {"amount": "much"}, {"amount": [1]}, {"amount": "-3"}])
def test_an_answer_without_what_is_needed_does_not_lose_the_caller(fields: dict[str, Value]) -> None:
    run = begin()
    command = walk(run, press("1"), press("1234"), Answered(fields))
    assert isinstance(command, GetDigits)
    assert run.step == "main"


def test_a_value_that_cannot_be_said_leads_to_its_own_step() -> None:
    run = begin()
    walk(run, press("1"), press("1234"), Answered({"amount": "1e9"}))
    assert run.step == "agent"


def test_what_a_connector_answers_is_bounded() -> None:
    run = begin()
    flood: dict[str, Value] = {f"f{n}": "x" * 10_000 for n in range(5000)}
    walk(run, press("1"), press("1234"), Answered({"amount": "1", "deep": {"a": {"b": {"c": {"d": 1}}}}, **flood}))
    bill = run.variables["bill"]
    assert isinstance(bill, dict)
    assert len(bill) <= 40
    assert bill["f0"] == "x" * 200
    assert len(run.position) < 1110


# -- sub-flow and secrets ----------------------------------------------------------------------------------------


def test_a_sub_flow_comes_back_with_what_it_learned() -> None:
    run = begin()
    pin = walk(run, press("3"))
    assert pin == GetDigits((Prompt("other_language", "zh"),), 6, 5000, "#", secret=True)
    ask = run.next(press("246810"))
    assert isinstance(ask, Ask)
    assert ask.arguments == {"pin": "246810", "phone": "+8613913000001"}
    command = run.next(Answered({"ok": True}))
    assert command == Play((Prompt("connecting", "zh"),), "")
    assert run.next(Played()) == Enqueue("power_billing", (), 2, "zh", "billing")


def test_a_sub_flow_may_end_in_its_own_queue() -> None:
    run = begin()
    assert walk(run, press("3"), SILENCE) == Enqueue("general", (), 0, "zh", "person")


def test_a_sub_flow_that_is_not_there_reaches_a_person() -> None:
    run = FlowRun(FLOW, CALLER, clock=lambda: int(NOON.timestamp() * 1000))
    walk(run, press("3"))
    assert run.step == "agent"


def test_flows_that_use_each_other_for_ever_reach_a_person() -> None:
    loop = parse_flow(
        b"id: a\nlanguages: [zh]\nstart: s\nfallback: q\nsteps:\n"
        b"  s: {do: sub_flow, flow: a, next: q}\n  q: {do: queue, queue: general}",
        "a.yaml",
    )
    assert FlowRun(loop, library={"a": loop}).start() == Enqueue("general", (), 0, "zh", "q")


def test_a_pin_is_nowhere_but_in_the_question() -> None:
    run = begin()
    walk(run, press("3"))
    before = run.position
    digits = press("246810")
    ask = run.next(digits)
    shown = f"{run.position}{run.variables}{run.choices}{run.shown}{ask!r}{digits!r}"
    assert "246810" not in shown
    # A server that takes over now has never heard the PIN: the caller is asked for it once more.
    assert FlowRun.resume(FLOW, run.position, CALLER, library=LIBRARY).start() == GetDigits(
        (Prompt("other_language", "zh"),), 6, 5000, "#", secret=True
    )
    assert FlowRun.resume(FLOW, before, CALLER, library=LIBRARY).step == "pin"
    run.next(Unanswered("timeout"))
    assert FlowRun.resume(FLOW, run.position, CALLER, library=LIBRARY).step == "person"


def test_a_pin_begun_too_early_is_not_kept_either() -> None:
    flow = parse_flow(
        b"id: f\nlanguages: [zh]\nstart: s\nfallback: q\nsteps:\n  s: {do: say, prompt: connecting, next: t}\n"
        b"  t: {do: say, prompt: connecting, interruptible: false, next: c}\n"
        b"  c: {do: collect, prompt: connecting, into: n, secret: true, next: a, timeout: {seconds: 5, next: q},\n"
        b"      wrong_key: {prompt: input_error, tries: 2, next: q}}\n"
        b"  a: {do: ask, connector: c, action: a, arguments: {n: n}, next: q, otherwise: q}\n"
        b"  q: {do: queue, queue: general}",
        "f.yaml",
    )
    run = FlowRun(flow)
    run.start()
    run.next(Played("7"))
    assert '"7"' not in run.position
    assert run.next(Played()) == GetDigits((), 32, 5000, "#", begun="7", secret=True)


# -- script, hang-up ---------------------------------------------------------------------------------------------


def test_a_script_runs_and_its_failure_leads_to_otherwise() -> None:
    run = begin()
    assert walk(run, press("4")) == RunScript("old_agi", 20_000)
    assert run.next(Answered({"choice": "2"})) == Play((Prompt("connecting", "zh"),), "")
    assert run.variables["old"] == {"choice": "2"}
    run = begin()
    walk(run, press("4"), Unanswered("timeout"))
    assert run.step == "agent"


@pytest.mark.parametrize(
    "results",
    [
        (),
        (press("1"),),
        (press("1"), press("1234")),
        (press("1"), press("1234"), Answered({"amount": "3"})),
        (press("3"),),
        (press("3"), press("246810")),
        (press("4"),),
        (press("0"),),
        (press("2"),),
    ],
)
def test_a_caller_may_hang_up_at_every_step(results: tuple[Result, ...]) -> None:
    run = begin()
    walk(run, *results)
    assert run.next(Hungup()) == HangUp(())
    assert run.over
