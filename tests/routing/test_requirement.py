"""What is asked of an agent: one form for one meaning, and every rewriting means what it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.requirement import (
    ANYBODY,
    NOBODY,
    AllOf,
    AnyOf,
    Has,
    Not,
    Requirement,
    all_of,
    any_of,
    asked_level,
    failing,
    has,
    lowered,
    no,
    requirement_of,
    satisfies,
    skills_in,
    text_of,
    wanted_in,
    without,
)
from tests.routing.plain import meets, wanted
from tests.routing.worlds import REQUIREMENTS, SKILLS, examples

PEOPLE = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 5))
PARTS = st.lists(REQUIREMENTS, max_size=4)


@examples(150)
@given(PEOPLE, PARTS)
def test_the_builders_mean_what_they_are_called(skills: dict[str, int], parts: list[Requirement]) -> None:
    met = [meets(skills, part) for part in parts]
    assert satisfies(skills, all_of(*parts)) == all(met)
    assert satisfies(skills, any_of(*parts)) == any(met)
    assert [satisfies(skills, no(part)) for part in parts] == [not one for one in met]


@examples(100)
@given(st.data(), PARTS)
def test_the_order_of_writing_makes_no_difference(data: st.DataObject, parts: list[Requirement]) -> None:
    shuffled = data.draw(st.permutations(parts))
    assert all_of(*parts) == all_of(*shuffled)
    assert any_of(*parts) == any_of(*shuffled)
    assert all_of(*parts, *parts) == all_of(*parts)
    assert any_of(*parts, *parts) == any_of(*parts)
    assert all_of(all_of(*parts[:2]), *parts[2:]) == all_of(*parts)
    assert any_of(any_of(*parts[:2]), *parts[2:]) == any_of(*parts)
    assert hash(all_of(*parts)) == hash(all_of(*shuffled))


@examples(150)
@given(REQUIREMENTS)
def test_the_form_is_the_one_of_the_builders(requirement: Requirement) -> None:
    assert rebuilt(requirement) == requirement
    assert no(no(requirement)) == requirement


def rebuilt(requirement: Requirement) -> Requirement:
    """Built once more from its parts, which in the one form have no levels to join and nothing to flatten."""
    match requirement:
        case Has(skill, level):
            return has(skill, level)
        case AllOf(parts):
            assert len(parts) != 1
            assert not any(isinstance(part, AllOf) or part == NOBODY for part in parts)
            return all_of(*map(rebuilt, parts))
        case AnyOf(parts):
            assert len(parts) != 1
            assert not any(isinstance(part, AnyOf) or part == ANYBODY for part in parts)
            return any_of(*map(rebuilt, parts))
        case Not(part):
            assert not isinstance(part, Not)
            assert part not in (ANYBODY, NOBODY)
            return no(rebuilt(part))


@examples(200)
@given(PEOPLE, REQUIREMENTS, st.integers(0, 4))
def test_a_lowered_level_is_met_by_whoever_lacks_that_much(
    skills: dict[str, int], requirement: Requirement, by: int
) -> None:
    assert satisfies(skills, lowered(requirement, by)) == lenient(skills, requirement, by, frozenset())


@examples(200)
@given(PEOPLE, REQUIREMENTS, st.frozensets(st.sampled_from(SKILLS)))
def test_a_dropped_skill_is_asked_of_nobody(
    skills: dict[str, int], requirement: Requirement, drop: frozenset[str]
) -> None:
    rest = without(requirement, drop)
    assert satisfies(skills, rest) == lenient(skills, requirement, 0, drop)
    assert not wanted_in(rest) & drop


def lenient(skills: dict[str, int], requirement: Requirement, by: int, drop: frozenset[str]) -> bool:
    match requirement:
        case Has(skill, level):
            return skill in drop or skills.get(skill, 0) >= max(level - by, 1)
        case AllOf(parts):
            return all([lenient(skills, part, by, drop) for part in parts])
        case AnyOf(parts):
            return any([lenient(skills, part, by, drop) for part in parts])
        case Not(part):
            return not meets(skills, part)


@examples(100)
@given(PEOPLE, REQUIREMENTS)
def test_what_fails_is_a_part_that_is_not_met(skills: dict[str, int], requirement: Requirement) -> None:
    failed = failing(skills, requirement)
    assert (failed is None) == meets(skills, requirement)
    if failed is not None:
        assert not meets(skills, failed)
        assert failed in (requirement, *(requirement.parts if isinstance(requirement, AllOf) else ()))
        assert not isinstance(failed, AllOf)


@examples(100)
@given(REQUIREMENTS)
def test_the_skills_spoken_of(requirement: Requirement) -> None:
    text = text_of(requirement)
    assert skills_in(requirement) == {skill for skill in SKILLS if skill in text}
    assert wanted_in(requirement) == wanted(requirement) <= skills_in(requirement)
    for skill in SKILLS:
        assert (asked_level(requirement, skill) > 0) == (skill in skills_in(requirement))


@examples(100)
@given(REQUIREMENTS, REQUIREMENTS)
def test_two_requirements_read_the_same_only_when_they_are(one: Requirement, other: Requirement) -> None:
    assert (text_of(one) == text_of(other)) == (one == other)


def test_of_two_levels_the_one_that_counts() -> None:
    assert all_of(has("power", 3), has("power", 5), has("power", 4)) == Has("power", 5)
    assert any_of(has("power", 3), has("power", 5), has("power", 4)) == Has("power", 3)
    assert asked_level(all_of(has("power", 3), no(has("power", 7))), "power") == 7
    assert requirement_of({"power": 2, "english": 1}) == all_of(has("english"), has("power", 2))


def test_anybody_and_nobody() -> None:
    assert all_of() == ANYBODY == any_of(has("power"), ANYBODY) == no(NOBODY) == all_of(ANYBODY)
    assert any_of() == NOBODY == all_of(has("power"), NOBODY) == no(ANYBODY) == any_of(NOBODY)
    assert satisfies({}, ANYBODY)
    assert not satisfies({"power": 10}, NOBODY)


def test_a_contrary_of_a_contrary_is_the_same_again() -> None:
    for part in (has("power", 3), all_of(has("a"), has("b")), ANYBODY, NOBODY):
        assert no(no(part)) == part


def test_as_people_write_it() -> None:
    asked = all_of(has("power", 4), any_of(has("english"), no(has("trainee"))))
    assert text_of(asked) == "power>=4 and (english or not trainee)"
    assert text_of(any_of(all_of(has("a"), has("b")), has("c"))) == "c or (a and b)"
    assert text_of(no(any_of(has("a"), has("b")))) == "not (a or b)"
    assert (text_of(ANYBODY), text_of(NOBODY)) == ("anybody", "nobody")


@pytest.mark.parametrize("level", [0, 11, -1])
def test_a_level_is_one_to_ten(level: int) -> None:
    with pytest.raises(ValueError, match=str(level)):
        has("power", level)
