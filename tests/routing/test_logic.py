"""What follows from requirements alone agrees with everybody there could be."""

from hypothesis import example, given
from hypothesis import strategies as st

from routing.logic import contradiction, implies, possible
from routing.requirement import ANYBODY, NOBODY, Requirement, all_of, any_of, has, no, satisfies, text_of
from tests.rig.effort import effort
from tests.routing.worlds import examples

LEAVES: st.SearchStrategy[Requirement] = st.builds(has, st.sampled_from("ab"), st.sampled_from((1, 2, 10)))
REQUIREMENTS: st.SearchStrategy[Requirement] = st.recursive(
    LEAVES | st.sampled_from((ANYBODY, NOBODY)),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: all_of(*parts))
        | st.lists(inner, max_size=3).map(lambda parts: any_of(*parts))
        | inner.map(no)
    ),
    max_leaves=8,
)
LITERALS = LEAVES | LEAVES.map(no)
CLAUSES = st.lists(LITERALS, min_size=1, max_size=3).map(lambda parts: any_of(*parts))
KNOTS: st.SearchStrategy[Requirement] = st.lists(CLAUSES, min_size=2, max_size=7).map(lambda parts: all_of(*parts))
"""Often impossible, and seldom at first sight."""
EVERYBODY = [{"a": a, "b": b} for a in (0, 1, 2, 9, 10) for b in (0, 1, 2, 9, 10)]


@examples(200)
@given(REQUIREMENTS | KNOTS, REQUIREMENTS | CLAUSES)
@example(all_of(has("a", 2), no(has("a", 2))), has("a"))
@example(any_of(all_of(has("a", 2), no(has("a"))), all_of(has("b", 2), no(has("b")))), has("a"))
@example(all_of(any_of(has("a"), has("b")), any_of(no(has("a")), has("b", 2)), no(has("b"))), has("a"))
def test_logic_agrees_with_everybody_there_could_be(one: Requirement, other: Requirement) -> None:
    assert possible(one) == any(satisfies(skills, one) for skills in EVERYBODY)
    assert implies(one, other) == all(satisfies(skills, other) for skills in EVERYBODY if satisfies(skills, one))
    if not possible(one):
        assert not possible(contradiction(one))
        assert len(text_of(contradiction(one))) <= len(text_of(one))


def test_what_is_too_hard_to_tell_is_taken_as_possible() -> None:
    """Seven into six holes, the classical hard case."""
    seven_somewhere = [any_of(*(has(f"p{i}_{j}") for j in range(6))) for i in range(7)]
    apart = [no(all_of(has(f"p{i}_{j}"), has(f"p{k}_{j}"))) for j in range(6) for i in range(7) for k in range(i)]
    with effort() as spent:
        assert possible(all_of(*seven_somewhere, *apart))
    assert spent.calls < 50_000
