"""Self-service of somebody who waits: a flow from any step, and back to the queue without a word."""

from pathlib import Path

import pytest

from ivr_flows.commands import Command, Digits, Enqueue, GetDigits, HangUp, Play, Played, TakeMessage
from ivr_flows.flow import load_flows, load_library, parse_flow
from ivr_flows.interpret import MAX_ANSWERS, FlowRun

POWER = load_flows(Path(__file__).parents[1] / "rig/flows")["95598"]
SILENCE = Digits("", timed_out=True)
PART = parse_flow(
    b"""\
id: part
languages: [en]
start: menu
fallback: agent
steps:
  menu:
    do: menu
    prompt: power_menu
    keys: {"1": back, "2": message, "3": bye}
    timeout: {seconds: 5, next: agent}
    wrong_key: {prompt: wrong_key, tries: 2, next: agent}
  back: {do: return}
  message: {do: voicemail}
  bye: {do: hang_up, prompt: goodbye}
  agent: {do: queue, queue: general, prompt: connecting_agent}
""",
    "part",
)


def pressed(run: FlowRun, key: str) -> Command:
    assert isinstance(run.start(), GetDigits)
    return run.next(Digits(key, timed_out=False))


def test_it_begins_where_the_queue_says_in_the_language_he_speaks() -> None:
    run = FlowRun.visit(POWER, "main_english", {"language": "en"})
    assert (run.step, run.language) == ("main_english", "en")
    assert isinstance(run.start(), GetDigits)


@pytest.mark.parametrize("step", ["", "no_such_step"])
def test_without_a_step_it_begins_at_the_start(step: str) -> None:
    assert FlowRun.visit(POWER, step).step == POWER.start


def test_a_queue_step_says_nothing_and_ends_it() -> None:
    assert isinstance(pressed(FlowRun.visit(POWER, "main"), "1"), Enqueue)


def test_a_part_returns_to_the_queue_without_a_word() -> None:
    assert isinstance(pressed(FlowRun.visit(PART, ""), "1"), Enqueue)
    assert isinstance(pressed(FlowRun(PART), "1"), Play), "otherwise it says that it connects"


def test_other_ends_are_what_they_are() -> None:
    assert isinstance(pressed(FlowRun.visit(PART, ""), "2"), TakeMessage)
    assert isinstance(pressed(FlowRun.visit(PART, ""), "3"), HangUp)


def test_who_says_nothing_is_back_in_his_queue() -> None:
    run = FlowRun.visit(PART, "")
    run.start()
    assert isinstance(run.next(SILENCE), Enqueue)


def test_it_ends_however_long_he_plays_with_it() -> None:
    run = FlowRun.visit(POWER, "main")
    command = run.start()
    for _ in range(MAX_ANSWERS + 5):
        if isinstance(command, Enqueue):
            break
        command = run.next(Digits("*", timed_out=False) if isinstance(command, GetDigits) else Played())
    assert isinstance(command, Enqueue)


@pytest.mark.parametrize("number", ["95598", "4008", "95500"])
def test_the_demo_flows_can_be_visited_at_the_step_its_queues_name(number: str) -> None:
    library = load_library()
    run = FlowRun.visit(library[number], "recognise", {"language": "zh", "phone": "+8613913000001"}, library=library)
    assert run.step == "recognise"
