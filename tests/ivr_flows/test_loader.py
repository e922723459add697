"""What a flow file may not be: each refusal names the file, the place and the remedy."""

from pathlib import Path

import pytest

from ivr_flows.flow import load_flow, load_flows, parse_flow
from ivr_flows.steps import QueueStep
from ivr_flows.yamlfile import MAX_BYTES, FlowError

SMALL = """\
id: shop
languages: [zh]
numbers: ["4001"]
start: main
fallback: agent
steps:
  main:
    do: menu
    prompt: power_menu
    keys: {"1": agent, "2": bye}
    timeout: {seconds: 5, next: agent}
    wrong_key: {prompt: wrong_key, tries: 2, next: agent}
  agent: {do: queue, queue: general}
  bye: {do: hang_up, prompt: goodbye}
"""


def test_a_small_flow_loads_with_its_types() -> None:
    flow = parse_flow(SMALL.encode(), "shop.yaml")
    agent = flow.steps["agent"]
    assert isinstance(agent, QueueStep)
    assert (agent.queue, agent.priority, agent.skills) == ("general", 0, {})
    assert flow.numbers == ("4001",)


def test_version_follows_content_and_not_layout() -> None:
    first = parse_flow(SMALL.encode(), "a")
    commented = parse_flow(("# a remark\n" + SMALL.replace("[zh]", "\n  - zh")).encode(), "b")
    changed = parse_flow(SMALL.replace("tries: 2", "tries: 3").encode(), "c")
    assert first.version == commented.version != changed.version


def test_yaml_1_1_surprises_stay_text() -> None:
    flow = parse_flow(SMALL.replace("id: shop", "id: no").replace('"4001"', "0123").encode(), "a")
    assert (flow.id, flow.numbers) == ("no", ("0123",))


@pytest.mark.parametrize(
    ("old", "new", "place", "problem", "remedy"),
    [
        ("queue: general", "queue: general, colour: red", "step 'agent', colour", "not permitted", "Remove this key"),
        ("do: queue, queue: general", "do: fly", "step 'agent'", "fly", "kinds of step"),
        ("do: queue, ", "", "step 'agent'", "tag", "`do:`"),
        ("queue: general", "queue: '../etc'", "step 'agent', queue", "pattern", "Correct"),
        ("queue: general", "queue: general, priority: 11", "step 'agent', priority", "10", "Correct"),
        ("queue: general", "queue: general, skills: {english: 11}", "step 'agent', skills english", "10", "Correct"),
        ('"2": bye', '"2": nowhere', "step 'main', key 2", "no step 'nowhere'", "use one of: agent, bye, main"),
        ('"2": bye', '"A": bye', "step 'main'", "'A' is no telephone key", "0-9, * and #"),
        ('"2": bye', '"22": bye', "step 'main'", "'22' is no telephone key", "0-9, * and #"),
        ('"2": bye', '"1": bye', "line 10", "'1' is written twice", "Correct this line"),
        ("start: main", "start: gone", "start", "no step 'gone'", "Add it"),
        ("fallback: agent", "fallback: bye", "fallback", "'bye' is no queue", "do: queue"),
        ("fallback: agent\n", "", "fallback", "required", "Add it"),
        ("seconds: 5", "seconds: 0.2", "step 'main', timeout seconds", "greater", "Correct"),
        ("prompt: goodbye", "prompt: '/etc/passwd'", "step 'bye', prompt 0", "pattern", "Correct"),
        ("languages: [zh]", "languages: [zh]\nlanguage_skills: {en: {english: 1}}", "language_skills", "'en'", "Add"),
        ("do: hang_up, prompt: goodbye", "do: set_language, language: fr, next: agent", "'bye'", "'fr'", "Add it"),
        ("start: main", "start: &x main", "line 4", "anchors and aliases", "Write the value out"),
        ("start: main", "start: [main", "line 5", "not valid YAML", "Correct this line"),
        ("id: shop", "id: !!python/object/apply:os.system [id]", "id", "string", "Correct"),
        ("id: shop", "id: \x00shop", "", "not valid YAML", "Remove the character"),
    ],
)
def test_refusals_name_place_problem_and_remedy(old: str, new: str, place: str, problem: str, remedy: str) -> None:
    assert old in SMALL
    with pytest.raises(FlowError) as caught:
        parse_flow(SMALL.replace(old, new, 1).encode(), "shop.yaml")
    error = caught.value
    assert str(error).startswith("shop.yaml: ")
    assert place in error.where
    assert problem in error.problem
    assert remedy in error.remedy


def test_bombs_are_refused_before_they_grow() -> None:
    laughs = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    for bomb, problem in (
        (laughs, "anchors and aliases"),
        ("[" * 5000 + "]" * 5000, "nested deeper"),
        ("[" + "x," * 30_000 + "]", "more than"),
        ("#" * (MAX_BYTES + 1), "larger than 256 KiB"),
    ):
        with pytest.raises(FlowError, match=problem):
            parse_flow(bomb.encode(), "bomb.yaml")


@pytest.mark.parametrize("data", [b"\xff\xfe", b"", b"- 1", b"just text", b"? [a]\n: b"])
def test_what_is_no_flow_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(FlowError):
        parse_flow(data, "odd.yaml")


def test_two_flows_cannot_serve_one_number(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SMALL)
    (tmp_path / "b.yaml").write_text(SMALL.replace("id: shop", "id: other"))
    with pytest.raises(FlowError, match="4001 is already served by flow 'shop'"):
        load_flows(tmp_path)


def test_a_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(FlowError, match="cannot be read"):
        load_flow(tmp_path / "none.yaml")
