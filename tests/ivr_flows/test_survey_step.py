"""The `survey` step: one key says how satisfied the caller is; nobody has to say."""

import pytest

from cti_server.floor.surveys import BEST, LOW
from ivr_flows.check import check
from ivr_flows.commands import Digits, GetDigits, HangUp, Play, Played
from ivr_flows.draw import draw
from ivr_flows.flow import Flow, parse_flow
from ivr_flows.interpret import FlowRun
from ivr_flows.parts import LOW_SCORE, SCORES
from ivr_flows.promptbook import Prompt, PromptBook
from ivr_flows.simulate import simulate

BOOK = PromptBook.load()
TEXT = """\
id: rated
languages: [zh, en]
numbers: ["4009"]
start: hello
fallback: person
steps:
  hello: {do: say, prompt: power_greeting, next: rate}
  rate: {do: survey, low: person, next: bye}
  bye: {do: hang_up, prompt: survey_thanks}
  person: {do: queue, queue: general}
"""
FLOW = parse_flow(TEXT.encode(), "rated.yaml")
SILENCE = Digits("", timed_out=True)


def flow(old: str, new: str) -> Flow:
    assert old in TEXT
    return parse_flow(TEXT.replace(old, new).encode(), "rated.yaml")


def asked(of: Flow = FLOW, key: str | None = None) -> tuple[FlowRun, object]:
    """A caller who is asked; `key`: pressed during the greeting."""
    run = FlowRun(of)
    assert isinstance(run.start(), Play)
    return run, run.next(Played(key))


def test_the_question_waits_for_one_key() -> None:
    run, command = asked()
    assert command == GetDigits((Prompt("survey_scale", "zh"),), 1, 6000)
    assert run.rating is None


@pytest.mark.parametrize(("key", "step"), [("5", "bye"), ("3", "bye"), ("2", "person"), ("1", "person")])
def test_a_low_score_has_a_way_of_its_own(key: str, step: str) -> None:
    run, _ = asked()
    run.next(Digits(key, timed_out=False))
    assert (run.step, run.rating) == (step, int(key))


def test_without_one_every_score_goes_on() -> None:
    run, _ = asked(flow("low: person, ", ""))
    assert run.next(Digits("1", timed_out=False)) == HangUp((Prompt("survey_thanks", "zh"),))


@pytest.mark.parametrize("answer", [SILENCE, Digits("0", timed_out=False), Digits("6", timed_out=False)])
def test_who_does_not_say_is_asked_once_more_and_let_go_on(answer: Digits) -> None:
    run, command = asked()
    assert run.next(answer) == command
    run.next(answer)
    assert (run.step, run.rating) == ("bye", None)


def test_a_key_pressed_before_the_question_counts_if_it_is_a_score() -> None:
    early, _ = asked(key="4")
    assert (early.step, early.rating) == ("bye", 4)
    other, command = asked(key="9")
    assert (other.step, other.rating) == ("rate", None)
    assert isinstance(command, GetDigits)


def test_after_a_restart_the_question_is_put_again() -> None:
    run, command = asked()
    assert FlowRun.resume(FLOW, run.position).start() == command


def test_the_checker_follows_its_ways_and_prompts() -> None:
    assert check(FLOW, BOOK) == []
    found = check(flow("do: survey,", "do: survey, prompt: nobody_said,"), BOOK)
    assert {(one.kind, one.step) for one in found} == {("missing_prompt", "rate")}
    ring = check(flow("next: bye", "next: rate"), BOOK)
    assert ("loop", "rate") in {(one.kind, one.step) for one in ring}


def test_the_drawing_shows_it_in_both_languages() -> None:
    assert "评价" in draw(FLOW)
    assert "不满意" in draw(FLOW)
    assert "dissatisfied" in draw(FLOW, "en")


def test_a_simulated_caller_rates() -> None:
    walk = simulate(FLOW, BOOK, ["4"])
    assert walk.rating == 4
    assert [one.kind for one in walk.steps] == ["say", "keys", "hang_up"]
    assert simulate(FLOW, BOOK, []).rating is None


def test_flow_and_floor_mean_the_same_scores() -> None:
    assert LOW_SCORE == LOW
    assert sorted(SCORES.values()) == list(range(1, BEST + 1))
