"""What connectors take and give, and how they fail. Values are plain JSON, so a call's variables can be journalled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Scalar = str | int | float | bool
"""Money is text with two decimals ("128.40"), a date "2026-12-15", a time ISO 8601 with its offset."""
Record = dict[str, Scalar]
Value = Scalar | list[Record]
Values = Mapping[str, Value]


class Why(StrEnum):
    """Why there is no answer. Stable: flows branch on it."""

    TIMEOUT = "timeout"
    """It did not answer in time."""
    UNREACHABLE = "unreachable"
    """No connection, or it failed so often that it is left alone for a moment."""
    REFUSED = "refused"
    """It understood and said no, or the arguments cannot be sent."""
    NOT_FOUND = "not_found"
    BAD_ANSWER = "bad_answer"
    """Something else than was agreed: no JSON, too much of it, a field missing, a redirect, an error of its own."""
    BUSY = "busy"
    """Too many calls at once, here or there."""


class ConnectorError(Exception):
    """There is no answer. `detail` is for logs: it holds no argument, no secret and nothing of the answer."""

    def __init__(self, why: Why, detail: str) -> None:
        super().__init__(f"{why}: {detail}")
        self.why = why
        self.detail = detail


class Kind(StrEnum):
    """What a result is."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    CENTS = "cents"
    """Money that the answer counts in hundredths (分); a money result as any other."""
    DATE = "date"
    TIME = "time"
    BOOLEAN = "boolean"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Signature:
    """What an action takes and gives, for checking flows before they run.

    `arguments`: name → whether it must be there. `results`: name → its kind; with `open_results` also others that
    depend on the record (all text, number or boolean). `business`: it changes something, so it should have a key.
    """

    arguments: Mapping[str, bool]
    results: Mapping[str, Kind]
    business: bool = False
    open_results: bool = False
    title: Mapping[str, str] = field(default_factory=dict)
