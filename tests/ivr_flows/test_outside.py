"""Steps that lead outside, walked without a telephone: handed on, rung back, ringing again."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr_flows.callback_talk import Ended, Outcome, Speech, Talk, instead
from ivr_flows.check import Surroundings, check
from ivr_flows.commands import (
    Answered,
    AskCallback,
    AskTerms,
    Command,
    Digits,
    DropCallback,
    Enqueue,
    FlowMisuse,
    GetDigits,
    HangUp,
    Number,
    Play,
    Played,
    Promised,
    Question,
    ReadNumber,
    Result,
    Terms,
    Transfer,
    Transferred,
    Unanswered,
)
from ivr_flows.flow import Flow, parse_flow
from ivr_flows.interpret import MAX_ANSWERS, FlowRun
from ivr_flows.promptbook import Prompt, PromptBook
from ivr_flows.simulate import Answer, Walk, simulate
from ivr_flows.variables import Value
from ivr_flows.yamlfile import FlowError

BOOK = PromptBook.load()
HIS = "+8613913000001"
NOON = int(datetime.fromisoformat("2026-11-22T12:00+08:00").timestamp() * 1000)
TOMORROW_AT_TEN = int(datetime.fromisoformat("2026-11-23T10:00+08:00").timestamp() * 1000)
OUTSIDE = """\
id: outside
languages: [zh, en]
language_skills: {en: {english: 1}}
numbers: ["4009"]
start: main
fallback: agent
steps:
  main:
    do: menu
    prompt: power_menu
    keys: {"1": plumber, "2": technician, "3": offer, "4": known, "5": english, "6": asap}
    timeout: {seconds: 5, next: agent}
    wrong_key: {prompt: wrong_key, tries: 2, next: agent}
  plumber: {do: transfer, to: "+8613700000001", prompt: connecting, ring_seconds: 20, otherwise: agent}
  known: {do: set, variables: {repair: "caller.place"}, next: technician}
  technician: {do: transfer, to: repair, record: false, unreached: [], next: main, otherwise: agent}
  offer: {do: callback, queue: power_billing, priority: 2, otherwise: agent}
  asap: {do: callback, queue: power_billing, prompt: [], times: false, otherwise: agent}
  english: {do: set_language, language: en, next: offer}
  agent: {do: queue, queue: general}
"""
FLOW = parse_flow(OUTSIDE.encode(), "outside.yaml")
DUE: dict[str, Value] = {"queue": "power_billing", "due": "2026-11-23T10:00"}
IN_TURN: dict[str, Value] = {"queue": "power_billing", "due": ""}


def press(keys: str) -> Digits:
    return Digits(keys, timed_out=not keys)


def begun(*results: Result, flow: Flow = FLOW, **facts: Value) -> tuple[FlowRun, Command]:
    run = FlowRun(flow, {"phone": HIS, "place": "+8613700000002", **facts}, clock=lambda: NOON)
    command = run.start()
    for result in results:
        command = run.next(result)
    return run, command


def ids(command: object) -> list[str]:
    assert isinstance(command, Play | GetDigits | HangUp)
    return [prompt.id for prompt in command.prompts]


def heard(command: Command) -> str:
    assert isinstance(command, Play | GetDigits | HangUp)
    return "".join(BOOK.texts[prompt].text for prompt in command.prompts)


# -- handed on -----------------------------------------------------------------------------------------------------


def test_he_is_told_then_connected_and_after_the_talk_let_go() -> None:
    run, command = begun(press("1"))
    assert ids(command) == ["connecting"]
    command = run.next(Played())
    assert command == Transfer("+8613700000001", 20, True, "plumber-2")
    assert run.next(Transferred("talked")) == HangUp((Prompt("goodbye", "zh"),))
    assert run.over


@pytest.mark.parametrize("result", ["busy", "no_answer", "refused", "failed", "lost", "not_allowed", "caps"])
def test_who_is_not_reached_leads_to_an_agent_with_a_word(result: str) -> None:
    run, _ = begun(press("1"), Played())
    assert ids(run.next(Transferred(result))) == ["transfer_failed"]
    assert run.next(Played()) == Enqueue("general", (), 0, "zh", "agent")


def test_a_number_may_come_from_what_is_known() -> None:
    run, command = begun(press("4"))
    assert command == Transfer("+8613700000002", 25, False, "technician-1")
    assert ids(run.next(Transferred("talked"))) == ["power_menu"]


def test_a_number_nobody_knows_leads_on_at_once() -> None:
    _, command = begun(press("2"))
    assert command == Enqueue("general", (), 0, "zh", "agent")


def test_the_next_server_asks_for_the_same_transfer_and_no_other() -> None:
    run, command = begun(press("1"), Played())
    back = FlowRun.resume(FLOW, run.position, clock=lambda: NOON)
    assert back.start() == command
    assert ids(back.next(Transferred("busy"))) == ["transfer_failed"]
    again = FlowRun.resume(FLOW, back.position, clock=lambda: NOON)
    assert ids(again.start()) == ["transfer_failed"], "not dialled again"
    assert isinstance(again.next(Played()), Enqueue)


@pytest.mark.parametrize("to", ["+86", "+8613700000001x", "95598 95598", "+0013700000001", "+861370000000112345"])
def test_a_target_is_a_number_or_an_expression(to: str) -> None:
    with pytest.raises(FlowError):
        parse_flow(OUTSIDE.replace("+8613700000001", to).encode(), "outside.yaml")


def test_the_check_follows_who_is_not_reached_and_reads_the_number() -> None:
    text = OUTSIDE.replace('to: "+8613700000001"', "to: nothing.known").replace(
        "otherwise: agent}\n  known", "otherwise: plumber}\n  known"
    )
    found = {(one.kind, one.step) for one in check(parse_flow(text.encode(), "it"), BOOK)}
    assert ("unset", "plumber") in found
    assert ("loop", "plumber") in found
    assert check(FLOW, BOOK) == []


def test_a_number_that_will_never_be_dialled_is_told() -> None:
    around = Surroundings(may_dial=lambda number: number != "+8613700000001")
    found = check(FLOW, BOOK, around)
    assert [(one.step, one.named["number"]) for one in found if one.kind == "number_not_allowed"] == [
        ("plumber", "+8613700000001")
    ]


# -- rung back -----------------------------------------------------------------------------------------------------


def test_he_picks_a_time_of_tomorrow() -> None:
    run, command = begun(press("3"))
    assert command == AskTerms("power_billing", 3)
    assert ids(run.next(Terms(HIS, (TOMORROW_AT_TEN,)))) == ["callback_offer"]
    assert heard(run.next(press("1"))).startswith("我们将回拨您的号码幺三九")
    assert ids(run.next(press("1"))) == ["callback_when"]
    assert heard(run.next(press("2"))) == "我们可以在明天上午十点给您回电。同意请按一，换一个时间请按二。"
    assert run.next(press("1")) == AskCallback("power_billing", HIS, TOMORROW_AT_TEN, (), 2)
    assert heard(run.next(Promised(TOMORROW_AT_TEN))) == "好的，我们将在明天上午十点给您回电，请保持电话畅通，再见。"
    assert run.over


def test_he_is_rung_when_it_is_his_turn_in_english() -> None:
    run, _ = begun(press("5"), Terms(HIS, (TOMORROW_AT_TEN,)), press("1"), press("1"))
    assert run.next(press("1")) == AskCallback("power_billing", HIS, 0, (("english", 1),), 2)
    assert run.next(Promised()) == HangUp((Prompt("callback_accepted", "en"),))


@pytest.mark.parametrize("no", ["", "2", "9"])
def test_who_does_not_want_it_goes_on(no: str) -> None:
    _, command = begun(press("3"), Terms(HIS), press(no))
    assert isinstance(command, Enqueue)


def test_where_nobody_is_rung_nothing_is_offered() -> None:
    _, command = begun(press("3"), Unanswered("callbacks_off"))
    assert isinstance(command, Enqueue)


def test_another_number_is_keyed_in_and_read_back() -> None:
    run, command = begun(press("6"), Terms(HIS), press("2"))
    assert ids(command) == ["callback_enter_number"]
    assert run.next(press("123")) == ReadNumber("123")
    assert ids(run.next(Number(""))) == ["callback_number_wrong"]
    run.next(Played())
    run.next(press("02583190000"))
    assert "callback_number_confirm" in ids(run.next(Number("+862583190000")))
    assert run.next(press("1")) == AskCallback("power_billing", "+862583190000", 0, (), 0)


@pytest.mark.parametrize("why", ["number_not_allowed", "do_not_call"])
def test_a_refused_number_is_told_and_another_one_asked_for(why: str) -> None:
    run, _ = begun(press("6"), Terms(HIS), press("1"))
    assert ids(run.next(Unanswered(why))) == ["callback_number_refused"]
    assert ids(run.next(Played())) == ["callback_enter_number"]
    assert isinstance(run.next(press("")), Enqueue)


@pytest.mark.parametrize(("why", "said"), [("slot_full", "callback_no_slot"), ("too_late", "callback_not_possible")])
def test_other_refusals_are_told_and_lead_to_an_agent(why: str, said: str) -> None:
    run, _ = begun(press("6"), Terms(HIS), press("1"))
    assert ids(run.next(Unanswered(why))) == [said]
    assert isinstance(run.next(Played()), Enqueue)


def test_times_that_suit_nobody_come_to_an_end() -> None:
    run, command = begun(press("3"), Terms(HIS, (TOMORROW_AT_TEN,)), press("1"), press("1"), press("2"), press("2"))
    assert ids(command) == ["callback_no_slot"]
    assert isinstance(run.next(Played()), Enqueue)


def test_a_talk_wants_the_answers_it_asked_for() -> None:
    run, _ = begun(press("3"))
    with pytest.raises(FlowMisuse, match="does not answer AskTerms"):
        run.next(Played())
    assert ids(run.next(Terms(HIS))) == ["callback_offer"]


# -- ringing again -------------------------------------------------------------------------------------------------


def test_who_has_a_callback_hears_when_before_anything_else() -> None:
    _, command = begun(callback=DUE)
    assert heard(command) == "您有一个回电，预约在明天上午十点保留请按一，取消请按二，转人工请按零。"
    _, command = begun(callback=IN_TURN)
    assert ids(command) == ["callback_due_next"]


def test_he_keeps_it() -> None:
    _, command = begun(press("1"), callback=DUE)
    assert command == HangUp((Prompt("callback_kept", "zh"),))


def test_he_cancels_it_and_goes_on_and_is_not_asked_again() -> None:
    run, command = begun(press("2"), callback=DUE)
    assert command == DropCallback()
    assert ids(run.next(Answered({}))) == ["callback_cancelled"]
    assert ids(run.next(Played())) == ["power_menu"]
    back = FlowRun.resume(FLOW, run.position, {"callback": IN_TURN})
    assert ids(back.start()) == ["power_menu"]


def test_he_takes_it_up() -> None:
    run, command = begun(press("0"), callback=DUE)
    assert ids(command) == ["connecting_agent"]
    assert run.next(Played()) == Enqueue("power_billing", (), 0, "zh", "main", callback=True)


def test_silence_keeps_it_and_leads_into_the_flow() -> None:
    run, command = begun(press(""), callback=DUE)
    assert "callback_due_before" in ids(command)
    assert ids(run.next(press(""))) == ["power_menu"]


def test_a_server_that_dies_meanwhile_asks_again() -> None:
    run, first = begun(callback=DUE)
    back = FlowRun.resume(FLOW, run.position, {"callback": DUE}, clock=lambda: NOON)
    assert back.start() == first


def test_a_flow_may_ask_where_it_likes_or_not_at_all() -> None:
    own = OUTSIDE.replace("start: main", "start: hello").replace(
        "steps:\n",
        "steps:\n  hello: {do: say, prompt: power_greeting, next: due}\n  due: {do: callback_due, next: main}\n",
    )
    flow = parse_flow(own.encode(), "it")
    run, command = begun(flow=flow, callback=DUE)
    assert ids(command) == ["power_greeting"]
    assert "callback_due_before" in ids(run.next(Played()))
    assert ids(begun(Played(), flow=flow)[1]) == ["power_menu"]
    ignored = parse_flow(OUTSIDE.replace("start: main", "repeat_callers: ignored\nstart: main").encode(), "it")
    assert ids(begun(flow=ignored, callback=DUE)[1]) == ["power_menu"]


def test_conditions_read_it() -> None:
    which = """
  which:
    do: branch
    when: [{if: "caller.callback.queue == 'power_billing'", next: agent}]
    otherwise: main
"""
    text = OUTSIDE.replace("start: main", "repeat_callers: ignored\nstart: which").replace("steps:\n", f"steps:{which}")
    flow = parse_flow(text.encode(), "it")
    assert isinstance(begun(flow=flow, callback=IN_TURN)[1], Enqueue)
    assert ids(begun(flow=flow)[1]) == ["power_menu"]


# -- whatever is answered ------------------------------------------------------------------------------------------

keys = st.sampled_from(["", "0", "1", "2", "3", "5", "6", "9", "123", "13913000001"])


@given(st.lists(keys, max_size=12), st.booleans(), st.sampled_from([None, DUE, IN_TURN]))
def test_every_talk_ends(pressed: list[str], promised: bool, callback: dict[str, Value] | None) -> None:
    run, command = begun(callback=callback or {})
    given_ = iter(pressed * 9)
    for _ in range(2 * MAX_ANSWERS):
        if run.over:
            assert isinstance(command, Enqueue | HangUp)
            return
        assert len(run.position) < 1110
        command = run.next(_answer(command, next(given_, ""), promised))
    raise AssertionError("the walk does not end")


def _answer(command: Command, key: str, promised: bool) -> Result:
    match command:
        case Play():
            return Played()
        case GetDigits():
            return press(key[: command.max_digits])
        case AskTerms():
            return Terms(HIS if promised else "", (TOMORROW_AT_TEN, TOMORROW_AT_TEN + 3_600_000))
        case ReadNumber():
            return Number("+8613913000001" if len(command.keyed) == 11 else "")
        case AskCallback():
            return Promised(command.at) if promised else Unanswered("number_not_allowed")
        case DropCallback():
            return Answered({}) if promised else Unanswered("unknown_callback")
        case _:
            return Transferred("busy")


def walked(*script: Answer, **facts: Value) -> Walk:
    return simulate(FLOW, BOOK, script, facts={"phone": HIS, "place": "", **facts}, now=NOON)


def test_it_can_be_walked_through_by_hand() -> None:
    way = walked("1", "answered")
    assert [(one.kind, one.detail) for one in way.steps[2:]] == [("transfer", "+8613700000001"), ("hang_up", "")]
    assert walked("1", "fail:busy").steps[2].did == "fail:busy"
    way = walked("3", "1", "1", "2", "1")
    assert way.steps[-2].detail == f"power_billing · {HIS}"
    assert way.steps[-1].kind == "hang_up"
    assert "今天" in "".join(way.steps[-1].texts)
    assert walked("0", callback=DUE).steps[-1].detail == "power_billing"
    assert walked("2", callback=DUE).steps[1].texts == ("您的回电已经取消。",)


# -- who waits and wants to be rung instead ------------------------------------------------------------------------


def instead_of_waiting(number: str, *answers: Result) -> Question | Ended:
    talk = Talk(instead(number, Speech("zh", "Asia/Shanghai", 0)))
    asked = talk.start()
    for answer in answers:
        assert not isinstance(asked, Ended)
        asked = talk.answer(answer)
    return asked


def test_who_waits_is_rung_at_his_place() -> None:
    assert instead_of_waiting(HIS, press("1")) == AskCallback("", HIS, 0, (), 0)
    ended = instead_of_waiting(HIS, press("1"), Promised())
    assert isinstance(ended, Ended)
    assert ended.outcome is Outcome.PROMISED


def test_without_a_number_that_may_be_rung_he_keys_one_in() -> None:
    assert instead_of_waiting("", press("13913000002")) == ReadNumber("13913000002")
    asked = instead_of_waiting("", press("13913000002"), Number("+8613913000002"), press("1"))
    assert asked == AskCallback("", "+8613913000002", 0, (), 0)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ((press(""),), ["place_kept"]),
        ((press("2"), press("")), ["place_kept"]),
        ((press("1"), Unanswered("being_served")), ["callback_not_possible"]),
        ((press("1"), Unanswered("callback_open")), ["callback_not_possible"]),
        ((press("1"), Unanswered("being_served"), Played()), ["place_kept"]),
        ((press("1"), Unanswered("do_not_call")), ["callback_number_refused"]),
    ],
)
def test_who_is_not_rung_keeps_his_place_and_is_told(answers: tuple[Result, ...], told: list[str]) -> None:
    assert ids(instead_of_waiting(HIS, *answers)) == told


def test_in_a_language_without_words_for_it_nothing_is_asked() -> None:
    assert Talk(instead(HIS, Speech("fr", "Asia/Shanghai", 0))).start() == Ended(Outcome.NONE)
