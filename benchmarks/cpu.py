"""CPU time of processes and their children, from Linux's /proc (proc(5), field numbers as documented there)."""

import os
from collections.abc import Mapping
from pathlib import Path

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def cpu_ms(pid: int, *, but: frozenset[int] = frozenset()) -> float:
    """Milliseconds used by `pid`, its living descendants and the children it has waited for, without those in `but`."""
    parents = _parents()
    total, todo = 0.0, [pid]
    while todo:
        one = todo.pop()
        total += _own(one)
        todo += [child for child, parent in parents.items() if parent == one and child not in but]
    return total


def alone_ms(pid: int) -> float:
    """Milliseconds used by `pid` itself."""
    return _own(pid, waited=False)


def _stat(pid: int) -> list[str]:
    # The name in parentheses may hold spaces; what follows it does not.
    return (Path("/proc") / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()


def _own(pid: int, *, waited: bool = True) -> float:
    try:
        fields = _stat(pid)
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15] if waited else fields[11:13])) * _TICK_MS  # utime stime cutime cstime


def _parents() -> Mapping[int, int]:
    found: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found[int(entry.name)] = int(_stat(int(entry.name))[1])
            except OSError:
                continue  # it ended meanwhile
    return found
