"""The picture of a flow: well formed, everything on it, nothing on top of another."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr_flows.draw import draw
from ivr_flows.flow import MAX_STEPS, Flow, load_flows, parse_flow
from ivr_flows.layout import lay_out
from ivr_flows.ways import edges
from tests.ivr_flows.everything import FLOW, LIBRARY
from tests.rig.effort import effort

SVG = "{http://www.w3.org/2000/svg}"
FLOWS = {**load_flows(), **LIBRARY}


def boxes(picture: str) -> list[tuple[float, float, float, float]]:
    root = ElementTree.fromstring(picture)  # noqa: S314 - we drew it
    found = [group.find(f"{SVG}rect") for group in root.iter(f"{SVG}g")]
    return [
        (float(box.get("x", "")), float(box.get("y", "")), float(box.get("width", "")), float(box.get("height", "")))
        for box in found
        if box is not None
    ]


@pytest.mark.parametrize("name", sorted(FLOWS))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_step_has_a_box_of_its_own(name: str, language: str) -> None:
    picture = draw(FLOWS[name], language)
    placed = boxes(picture)
    assert len(placed) == len(FLOWS[name].steps)
    for x, y, width, height in placed:
        clash = [one for one in placed if one[0] == x and y < one[1] < y + height]
        assert not clash, (x, y, width, height)
    root = ElementTree.fromstring(picture)  # noqa: S314 - we drew it
    wide, high = (float(root.get(side, "")) for side in ("width", "height"))
    assert all(x >= 0 and y >= 0 and x + w <= wide and y + h <= high for x, y, w, h in placed)


@pytest.mark.parametrize("name", sorted(FLOWS))
def test_every_way_out_begins_a_line_or_names_where_it_goes_back_to(name: str) -> None:
    picture = draw(FLOWS[name])
    ports = set(re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', picture))
    begun = set(re.findall(r'<path d="M([\d.]+),([\d.]+) C', picture))
    begun |= {
        (str(float(x) - 9), f"{float(y) - 4:.1f}") for x, y in re.findall(r'<text x="(\S+)" y="(\S+)"[^>]*>↩', picture)
    }
    assert ports
    assert ports <= begun
    arrows = {(float(x), float(y)) for x, y in re.findall(r" L([\d.]+),([\d.]+) L", picture)}
    tops = {(x, round(y + 15, 1)) for x, y, _, _ in boxes(picture)}
    reached = {edge.to for step in FLOWS[name].steps.values() for edge in edges(step)}
    assert arrows <= tops
    assert len(arrows) >= len(reached - {FLOWS[name].start}) - picture.count("↩")


def test_titles_conditions_and_ways_back_are_on_it() -> None:
    picture = draw(FLOW, "zh")
    for text in ("电费", "判断", "收号", "按 1", "不按键 5 s × 2", "★ 兜底", "↩ main", "billing.arrears"):
        assert text in picture
    assert "Bills" in draw(FLOW, "en")


def test_no_title_or_condition_can_break_the_picture() -> None:
    text = """\
id: x
title: {zh: "<script>alert(1)</script>"}
languages: [zh]
start: b
fallback: q
steps:
  b: {do: branch, title: {zh: "<b> & \\"co\\""}, when: [{if: "1 < 2 && '</svg>' == ''", next: q}], otherwise: q}
  q: {do: queue, queue: q}
"""
    picture = draw(parse_flow(text.encode(), "x"), "zh")
    ElementTree.fromstring(picture)  # noqa: S314 - we drew it
    assert "<script>" not in picture


def test_the_largest_flow_is_drawn_in_bounded_work() -> None:
    last = MAX_STEPS - 1
    steps = "".join(
        f"  s{n}: {{do: ask, connector: c, action: a, next: s{(n + 1) % last}, otherwise: s{(n * 7) % last}}}\n"
        for n in range(last)
    )
    flow = parse_flow(
        f"id: big\nlanguages: [zh]\nstart: s0\nfallback: q\nsteps:\n{steps}  q: {{do: queue, queue: q}}\n".encode(), "x"
    )
    with effort() as spent:
        picture = draw(flow)
    assert spent.calls < 20_000_000
    assert len(picture) < 60_000_000


def _flow(ways: list[tuple[int, int]]) -> dict[str, list[str]]:
    return {f"s{n}": [f"s{to % len(ways)}" for to in pair] for n, pair in enumerate(ways)}


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=30))
def test_callers_walk_from_left_to_right_and_boxes_do_not_touch(pairs: list[tuple[int, int]]) -> None:
    ways = _flow(pairs)
    heights = {name: 40.0 + 10 * number for number, name in enumerate(ways)}
    places = lay_out("s0", ways, heights)
    for name, onward in ways.items():
        for to in onward:
            assert (name, to) in places.back or places.layer[name] < places.layer[to]
    for layer in range(max(places.layer.values()) + 1):
        here = sorted((places.y[name], heights[name]) for name in ways if places.layer[name] == layer)
        for (upper, height), (lower, other) in pairwise(here):
            assert lower - other / 2 - (upper + height / 2) > 1
    assert min(places.y[name] - heights[name] / 2 for name in ways) >= -0.001


def test_the_layers_follow_the_longest_way() -> None:
    places = lay_out("a", {"a": ["b", "c"], "b": ["c"], "c": ["a"]}, {"a": 10, "b": 10, "c": 10})
    assert places.layer == {"a": 0, "b": 1, "c": 2}
    assert places.back == {("c", "a")}


def test_a_drawing_does_not_change_from_run_to_run() -> None:
    assert draw(FLOW, "en") == draw(Flow.model_validate(FLOW.model_dump(by_alias=True)), "en")
    assert re.search(r"\d{17}", draw(FLOW, "en")) is None
