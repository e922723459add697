"""A fault that can be planted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """`right` stands in `file` exactly once and becomes `wrong`. `found_by`: pytest's names of tests."""

    name: str
    file: str
    right: str
    wrong: str
    found_by: tuple[str, ...]


def fault(name: str, file: str, right: str, wrong: str, *found_by: str) -> Fault:
    """`found_by` below `tests`."""
    return Fault(name, file, right, wrong, tuple(f"tests/{test}" for test in found_by))
