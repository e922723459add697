"""The formulas and intervals the simulation is held against, by figures known from elsewhere."""

import pytest

from routing.simulate.erlang import erlang_a, erlang_b, erlang_c
from routing.simulate.product_form import fcfs_alis
from routing.simulate.replicate import interval


def test_known_figures_of_the_formulas() -> None:
    assert erlang_b(10, 10) == pytest.approx(0.2146, abs=1e-4)
    assert erlang_c(10, 1, 12).waits == pytest.approx(0.4494, abs=1e-4)
    assert erlang_a(10, 1, 10, 1).waits == pytest.approx(0.5421, abs=1e-4)
    alike = {f"agent-{n}": 1.0 for n in range(5)}
    assert fcfs_alis({"a": 4.0}, alike, {"a": frozenset(alike)}).waits["a"] == pytest.approx(erlang_c(4, 1, 5).waits)


def test_great_centers_do_not_overflow() -> None:
    assert 0 < erlang_c(4_900, 1, 5_000).waits < 1
    assert 0 < erlang_a(5_200, 1, 5_000, 0.5).abandons < 0.1


def test_loads_without_a_steady_state_are_refused() -> None:
    with pytest.raises(ValueError, match="needs more than 10 agents"):
        erlang_c(10, 1, 10)
    with pytest.raises(ValueError, match="ask erlang_c"):
        erlang_a(10, 1, 10, 0)
    with pytest.raises(ValueError, match="x cannot keep up"):
        fcfs_alis({"a": 2.0, "b": 1.0}, {"x": 1.0, "y": 9.0}, {"a": frozenset("x"), "b": frozenset("xy")})


def test_known_intervals() -> None:
    """Of Student's distribution for few runs, of the normal one for many."""
    few = interval([1.0, 2.0, 3.0])
    assert (few.mean, few.half) == pytest.approx((2.0, 4.303 / 3**0.5))
    assert 4.4 in few
    assert 4.5 not in few
    many = interval([0.0, 2.0] * 50)
    assert (many.mean, many.half) == pytest.approx((1.0, 1.96 * (100 / 99) ** 0.5 / 10))
