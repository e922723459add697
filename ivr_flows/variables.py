"""What a flow knows while a caller walks through it: a small mapping of texts, numbers, yes or no, and records of them.

Everything here is bounded, because keys, connectors and scripts fill it.
"""

import math
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

Scalar = str | int | float | bool
Value = Scalar | Mapping[str, "Value"] | Sequence["Value"]
Variables = Mapping[str, Value]

MAX_VARIABLES = 32
MAX_TEXT = 200
MAX_FIELDS = 40
MAX_ITEMS = 50
MAX_DEPTH = 3
MAX_PARTS = 400
"""Scalars in one variable."""

CALLER = "caller"
CALLER_FACTS = (
    "customer_id",
    "interaction_id",
    "name",
    "grade",
    "phone",
    "place",
    "dialled",
    "language",
    "known",
    "hints",
    "callback",
)
"""What is known of a caller before the first step; `known` is false for somebody who never called.

`callback`: {queue, due}: for which queue he is to be rung, and when (2026-11-22T15:10, '' when it is his turn).
Both are '' when he is not.
"""
NO_CALLBACK: Mapping[str, str] = MappingProxyType({"queue": "", "due": ""})

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Unusable(ValueError):
    """A value that is not there, or not of the kind that is needed."""


def bounded(value: object) -> Value:
    """Return a copy that fits: texts cut at 200 characters, records and lists at their limits, other things left out.

    Unusable if nothing of it can be kept.
    """
    kept = _kept(value, MAX_DEPTH, [MAX_PARTS])
    if kept is None:
        raise Unusable(f"{type(value).__name__} is neither text, number, true, false, nor a record or list of those")
    return kept


def find(variables: Variables, path: Sequence[str]) -> Value:
    """Return what is at `path`: a variable's name, then fields and places in lists; Unusable if nothing is there."""
    found: Value = variables
    for part in path:
        if isinstance(found, Mapping) and part in found:
            found = found[part]
        elif isinstance(found, list | tuple) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
        else:
            raise Unusable(f"there is no {'.'.join(path)}")
    return found


def text_of(value: Value) -> str:
    """Return a scalar as text; Unusable for records and lists."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, str | int | float):
        return str(value)
    raise Unusable("a record or list is no single value")


def _kept(value: object, depth: int, left: list[int]) -> Value | None:
    if left[0] <= 0:
        return None
    if isinstance(value, str):
        left[0] -= 1
        return _CONTROL.sub(" ", value[:MAX_TEXT])
    if isinstance(value, bool):
        left[0] -= 1
        return value
    if isinstance(value, int | float):
        left[0] -= 1
        fits = math.isfinite(value) if isinstance(value, float) else abs(value) < 2**63
        return value if fits else None
    if depth == 0:
        return None
    if isinstance(value, Mapping):
        record: dict[str, Value] = {}
        for key, part in value.items():
            if len(record) >= MAX_FIELDS or left[0] <= 0:
                break
            kept = _kept(part, depth - 1, left)
            if kept is not None and isinstance(key, str) and len(key) <= 64:
                record[key] = kept
        return record
    if isinstance(value, list | tuple):
        parts = (_kept(part, depth - 1, left) for part in value[:MAX_ITEMS])
        return [part for part in parts if part is not None]
    return None
