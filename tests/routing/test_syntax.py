"""Requirements as people write them: what was read is what is written, and mistakes are shown where they are."""

from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.requirement import ANYBODY, NOBODY, Requirement, all_of, any_of, has, no, text_of
from routing.syntax import MAX_DEPTH, MAX_LENGTH, RequirementSyntaxError, parse
from tests.rig.effort import effort
from tests.routing.worlds import examples

SKILLS = st.sampled_from(("power", "english", "trainee", "a", "x_9", "android", "order", "nothing"))
LEAVES = st.one_of(st.builds(has, SKILLS, st.integers(1, 10)), st.sampled_from((ANYBODY, NOBODY)))


def _combined(inner: st.SearchStrategy[Requirement]) -> st.SearchStrategy[Requirement]:
    parts = st.lists(inner, max_size=4)
    return parts.map(lambda them: all_of(*them)) | parts.map(lambda them: any_of(*them)) | inner.map(no)


REQUIREMENTS = st.recursive(LEAVES, _combined, max_leaves=20)


@examples(100)
@given(REQUIREMENTS)
def test_what_is_written_is_read(requirement: Requirement) -> None:
    assert parse(text_of(requirement)) == requirement


@pytest.mark.parametrize(
    ("text", "requirement"),
    [
        ("power>=4 and (english or not trainee)", all_of(has("power", 4), any_of(has("english"), no(has("trainee"))))),
        ("a or b and not c", any_of(has("a"), all_of(has("b"), no(has("c"))))),
        ("(a or b) and c", all_of(any_of(has("a"), has("b")), has("c"))),
        ("not (a and b)", no(all_of(has("a"), has("b")))),
        ("NOT Not a", has("a")),
        ("a AND b Or Anybody", ANYBODY),
        ("nobody or\n a>=10", has("a", 10)),
        ("\t power  >=\u30004 ", has("power", 4)),
        ("not anybody", NOBODY),
        ("((a))", has("a")),
        ("and_more and ornate", all_of(has("and_more"), has("ornate"))),
    ],
)
def test_reading(text: str, requirement: Requirement) -> None:
    assert parse(text) == requirement


@pytest.mark.parametrize(
    ("text", "position", "found", "remedy"),
    [
        ("", 0, "the requirement ends too early", "Write it like: power>=4 and"),
        ("power and", 9, "the requirement ends too early", "Write it like"),
        ("power > 4", 6, 'character 7: did not expect ">"', "Write >= instead"),
        ("power=4", 5, 'did not expect "="', "Write >= instead"),
        ("power≥4", 5, 'did not expect "≥"', "Write >= instead"),
        ("power<4", 5, 'did not expect "<"', "not power>=4"),
        ("a && b", 2, 'did not expect "&"', "Write and instead"),
        ("a　&b", 2, 'did not expect "&"', "Write and instead"),
        ("（a)", 0, 'did not expect "（"', "Write ( instead"),
        ("a ; b", 2, 'did not expect ";"', "Write it like"),
        ("a\x00", 1, 'did not expect "\\u0000"', "Write it like"),
        ("power>=", 7, "the level after >= is missing", "A level is 1–10"),
        ("power>=11", 7, 'character 8: did not expect "11"', "A level is 1–10"),
        ("power>=0", 7, 'did not expect "0"', "A level is 1–10"),
        ("power>=99999999999", 7, 'did not expect "99999999999"', "A level is 1–10"),
        ("power>=high", 7, 'did not expect "high"', "A level is 1–10"),
        ("Power>=4", 0, 'did not expect "Power"', "A skill is 1-64 of a-z"),
        ("a" * 65, 0, "did not expect", "A skill is 1-64 of a-z"),
        ("_a", 0, 'did not expect "_a"', "A skill is"),
        ("power english", 6, 'did not expect "english"', "Join the parts by and"),
        ("power 4", 6, 'did not expect "4"', "Join the parts by and"),
        ("a)", 1, 'did not expect ")"', "open the bracket before"),
        ("anybody>=4", 7, 'did not expect ">="', "one skill before >="),
        ("a>=1>=2", 4, 'did not expect ">="', "one skill before >="),
        ("4>=power", 0, 'did not expect "4"', "Write the skill first"),
        ("a and or b", 6, 'did not expect "or"', "Write a skill here"),
        ("()", 1, 'did not expect ")"', "Write a skill here"),
        ("a and (b or c", 6, "the bracket at character 7 is not closed", "Close it with )"),
        ("(a (b))", 3, 'did not expect "("', "Join the parts by and"),
    ],
)
def test_mistakes_are_shown_where_they_are(text: str, position: int, found: str, remedy: str) -> None:
    with pytest.raises(RequirementSyntaxError) as caught:
        parse(text)
    error = caught.value
    assert error.position == position
    assert found in error.message["en"]
    assert remedy in error.remedy["en"]
    assert str(error) == f"{error.message['en']}. {error.remedy['en']}"
    assert error.message["zh"] != error.message["en"]
    assert error.remedy["zh"] != error.remedy["en"]


def test_brackets_as_deep_as_allowed() -> None:
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH) == has("a")
    with pytest.raises(RequirementSyntaxError, match=f"deeper than {MAX_DEPTH}") as caught:
        parse("(" * (MAX_DEPTH + 1) + "a")
    assert caught.value.position == MAX_DEPTH


@pytest.mark.parametrize("text", ["(" * 10_000, "a or " * 250_000, " " * 1_000_000, "not " * 1_001])
def test_hostile_texts_are_refused_at_once(text: str) -> None:
    with effort() as spent, pytest.raises(RequirementSyntaxError, match=f"at most {MAX_LENGTH}"):
        parse(text)
    assert spent.calls < 500


@pytest.mark.parametrize("unit", ["not ", "(", "a or ", "(a or b)and ", "a and not ", " "])
def test_the_longest_texts_take_little_work(unit: str) -> None:
    with effort() as spent, pytest.raises(RequirementSyntaxError) if unit == "(" else nullcontext():
        parse(unit * ((MAX_LENGTH - 1) // len(unit)) + "a")
    assert spent.calls < 200_000


@examples(100)
@given(st.text("ab>=10() nothdy\n;≥", max_size=40) | st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        requirement = parse(text)
    except RequirementSyntaxError as refusal:
        position = refusal.position
    else:
        assert parse(text_of(requirement)) == requirement
        return
    assert 0 <= position <= len(text)
