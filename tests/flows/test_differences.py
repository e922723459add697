"""What changed between two texts, for people and for programs that apply it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_server.flows.differences import differences, unified
from cti_server.flows.examination import first_flow
from tests.flows.texts import SHOP, changed
from tests.rig.effort import effort

NAMES = ("old", "new")
_words = st.sampled_from(["a", "b", "c", "  d: 1", "", "# x", "- y"])
_texts = st.lists(_words, max_size=40).map(lambda lines: "".join(f"{line}\n" for line in lines))


@settings(max_examples=60, deadline=None)
@given(_texts, _texts)
def test_it_makes_the_new_text_of_the_old_one(before: str, after: str) -> None:
    lines = unified(before, after, NAMES)
    assert (lines == "") == (before == after)
    if lines:
        assert _patched(before, lines) == after


def test_long_differences_are_told_in_bounded_work() -> None:
    before = "".join(f"key{number}: {number}\n" for number in range(20_000))
    after = "".join(f"key{number}: {number}\n" for number in reversed(range(20_000)))
    with effort() as spent:
        lines = unified(before, after, NAMES)
    assert spent.calls < 200_000
    assert len(lines.splitlines()) == 40_003
    assert _patched(before, lines) == after


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (SHOP + "# only a remark\n", []),
        (changed("0\": agent", "0\": fault"), [("changed", "main", "keys.0", "agent", "fault")]),
        (
            changed("queue: general, prompt", "queue: general, priority: 3, prompt"),
            [("changed", "agent", "priority", 0, 3)],
        ),
        (SHOP.replace("fault:", "broken:").replace('"1": fault', '"1": broken'), [
            ("changed", "main", "keys.1", "fault", "broken"),
            ("renamed", "broken", "", "fault", "broken"),
        ]),
        (changed("numbers: [", "language_skills: {en: {english: 2}}\nnumbers: ["), [
            ("added", "", "language_skills.en.english", None, 2),
        ]),
        (changed("title: {zh: 商店, en: Shop}\n", ""), [
            ("removed", "", "title.zh", "商店", None),
            ("removed", "", "title.en", "Shop", None),
        ]),
    ],
    ids=["remark", "key", "priority", "renamed", "added", "removed"],
)  # fmt: skip
def test_what_callers_notice(new: str, told: list[tuple[object, ...]]) -> None:
    found = differences(SHOP, new, NAMES)
    assert found.changes is not None
    assert [(one.kind, one.step, one.field, one.before, one.after) for one in found.changes] == told
    back = differences(new, SHOP, NAMES)
    assert back.changes is not None
    assert len(back.changes) == len(told)


def test_steps_that_come_and_go_are_told_whole() -> None:
    new = changed('"0": agent', '"0": agent, "5": bye') + "  bye: {do: hang_up}\n"
    found = differences(SHOP, new, NAMES)
    assert found.changes is not None
    assert [change.words["zh"] for change in found.changes] == [
        "步骤 main：按键 5 新增，为 bye",
        "新步骤 bye（hang_up）",
    ]
    back = differences(new, SHOP, NAMES)
    assert back.changes is not None
    assert [change.words["en"] for change in back.changes] == [
        "step 'main': key 5 is gone, it was bye",
        "step 'bye' (hang_up) is gone",
    ]


def test_a_text_that_cannot_be_run_is_compared_by_its_lines_only() -> None:
    found = differences(SHOP, "steps: [\n", NAMES)
    assert found.changes is None
    assert "+steps: [" in found.lines
    assert first_flow(["steps: [\n"]) is None


def _patched(before: str, lines: str) -> str:
    """Applies a unified diff; every line it names must be where it says."""
    old, new, place = before.split("\n"), list[str](), 0
    for line in lines.split("\n")[2:-1]:
        hunk = re.fullmatch(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", line)
        if hunk:
            start = int(hunk[1]) - (hunk[2] != "0")
            new += old[place:start]
            place = start
            assert len(new) == int(hunk[3]) - (hunk[4] != "0"), line
        elif line[0] in " -":
            assert old[place] == line[1:]
            new += [line[1:]] if line[0] == " " else []
            place += 1
        else:
            new.append(line[1:])
    return "\n".join(new + old[place:])
