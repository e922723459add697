"""The checker finds what a caller would suffer from, and finds nothing in the flows we ship."""

import pytest

from ivr_flows.check import check
from ivr_flows.flow import load_flows, parse_flow
from ivr_flows.promptbook import PromptBook

BOOK = PromptBook.load()

GOOD = """\
id: shop
languages: [zh, en]
start: hello
fallback: agent
steps:
  hello: {do: say, prompt: power_greeting, next: main}
  main:
    do: menu
    prompt: power_menu
    keys: {"1": agent, "2": bye}
    timeout: {seconds: 5, next: agent}
    wrong_key: {prompt: wrong_key, tries: 2, next: agent}
  agent: {do: queue, queue: general}
  bye: {do: hang_up, prompt: goodbye}
"""


def found(text: str) -> set[tuple[str, str]]:
    return {(problem.kind, problem.step) for problem in check(parse_flow(text.encode(), "x.yaml"), BOOK)}


@pytest.mark.parametrize("number", ["95598", "4008", "95500"])
def test_shipped_flows_have_no_problem(number: str) -> None:
    assert check(load_flows()[number], BOOK) == []


def test_a_good_flow_has_no_problem() -> None:
    assert found(GOOD) == set()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("next: main}", "next: agent}", ("unreachable", "main")),
        ("{seconds: 5, next: agent}", "{seconds: 5, next: bye}", ("silent_hang_up", "main")),
        ("tries: 2, next: agent}", "tries: 2, next: bye}", ("wrong_key_hang_up", "main")),
        ("{seconds: 5, next: agent}", "{seconds: 5, next: main}", ("loop", "main")),
        ("{seconds: 5, next: agent}", "{seconds: 5, next: hello}", ("loop", "hello")),
        ("prompt: power_greeting", "prompt: nobody_said", ("missing_prompt", "hello")),
        ("{prompt: wrong_key,", "{prompt: nobody_said,", ("missing_prompt", "main")),
        ("prompt: goodbye", "prompt: num_liang", ("missing_prompt", "bye")),  # exists in Chinese only
    ],
)
def test_each_fault_is_found(old: str, new: str, problem: tuple[str, str]) -> None:
    assert old in GOOD
    assert problem in found(GOOD.replace(old, new, 1))


def test_a_ring_without_a_way_out_is_a_dead_end() -> None:
    ring = GOOD.replace('"2": bye', '"2": ring').replace(
        "bye: {do: hang_up, prompt: goodbye}",
        "ring: {do: say, prompt: goodbye, next: round}\n  round: {do: set_language, language: en, next: ring}",
    )
    assert {("dead_end", "ring"), ("dead_end", "round"), ("loop", "ring")} <= found(ring)


def test_too_many_menus_in_a_row_are_found() -> None:
    menus = "".join(
        f"  m{n}:\n    do: menu\n    prompt: power_menu\n    keys: {{'1': m{n + 1}}}\n"
        "    timeout: {seconds: 5, next: agent}\n    wrong_key: {prompt: wrong_key, tries: 2, next: agent}\n"
        for n in range(8)
    )
    deep = GOOD.replace("  bye:", menus + "  m8: {do: queue, queue: deep}\n  bye:").replace(
        '"2": bye', '"2": m0, "3": bye'
    )
    assert ("too_deep", "m8") in found(deep)


def test_a_problem_reads_as_a_sentence_with_a_remedy() -> None:
    flow = parse_flow(GOOD.replace("prompt: power_greeting", "prompt: gone").encode(), "x.yaml")
    assert str(check(flow, BOOK)[0]) == (
        "step 'hello': prompt 'gone' does not exist in 'zh'. Add it to prompts/zh.yaml and render it"
    )
