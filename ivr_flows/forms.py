"""Whether what a caller keyed in can be right: its length and, for some kinds of number, its check figure."""

import re
from collections.abc import Callable
from datetime import date

from ivr_flows.steps import Code, CollectStep

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_FIGURES = "10X98765432"
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_ID = re.compile(r"[0-9]{17}[0-9X]")


def accepted(step: CollectStep | Code, keyed: str) -> str | None:
    """Return the number as it is kept, None if it cannot be right."""
    if not step.digits.min <= len(keyed) <= step.digits.max:
        return None
    return keyed if step.check is None else _CHECKS[step.check](keyed)


def luhn(keyed: str) -> str | None:
    """ISO/IEC 7812: bank cards."""
    if not _figures(keyed):
        return None
    total = 0
    for place, figure in enumerate(reversed(keyed)):
        doubled = int(figure) * (1 + place % 2)
        total += doubled - 9 * (doubled > 9)
    return keyed if total % 10 == 0 else None


def id_card(keyed: str) -> str | None:
    """GB 11643: resident identity number of 18 figures; the star key stands for X."""
    number = keyed.replace("*", "X")
    if _ID.fullmatch(number) is None or _date(number[6:14]) is None:
        return None
    total = sum(weight * int(figure) for weight, figure in zip(_ID_WEIGHTS, number[:17], strict=True))
    return number if _ID_FIGURES[total % 11] == number[17] else None


def _mobile(keyed: str) -> str | None:
    return keyed if _MOBILE.fullmatch(keyed) else None


def _date(keyed: str) -> str | None:
    if len(keyed) != 8 or not _figures(keyed):
        return None
    try:
        return date(int(keyed[:4]), int(keyed[4:6]), int(keyed[6:])).isoformat()
    except ValueError:
        return None


def _figures(keyed: str) -> bool:
    return keyed.isascii() and keyed.isdigit()


_CHECKS: dict[str, Callable[[str], str | None]] = {"luhn": luhn, "id_card": id_card, "mobile": _mobile, "date": _date}
