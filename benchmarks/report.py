"""What every benchmark says: which machine, which figures, and plainly where a figure is worse than aimed."""

import math
import os
import platform
import signal
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

# Student's t, two-sided 95 %, by degrees of freedom.
_T95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145)

console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


@dataclass(frozen=True, slots=True)
class Aim:
    """A figure and what it should not exceed."""

    what: str
    figure: float
    limit: float
    unit: str = ""

    @property
    def met(self) -> bool:
        return self.figure <= self.limit


def say_aims(aims: Sequence[Aim]) -> None:
    """One line per aim: met, or worse than aimed and by how much."""
    for aim in aims:
        figures = f"{aim.figure:.3g}{aim.unit}, aimed at ≤ {aim.limit:.3g}{aim.unit}"
        if aim.met:
            console.print(f"  [green]met[/]    {aim.what}: {figures}")
        else:
            times = f" — {aim.figure / aim.limit:.2g}× the aim" if aim.limit else ""
            console.print(f"  [red]WORSE[/]  {aim.what}: {figures}{times}")


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; NaN of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))] if ordered else math.nan


def ratio_with_interval(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float, float]:
    """Geometric mean of the rounds' ratios, and its 95 % interval (t on the logarithms of paired rounds)."""
    logs = [math.log(own / other) for own, other in zip(ours, theirs, strict=True)]
    mean = statistics.fmean(logs)
    if len(logs) < 2:
        return math.exp(mean), 0.0, math.inf
    half = _T95[min(len(logs) - 2, len(_T95) - 1)] * statistics.stdev(logs) / math.sqrt(len(logs))
    return math.exp(mean), math.exp(mean - half), math.exp(mean + half)


def mean_with_interval(values: Sequence[float]) -> str:
    """`mean ± half of the 95 % interval`."""
    if len(values) < 2:
        return f"{values[0]:.2f}"
    half = _T95[min(len(values) - 2, len(_T95) - 1)] * statistics.stdev(values) / math.sqrt(len(values))
    return f"{statistics.fmean(values):.2f} ± {half:.2f}"


def interruptible() -> None:
    """SIGTERM ends a benchmark as Ctrl-C does: servers it started are stopped."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def say_machine(asterisk: str = "") -> None:
    """CPU, cores, versions, commit, and how busy the machine is with other things."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    load = os.getloadavg()[0]
    packages = ", ".join(f"{name} {version(name)}" for name in ("asyncpg", "uvicorn", "websockets", "pyst2"))
    table = Table(show_header=False, box=None)
    for key, value in (
        ("CPU", f"{model}, {os.cpu_count()} cores, load {load:.1f} before the start"),
        ("System", f"{platform.system()} {platform.release()}, Python {platform.python_version()}, {packages}"),
        ("Asterisk", asterisk),
        ("Commit", _commit()),
    ):
        if value:
            table.add_row(key, value)
    console.print(table)
    if load > 0.5:
        console.print("[yellow]The machine is busy with other things: read ratios, not absolute figures.[/]")


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _commit() -> str:
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False,
        cwd=Path(__file__).parent,
    )  # fmt: skip
    return found.stdout.strip() or "no git checkout"
