"""Figures of several runs side by side, as a table for the terminal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.table import Table

from cti_server.routing_history.figures import TOTAL, Figures

_HEAD = {
    "zh": ("队列", "", "来电", "接通", "放弃", "转走", "服务\n水平 %", "平均\n等待 秒", "90%\n等待 秒", "占用 %"),
    "en": (
        "queue",
        "",
        "offered",
        "answered",
        "abandoned",
        "sent\non",
        "service\nlevel %",
        "mean\nwait s",
        "90 %\nwait s",
        "busy %",
    ),
}
_ALL = {"zh": "合计", "en": "all"}
_CHANGE = {"zh": "变化", "en": "change"}


@dataclass(frozen=True, slots=True)
class Run:
    """`label`: what it is called in the language of the reader."""

    label: str
    figures: Mapping[str, Figures]


def comparison(runs: Sequence[Run], names: Mapping[str, str], language: str, *, change: bool = False) -> Table:
    """`names`: queue → shown name, in the order to show. `change`: from the last but one to the last."""
    table = Table(*_HEAD[language], header_style="bold", box=SIMPLE_HEAD, padding=0, show_edge=False)
    table.columns[1].no_wrap = True
    for column in table.columns[2:]:
        column.justify = "right"
    for group in _rows(runs, names, language, change=change):
        for cells in group:
            table.add_row(*cells)
        table.add_section()
    return table


def _rows(
    runs: Sequence[Run], names: Mapping[str, str], language: str, *, change: bool
) -> Sequence[Sequence[tuple[str, ...]]]:
    groups: list[list[tuple[str, ...]]] = []
    for queue, name in [*names.items(), (TOTAL, _ALL[language])]:
        of_queue = [(run.label, run.figures[queue]) for run in runs if queue in run.figures]
        if not of_queue:
            continue
        group = [("" if at else name, label, *_cells(one)) for at, (label, one) in enumerate(of_queue)]
        if change and len(of_queue) > 1:
            group.append(("", _CHANGE[language], *_difference(of_queue[-2][1], of_queue[-1][1])))
        groups.append(group)
    return groups


def _cells(one: Figures) -> tuple[str, ...]:
    return (
        f"{one.offered:.0f}",
        f"{one.answered:.0f}",
        f"{one.abandoned:.0f}",
        f"{one.sent_on:.0f}",
        f"{100 * one.service_level:.1f}",
        f"{one.mean_wait:.1f}",
        f"{one.tail:.0f}",
        f"{100 * one.occupancy:.1f}" if one.occupancy else "",
    )


def _difference(before: Figures, after: Figures) -> tuple[str, ...]:
    return (
        "",
        f"{after.answered - before.answered:+.0f}",
        f"{after.abandoned - before.abandoned:+.0f}",
        f"{after.sent_on - before.sent_on:+.0f}",
        f"{100 * (after.service_level - before.service_level):+.1f}",
        f"{after.mean_wait - before.mean_wait:+.1f}",
        f"{after.tail - before.tail:+.0f}",
        f"{100 * (after.occupancy - before.occupancy):+.1f}" if after.occupancy else "",
    )
