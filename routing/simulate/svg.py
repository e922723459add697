"""Charts as SVG text, for a page that needs nothing else. Colours and type come from the page's style sheet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 760, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 12, 26
_ROW = 26


@dataclass(frozen=True, slots=True)
class Series:
    """`number`: which colour. `points` at equal distances."""

    name: str
    points: Sequence[float]
    number: int = 0
    dashed: bool = False


def lines(series: Sequence[Series], at: Sequence[str], unit: str) -> str:
    """Lines over the labels `at`; a label is drawn where it is not empty."""
    top = nice_top(max((point for one in series for point in one.points), default=0.0))
    places = [_LEFT + (WIDTH - _LEFT - _RIGHT) * (n + 0.5) / len(at) for n in range(len(at))]
    parts = [*_grid(top, unit), *_below(places, at)]
    for one in series:
        path = " ".join(f"{x:.1f},{_height(point, top):.1f}" for x, point in zip(places, one.points, strict=True))
        kind = " dashed" if one.dashed else ""
        parts.append(f'<polyline class="line c{one.number}{kind}" points="{path}"/>')
        parts += (
            f'<circle class="dot c{one.number}" cx="{x:.1f}" cy="{_height(point, top):.1f}" r="7">'
            f"<title>{escape(one.name)} {escape(label)} {point:.3g}{escape(unit)}</title></circle>"
            for x, point, label in zip(places, one.points, _filled(at), strict=True)
        )
    return _drawing(parts, HEIGHT)


def columns(series: Series, at: Sequence[str], unit: str) -> str:
    """One column per label."""
    top = nice_top(max(series.points, default=0.0))
    width = (WIDTH - _LEFT - _RIGHT) / max(len(at), 1)
    places = [_LEFT + width * (n + 0.5) for n in range(len(at))]
    parts = [*_grid(top, unit), *_below(places, at)]
    parts += (
        f'<rect class="bar c{series.number}" x="{x - width * 0.36:.1f}" y="{_height(point, top):.1f}" '
        f'width="{width * 0.72:.1f}" height="{_height(0, top) - _height(point, top):.1f}" rx="2">'
        f"<title>{escape(label)} {point:.3g}{escape(unit)}</title></rect>"
        for x, point, label in zip(places, series.points, _filled(at), strict=True)
    )
    return _drawing(parts, HEIGHT)


def rows(names: Sequence[str], series: Sequence[Series], mark: float | None = None) -> str:
    """Shares (0–1) as bars that lie, a group per name; `mark`: a line across at this share."""
    left = 170
    wide = WIDTH - left - 60
    high = _ROW * max(len(series), 1) * 0.62 + 10
    height = round(high * len(names) + 26)
    parts = [
        f'<line class="grid" x1="{left + wide * share:.1f}" x2="{left + wide * share:.1f}" y1="0" y2="{height - 22}"/>'
        f'<text class="small" text-anchor="middle" x="{left + wide * share:.1f}" y="{height - 6}">{share:.0%}</text>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    ]
    for n, name in enumerate(names):
        top = n * high + 4
        parts.append(f'<text x="{left - 10}" y="{top + high / 2:.1f}" text-anchor="end">{escape(_short(name))}</text>')
        bar = (high - 10) / max(len(series), 1)
        for row, one in enumerate(series):
            share = min(max(one.points[n], 0.0), 1.0)
            y = top + row * bar
            parts.append(
                f'<rect class="bar c{one.number}" x="{left}" y="{y:.1f}" width="{wide * share:.1f}" '
                f'height="{bar - 2:.1f}" rx="2"><title>{escape(one.name)} {escape(name)} {share:.1%}</title></rect>'
                f'<text class="small" x="{left + wide * share + 6:.1f}" y="{y + bar - 5:.1f}">{share:.1%}</text>'
            )
    if mark is not None:
        x = left + wide * mark
        parts.append(f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height - 22}"/>')
    return _drawing(parts, height)


def nice_top(most: float) -> float:
    """The end of an axis: a round number not below `most`."""
    if most <= 0:
        return 1.0
    power = 10 ** floor(log10(most))
    return float(next(step * power for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * power >= most * 0.999999))


def _height(value: float, top: float) -> float:
    return _TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - value / top)


def _grid(top: float, unit: str) -> Iterator[str]:
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = _height(top * share, top)
        yield f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        text = f"{top * share:g}{escape(unit)}"
        yield f'<text class="small" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'


def _below(places: Sequence[float], at: Sequence[str]) -> Iterator[str]:
    every = max(ceil(sum(1 for label in at if label) / 14), 1)
    drawn = [(x, label) for x, label in zip(places, at, strict=True) if label][::every]
    for x, label in drawn:
        yield f'<text class="small" x="{x:.1f}" y="{HEIGHT - 6}" text-anchor="middle">{escape(label)}</text>'


def _filled(at: Sequence[str]) -> Iterator[str]:
    """Every label, where it is empty the one before."""
    last = ""
    for label in at:
        last = label or last
        yield last


def _short(name: str) -> str:
    return name if len(name) <= 22 else name[:21] + "…"


def _drawing(parts: Sequence[str], height: int) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img">{"".join(parts)}</svg>'
