"""Where the boxes of a drawing go: layers from left to right, few crossings. Plain numbers in, plain numbers out.

The method is that of Sugiyama: ways back are taken out, every step gets a layer behind all that lead to it, long ways
get a place in each layer they pass, and the order in the layers is that of their neighbours' mean, swept to and fro.
Ways that lead to the same step share one lane.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_SWEEPS = 8
_GAP = 26.0
_LANE = 10.0

Lane = tuple[str, int]
"""The place in layer number two of all ways to step number one."""


@dataclass(slots=True)
class Layout:
    """`layer` of each step, `y` of the middle of each step and lane, `back`: ways (from, to) that lead back."""

    layer: dict[str, int] = field(default_factory=dict)
    y: dict[str | Lane, float] = field(default_factory=dict)
    back: set[tuple[str, str]] = field(default_factory=set)
    height: float = 0.0


def lay_out(start: str, ways: Mapping[str, Sequence[str]], heights: Mapping[str, float]) -> Layout:
    """Return the places of steps with `ways` (step → where it leads) and `heights`."""
    made = Layout()
    order = _finished(start, ways, made.back)
    for name in order:
        made.layer.setdefault(name, 0)
        for to in ways[name]:
            if (name, to) not in made.back:
                made.layer[to] = max(made.layer.get(to, 0), made.layer[name] + 1)
    layers, links = _layers(order, ways, made)
    for sweep in range(_SWEEPS):
        _sort(layers, links, down=sweep % 2 == 0)
    _place(layers, links, heights, made)
    return made


def _finished(start: str, ways: Mapping[str, Sequence[str]], back: set[tuple[str, str]]) -> list[str]:
    """Every step after all that lead to it, without the ways back that were found on the way."""
    done: list[str] = []
    seen: set[str] = set()
    for root in (start, *ways):
        if root in seen:
            continue
        seen.add(root)
        path, walk = {root}, [(root, iter(ways[root]))]
        while walk:
            name, more = walk[-1]
            to = next(more, None)
            if to is None:
                walk.pop()
                path.discard(name)
                done.append(name)
            elif to in path:
                back.add((name, to))
            elif to not in seen:
                seen.add(to)
                path.add(to)
                walk.append((to, iter(ways[to])))
    return done[::-1]


def _layers(
    order: Sequence[str], ways: Mapping[str, Sequence[str]], made: Layout
) -> tuple[list[list[str | Lane]], list[tuple[str | Lane, str | Lane]]]:
    layers: list[list[str | Lane]] = [[] for _ in range(max(made.layer.values()) + 1)]
    for name in order:
        layers[made.layer[name]].append(name)
    links: dict[tuple[str | Lane, str | Lane], None] = {}
    lanes: set[Lane] = set()
    for name in order:
        for to in dict.fromkeys(ways[name]):
            if (name, to) in made.back:
                continue
            before: str | Lane = name
            for number in range(made.layer[name] + 1, made.layer[to]):
                lane = (to, number)
                if lane not in lanes:
                    lanes.add(lane)
                    layers[number].append(lane)
                links[before, lane] = None
                before = lane
            links[before, to] = None
    return layers, list(links)


def _sort(layers: list[list[str | Lane]], links: Sequence[tuple[str | Lane, str | Lane]], *, down: bool) -> None:
    near: dict[str | Lane, list[str | Lane]] = {}
    for before, after in links:
        near.setdefault(after if down else before, []).append(before if down else after)
    place = {one: float(at) for layer in layers for at, one in enumerate(layer)}
    for layer in layers if down else reversed(layers):
        middle = {
            one: sum(place[other] for other in near[one]) / len(near[one]) if one in near else place[one]
            for one in layer
        }
        layer.sort(key=middle.__getitem__)
        place.update((one, float(at)) for at, one in enumerate(layer))


def _place(
    layers: Sequence[Sequence[str | Lane]],
    links: Sequence[tuple[str | Lane, str | Lane]],
    heights: Mapping[str, float],
    made: Layout,
) -> None:
    size = {one: heights[one] if isinstance(one, str) else _LANE for layer in layers for one in layer}
    near: dict[str | Lane, list[str | Lane]] = {}
    for before, after in links:
        near.setdefault(before, []).append(after)
        near.setdefault(after, []).append(before)
    for layer in layers:
        top = 0.0
        for one in layer:
            made.y[one] = top + size[one] / 2
            top += size[one] + _GAP
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted = {
                one: sum(made.y[other] for other in near[one]) / len(near[one]) if one in near else made.y[one]
                for one in layer
            }
            _spread(layer, wanted, size, made)
    lowest = min(made.y[one] - size[one] / 2 for layer in layers for one in layer)
    for one in made.y:
        made.y[one] -= lowest
    made.height = max(made.y[one] + size[one] / 2 for layer in layers for one in layer)


def _spread(
    layer: Sequence[str | Lane], wanted: Mapping[str | Lane, float], size: Mapping[str | Lane, float], made: Layout
) -> None:
    """As near to what is wanted as the order allows: neighbours that would overlap are moved as one block."""
    blocks: list[tuple[float, float, list[str | Lane]]] = []  # top, height, members
    for one in layer:
        top, height, members = wanted[one] - size[one] / 2, size[one], [one]
        while blocks and blocks[-1][0] + blocks[-1][1] + _GAP > top:
            above_top, above_height, above = blocks.pop()
            weight, more = len(above), len(members)
            joined = above_height + _GAP + height
            ideal = (above_top * weight + (top - above_height - _GAP) * more) / (weight + more)
            top, height, members = ideal, joined, above + members
        blocks.append((top, height, members))
    for top, _, members in blocks:
        at = top
        for one in members:
            made.y[one] = at + size[one] / 2
            at += size[one] + _GAP
