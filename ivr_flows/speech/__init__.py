"""Saying values: the one place where numbers, amounts, dates and codes become words a caller hears.

`spoken("money", "12.50", "zh")` gives the prompts 十二 元 五 角 in order. Pure; the words themselves are the pieces in
`ivr_flows/prompts/<language>.yaml`.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal, get_args

from ivr_flows.promptbook import Prompt
from ivr_flows.speech.amounts import say_money, say_number, say_ordinal
from ivr_flows.speech.clock import say_date, say_datetime, say_duration, say_time
from ivr_flows.speech.identifiers import say_digits, say_phone, say_text_id

Kind = Literal["number", "ordinal", "digits", "phone", "money", "date", "time", "datetime", "duration", "text_id"]
Value = str | int | float | Decimal | date | time | datetime | timedelta
KINDS: tuple[Kind, ...] = get_args(Kind)
LANGUAGES = ("zh", "en")

_UNDATED: dict[Kind, Callable[[object, str], tuple[str, ...]]] = {
    "number": say_number,
    "ordinal": say_ordinal,
    "digits": say_digits,
    "phone": say_phone,
    "money": say_money,
    "time": say_time,
    "duration": say_duration,
    "text_id": say_text_id,
}
_DATED: dict[Kind, Callable[[object, str, date | None], tuple[str, ...]]] = {"date": say_date, "datetime": say_datetime}


def spoken(kind: Kind, value: Value, language: str, *, today: date | None = None) -> tuple[Prompt, ...]:
    """Return the prompts that say `value`, in order; never empty.

    number      12, "1,234.5", -3: integers to ±10^15, up to 9 decimals
    ordinal     3: 第三, "third"
    digits      "320012345678": one by one, 幺 for one
    phone       "+8613812345678": 138, 1234, 5678
    money       "12.50": yuan, from 0; a debt or a credit is for the words around it
    date        "2026-11-22" or a date; with `today` also 今天, 明天, 后天, 昨天, 前天
    time        "15:05" or a time
    datetime    "2026-11-22T15:05" or a datetime, said in the zone it is written in
    duration    seconds, a timedelta or "PT1H30M": two units at most
    text_id     "苏A12345", "KFR-35GW": letters and digits one by one; the signs of plates have Chinese names only

    ValueError says what cannot be said and what to pass instead.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no words for values in {language!r}: use {' or '.join(LANGUAGES)}")
    if kind in _UNDATED:
        pieces = _UNDATED[kind](value, language)
    elif kind in _DATED:
        pieces = _DATED[kind](value, language, today)
    else:
        raise ValueError(f"there is no kind of value {kind!r}: use one of {', '.join(KINDS)}")
    return tuple(Prompt(piece, "zh" if piece.startswith("plate_") else language) for piece in pieces)
