"""What somebody writes to keep a server busy: refused in work that the size of the text bounds, never by a clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.flows.examination import examine
from ivr_flows.conditions import MAX_LENGTH, Expression
from ivr_flows.flow import MAX_STEPS, parse_flow
from ivr_flows.yamlfile import MAX_BYTES, FlowError
from tests.flows.texts import AROUND, SHOP
from tests.rig.effort import effort

LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefghijklm", "bcdefghijklmn", strict=True)
)
BOMBS = {
    "a billion laughs": (LAUGHS, "anchors and aliases"),
    "merged keys": ("a: &a {x: y}\n" + "b: {<<: *a}\n" * 9_000, "anchors and aliases"),
    "deep lists": ("[" * 100_000 + "]" * 100_000, "nested deeper"),
    "deep mappings": ("{a: " * 60_000, "nested deeper"),
    "many entries": ("[" + "x," * 120_000 + "]", "more than"),
    "one long text": ("id: '" + "x" * (MAX_BYTES - 10), "not valid YAML"),
    "as many steps as may be read": (SHOP + "".join(f"  s{n}: {{do: return}}\n" for n in range(3_000)), f"{MAX_STEPS}"),
}
MOST_CALLS = 16 * MAX_BYTES
"""Some seconds of CPU. The costliest text that may be read takes four fifths of it."""


@pytest.mark.parametrize("kind", BOMBS)
def test_bombs_are_refused_in_bounded_work(kind: str) -> None:
    text, why = BOMBS[kind]
    with effort() as spent, pytest.raises(FlowError, match=why):
        parse_flow(text.encode(), "bomb.yaml")
    assert spent.calls < MOST_CALLS


def test_everything_that_is_said_of_a_bomb_is_bounded_too() -> None:
    """An editor is told all mistakes at once: no more than 200 of them, for the work of reading it twice."""
    with effort() as spent:
        examined = examine(BOMBS["as many steps as may be read"][0], "shop", AROUND)
    assert not examined.usable
    assert 1 <= len(examined.problems) <= 200
    assert spent.calls < 2 * MOST_CALLS


loop = st.builds(
    "{}.{}{}{}(".format,
    st.sampled_from(["a", "(a)", "a.b", "a[0]", "[1, 2]", "{'k': 1}"]),
    st.sampled_from(["", " ", "  "]),
    st.sampled_from(["exists", "all", "map", "filter", "exists_one", "existsOne", "transformList", "sortBy", "bind"]),
    st.sampled_from(["", " "]),
)
name = st.sampled_from(["x", "(x)", "( x )", "((x))", " x ", "i, x", "(i), x", "x.y", "`x`"])


@given(st.lists(st.tuples(loop, name), min_size=2, max_size=12), st.booleans())
def test_no_expression_has_two_loops_however_it_is_written(loops: list[tuple[str, str]], nested: bool) -> None:
    """One inside another, a dozen deep, over lists of fifty would not end before the sun."""
    if nested:
        source = "".join(f"{call}{bound}, " for call, bound in loops) + "true" + ")" * len(loops)
    else:
        source = " && ".join(f"{call}{bound}, true)" for call, bound in loops)
    with pytest.raises(ValueError, match=r"cannot be used|more than|plain name|valid expression"):
        Expression(source)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("a.exists((x), a.exists((y), x == y))", "more than one"),
        ("a.exists((x), true)", "plain name"),
        ("a.map((x), x)", "'map' cannot be used"),
        ("a.exists(i, v, true)", "cannot be used"),
        ("a.matches('(x+x+)+y')", "'matches' cannot be used"),
        ("'x'" + " + 'x'" * 61, "operators|characters"),
        ("[" * 150 + "]" * 150, "operators"),
        ("(" * 149 + "1" + ")" * 149, "operators"),
        ("!" * 299 + "a", "operators"),
        ("a ? " * 30 + "1" + " : 1" * 30, "operators|valid"),
        ("1" * (MAX_LENGTH + 1), "300 characters"),
    ],
)
def test_expressions_that_would_take_long_are_refused(source: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Expression(source)


def test_the_one_loop_goes_through_its_list_once() -> None:
    """So the work of an expression is known from its text: fifty turns at most, times its operators."""
    longest = Expression(f"a.exists(x, !({' && '.join(['x != 0'] * 11)}))")
    assert longest.holds({"a": [1] * 49 + [0]}) is True
    assert longest.holds({"a": [1] * 50}) is False
    with pytest.raises(ValueError, match="operators"):
        Expression(f"a.exists(x, {'&&'.join(['x!=y'] * 31)})")
