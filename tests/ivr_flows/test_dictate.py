"""The `dictate` step: codes by key, then speech, then a case."""

import pytest

from ivr_flows.commands import (
    Dictate,
    Dictated,
    Digits,
    Enqueue,
    FlowMisuse,
    GetDigits,
    Play,
    Played,
    Result,
    Seen,
    Unanswered,
    Unheard,
)
from ivr_flows.flow import parse_flow
from ivr_flows.interpret import FlowRun
from ivr_flows.promptbook import Prompt, PromptBook
from ivr_flows.simulate import simulate
from ivr_flows.speech import spoken
from ivr_flows.yamlfile import FlowError
from tests.ivr_flows.everything import EVERYTHING, FLOW, LIBRARY
from tests.ivr_flows.test_steps import NOON, SILENCE, begin, press, walk

CASE = Dictated("C-20261122-0017", "202611220017")
NOW = int(NOON.timestamp() * 1000)


def zh(*names: str) -> tuple[Prompt, ...]:
    return tuple(Prompt(name, "zh") for name in names)


SPEAK = Dictate(
    zh("report_speak"),
    60,
    "report",
    "现场报告",
    {"job": Seen("1234567", {"zh": "任务号", "en": "Job"}), "result": Seen("1")},
)


def test_codes_then_speech_then_the_number_of_the_case() -> None:
    run = begin()
    assert walk(run, press("5")) == GetDigits(zh("report_code"), 8, 5000, "#")
    assert run.next(press("1234567")) == GetDigits(zh("other_language"), 1, 5000, "#")
    assert run.next(press("1")) == SPEAK
    told = run.next(CASE)
    assert told == Play((*zh("report_taken"), *spoken("digits", "202611220017", "zh")), "0123456789*#")
    assert isinstance(run.next(Played()), GetDigits)
    assert run.step == "main"
    assert run.variables["report"] == {"number": "C-20261122-0017", "digits": "202611220017"}
    assert (run.variables["job"], run.variables["result"]) == ("1234567", "1")


def test_a_case_whose_number_is_not_known_yet_is_told_without_it() -> None:
    run = begin()
    assert walk(run, press("5"), press("1234567"), press("1"), Dictated()) == Play(
        zh("voicemail_thanks"), "0123456789*#"
    )


def test_each_code_has_its_own_bounds_but_mistakes_are_counted_together_only_within_it() -> None:
    run = begin()
    again = walk(run, press("5"), press("123"))
    assert again == GetDigits(zh("input_error", "report_code"), 8, 5000, "#")
    assert run.next(press("1234567")) == GetDigits(zh("other_language"), 1, 5000, "#")
    assert run.next(SILENCE) == GetDigits(zh("no_input", "other_language"), 1, 5000, "#")
    run.next(SILENCE)
    assert run.step == "agent"


def test_who_says_nothing_is_told_so_and_may_speak_again() -> None:
    run = begin()
    again = walk(run, press("5"), press("1234567"), press("1"), Unheard())
    assert isinstance(again, Dictate)
    assert again.prompts == zh("voicemail_empty", "report_speak")
    run.next(Unheard())
    assert run.step == "agent"


def test_where_nothing_can_be_recorded_he_reaches_a_person() -> None:
    run = begin()
    walk(run, press("5"), press("1234567"), press("1"), Unanswered("refused"))
    assert run.step == "agent"


def test_a_key_during_the_number_counts_for_the_menu_that_follows() -> None:
    run = begin()
    walk(run, press("5"), press("1234567"), press("1"), CASE)
    assert isinstance(run.next(Played("0")), Play)
    assert run.step == "agent"


def test_the_next_report_of_the_same_caller_asks_for_everything_again() -> None:
    run = begin()
    walk(run, press("5"), press("1234567"), press("1"), CASE, Played())
    assert run.next(press("5")) == GetDigits(zh("report_code"), 8, 5000, "#")


@pytest.mark.parametrize("before", [[], [press("1234567")], [press("1234567"), press("1")]])
def test_brought_back_to_another_server_he_is_asked_anew(before: list[Result]) -> None:
    run = begin()
    walk(run, press("5"), *before)
    back = FlowRun.resume(FLOW, run.position, {}, library=LIBRARY, clock=lambda: NOW)
    assert back.start() == GetDigits(zh("report_code"), 8, 5000, "#")


def test_brought_back_after_it_was_taken_he_hears_the_number_again() -> None:
    run = begin()
    told = walk(run, press("5"), press("1234567"), press("1"), CASE)
    back = FlowRun.resume(FLOW, run.position, {}, library=LIBRARY, clock=lambda: NOW)
    assert back.start() == told
    back.next(Played())
    assert back.step == "main"


@pytest.mark.parametrize(
    ("before", "wrong"),
    [
        ([], CASE),
        ([], Unheard()),
        ([], Unanswered("refused")),
        ([], Played()),
        ([press("1234567"), press("1")], Digits("1", timed_out=False)),
        ([press("1234567"), press("1"), CASE], CASE),
        ([press("1234567"), press("1"), CASE], Digits("1", timed_out=False)),
    ],
)
def test_answers_nobody_asked_for_are_refused(before: list[Result], wrong: Result) -> None:
    run = begin()
    walk(run, press("5"), *before)
    with pytest.raises(FlowMisuse):
        run.next(wrong)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("{name: result, prompt", "{name: job, prompt"), "names of their own"),
        (("{name: result, prompt", "{name: report, prompt"), "names of their own"),
        (("seconds: 60\n    timeout", "seconds: 100000\n    timeout"), "600"),
        (("seconds: 60\n    timeout", "kind: poem\n    timeout"), "complaint"),
    ],
)
def test_what_cannot_be_meant_is_refused(change: tuple[str, str], said: str) -> None:
    assert change[0] in EVERYTHING
    with pytest.raises(FlowError, match=said):
        parse_flow(EVERYTHING.replace(*change).encode(), "it.yaml")


def test_a_simulation_dictates() -> None:
    book = PromptBook.load()
    facts = {"place": "", "grade": ""}
    way = simulate(FLOW, book, ["5", "1234567#", "1", "-", "speak", "0"], facts=facts, library=LIBRARY, now=NOW)
    told = [(one.kind, one.step, one.did, one.detail) for one in way.steps[2:7]]
    assert told == [
        ("keys", "report", "1234567#", "1–8"),
        ("keys", "report", "1", "1–1"),
        ("dictate", "report", "", "report · job 1234567, result 1"),
        ("dictate", "report", "speak", "report · job 1234567, result 1"),
        ("say", "report", "", ""),
    ]
    assert way.steps[6].texts[0] == "已经登记，工单号是"
    assert "".join(way.steps[6].texts[1:]).replace(" ", "").startswith("二零二六")
    failed = simulate(FLOW, book, ["5", "1234567#", "1", "fail"], facts=facts, library=LIBRARY, now=NOW)
    assert failed.steps[-1].kind == "queue"
    assert isinstance(walk(begin(), press("0"), Played()), Enqueue)
