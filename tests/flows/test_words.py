"""Every problem has a place, words and a remedy in both languages."""

import re

import pytest

from cti_server.flows import words
from cti_server.flows.examination import examine
from ivr_flows.problems import Problem
from routing.problems import Severity
from tests.flows.texts import AROUND, SHOP, changed

_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_what_the_check_finds_is_told_in_both_languages_at_its_place() -> None:
    said = words.fault(Problem("missing_prompt", "main", {"prompt": "hello", "language": "en"}))
    assert said.path == "steps.main"
    assert said.message == {"zh": "提示音“hello”没有 en 版本", "en": "prompt 'hello' does not exist in 'en'"}
    assert (
        said.severity,
        words.fault(Problem("unknown_connector", "main", {"connector": "x", "known": ""})).severity,
    ) == (Severity.ERROR, Severity.WARNING)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ("", ""),
        ("[]", ""),
        ("a: [", "line 1"),
        ("a: 1\na: 2", "line 2"),
        (changed("id: shop", "id: 商店"), "id"),
        (changed("id: shop", "id: " + "x" * 65), "id"),
        (changed("languages: [zh, en]", "languages: []"), "languages"),
        (changed("languages: [zh, en]", "languages: zh"), "languages"),
        (changed("seconds: 5", "seconds: soon"), "steps.main.timeout.seconds"),
        (changed("seconds: 5", "seconds: 500"), "steps.main.timeout.seconds"),
        (changed("tries: 3", "tries: 0"), "steps.main.wrong_key.tries"),
        (changed("tries: 3", "tries: 2.5"), "steps.main.wrong_key.tries"),
        (changed('"1": fault', '"A": fault'), "steps.main"),
        (changed("start: main", "start: [a]"), "start"),
        (changed("fallback: agent", "fallback: main"), "fallback"),
        (changed("do: menu", "make: menu"), "steps.main"),
        (changed("prompt: power_menu", "prompt: {a: b}"), "steps.main.prompt[0]"),
        (changed("steps:", "steps: x\nmore:"), "steps"),
        (changed('["4001"]', '["+"]'), "numbers[0]"),
        (changed("title: {zh: 商店, en: Shop}", f"title: {{zh: {'店' * 41}}}"), "title.zh"),
    ],
)
def test_a_problem_says_where_what_and_what_to_do(wrong: str, path: str) -> None:
    examined = examine(wrong, None, AROUND)
    assert examined.flow is None
    problem = examined.problems[0]
    assert problem.path == path, problem
    for said in (problem.message, problem.remedy):
        assert said["en"]
        assert _CHINESE.search(said["zh"]), problem
        assert "{" not in said["en"].replace("{0,63}", "").replace("{1,64}", "").replace("{2,15}", ""), problem


def test_all_mistakes_are_told_at_once() -> None:
    wrong = SHOP.replace("agent", "nobody", 4).replace("prompt: power_fault", "promt: power_fault")
    assert len(examine(wrong, None, AROUND).problems) == 1, "the shape comes first"
    wrong = SHOP.replace("next: agent", "next: nobody").replace('"1": fault', '"1": nowhere')
    assert len(examine(wrong, None, AROUND).problems) == 3


def test_hundreds_of_mistakes_are_told_in_part() -> None:
    wrong = changed("steps:", "steps:\n" + "".join(f"  s{n}: {{do: say, prompt: a, next: n{n}}}\n" for n in range(400)))
    assert len(examine(wrong, None, AROUND).problems) == 200
