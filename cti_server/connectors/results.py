"""Named, typed results picked from a JSON answer. The answer is a stranger's: nothing of it passes unbounded."""

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from cti_server.connectors.document import Field
from cti_server.connectors.values import ConnectorError, Kind, Record, Scalar, Value, Why

_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]{1,4})\]")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,12})?")
_LARGEST = Decimal(10) ** 15
_CENT = Decimal("0.01")
_ABSENT = object()


def decode(answer: bytes) -> object:
    """The JSON of an answer; ConnectorError (bad_answer) when it is none."""
    try:
        return json.loads(answer.decode("utf-8"), parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ConnectorError(Why.BAD_ANSWER, f"the answer is not JSON ({type(error).__name__})") from None


def pick(fields: Mapping[str, Field], answer: object, zone: ZoneInfo) -> dict[str, Value]:
    """The results that `fields` name; an optional one that is not there is left out. Times without an offset are of
    `zone`. ConnectorError (bad_answer) names the field."""
    picked: dict[str, Value] = {}
    for name, field in fields.items():
        found = _at(answer, field.at)
        if found is _ABSENT or found is None:
            if field.default is not None:
                picked[name] = _scalar(name, field, field.default, zone)
            elif not field.optional:
                raise _bad(name, "is missing")
        elif field.kind is Kind.LIST:
            picked[name] = _records(name, field, found, zone)
        else:
            picked[name] = _scalar(name, field, found, zone)
    return picked


def _at(answer: object, path: str) -> object:
    for name, index in _STEP.findall(path):
        if name and isinstance(answer, dict):
            answer = answer.get(name, _ABSENT)
        elif index and isinstance(answer, list):
            answer = answer[int(index)] if int(index) < len(answer) else _ABSENT
        else:
            return _ABSENT
    return answer


def _records(name: str, field: Field, found: object, zone: ZoneInfo) -> list[Record]:
    if not isinstance(found, list):
        raise _bad(name, "is no list")
    records: list[Record] = []
    for one in found[: field.most_records]:
        picked = pick(field.fields, one, zone)
        records.append({key: value for key, value in picked.items() if not isinstance(value, list)})
    return records


def _scalar(name: str, field: Field, found: object, zone: ZoneInfo) -> Scalar:
    match field.kind:
        case Kind.NUMBER:
            return _plain(_number(name, found))
        case Kind.MONEY:
            return str(_number(name, found).quantize(_CENT, ROUND_HALF_UP))
        case Kind.CENTS:
            return str((_number(name, found) / 100).quantize(_CENT, ROUND_HALF_UP))
        case Kind.DATE:
            return _date(name, found)
        case Kind.TIME:
            return _time(name, found, zone)
        case Kind.BOOLEAN:
            return _boolean(name, found)
        case _:
            return _text(name, field, found)


def _text(name: str, field: Field, found: object) -> str:
    if isinstance(found, bool):
        return "true" if found else "false"
    if not isinstance(found, str | int | Decimal):
        raise _bad(name, "is no text")
    raw = str(found)[: field.most_characters]
    return "".join(" " if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in raw).strip()


def _number(name: str, found: object) -> Decimal:
    if isinstance(found, bool) or not isinstance(found, int | Decimal | str):
        raise _bad(name, "is no number")
    if isinstance(found, str) and not _NUMBER.fullmatch(found.strip()):
        raise _bad(name, "is no number")
    try:
        number = Decimal(found.strip() if isinstance(found, str) else found)
    except InvalidOperation:
        raise _bad(name, "is no number") from None
    if not abs(number) < _LARGEST:
        raise _bad(name, "is too large")
    return number


def _plain(number: Decimal) -> int | float:
    plain = float(number)
    return int(number) if math.isfinite(plain) and number == int(number) else plain


def _date(name: str, found: object) -> str:
    text = str(found).strip() if isinstance(found, str | int) and not isinstance(found, bool) else ""
    try:
        return (date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text[:40]).date()).isoformat()
    except ValueError:
        raise _bad(name, "is no date") from None


def _time(name: str, found: object, zone: ZoneInfo) -> str:
    try:
        at = datetime.fromisoformat(found.strip()[:40] if isinstance(found, str) else "")
        at = at if at.tzinfo else at.replace(tzinfo=zone)
        return at.isoformat(timespec="seconds")
    except ValueError:
        raise _bad(name, "is no time") from None


def _boolean(name: str, found: object) -> bool:
    if isinstance(found, bool):
        return found
    word = str(found).strip().lower() if isinstance(found, str | int) else ""
    if word in ("true", "1", "yes", "y"):
        return True
    if word in ("false", "0", "no", "n"):
        return False
    raise _bad(name, "is neither true nor false")


def _bad(name: str, problem: str) -> ConnectorError:
    return ConnectorError(Why.BAD_ANSWER, f"{name} {problem}")


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")
