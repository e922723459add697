"""Numbers with decimals and money as words."""

import math
import re
from decimal import Decimal

from ivr_flows.speech.numerals import LARGEST, chinese, english, english_ordinal

MAX_DECIMALS = 9
MAX_SIGNIFICANT = 28
TOO_LARGE = LARGEST * 10
PLAIN = re.compile(r"[+-]?(?:[0-9]{1,40}|[0-9]{1,3}(?:,[0-9]{3}){1,12})(?:\.[0-9]{1,40})?", re.ASCII)


def decimal(value: object) -> Decimal:
    """Return an exact number; ValueError for what is none, is not finite, or is beyond ±10^15."""
    if isinstance(value, str) and PLAIN.fullmatch(value.strip()):
        number = Decimal(value.strip().replace(",", ""))
    elif isinstance(value, int) and not isinstance(value, bool):
        number = Decimal(max(-TOO_LARGE, min(TOO_LARGE, value)))
    elif isinstance(value, float) and math.isfinite(value):
        # 0.1 + 0.2 is meant to be 0.3; a float has no more than 15 digits to offer.
        number = Decimal(f"{value:.15g}")
    elif isinstance(value, Decimal) and value.is_finite():
        number = value
    else:
        raise ValueError(f"{shown(value)} is no number: use digits, as in 1234.5")
    if abs(number) > LARGEST:
        raise ValueError(f"{shown(value)} is too large to be said: the limit is 10^15 either way")
    if len(number.as_tuple().digits) > MAX_SIGNIFICANT:
        raise ValueError(f"{shown(value)} has more digits than anybody can follow: round it first")
    return number or Decimal(0)  # no zeros with an exponent


def whole(value: object) -> int:
    """Return a whole number; ValueError if it has decimals."""
    number = decimal(value)
    if number != int(number):
        raise ValueError(f"{shown(value)} is not a whole number")
    return int(number)


def say_number(value: object, language: str) -> tuple[str, ...]:
    """Return the pieces of a number: 两 for a lone two, 二 in 负二 and 二点五; decimals digit by digit."""
    number = decimal(value)
    if number.adjusted() < -MAX_DECIMALS - 1:
        raise ValueError(f"{shown(value)} has more than {MAX_DECIMALS} decimals: round it first")
    decimals = f"{abs(number):f}".partition(".")[2].rstrip("0")
    if len(decimals) > MAX_DECIMALS:
        raise ValueError(f"{shown(value)} has more than {MAX_DECIMALS} decimals: round it first")
    before = int(abs(number))
    minus = ("minus",) if number < 0 else ()
    if language == "en":
        said = english(before)
    else:
        lone = before == 2 and (number < 0 or decimals)
        said = ("num_2",) if lone else chinese(before)
    return (*minus, *said, *(("point", *(f"num_{digit}" for digit in decimals)) if decimals else ()))


def say_ordinal(value: object, language: str) -> tuple[str, ...]:
    """Return 第三 or "third"; ValueError below one."""
    number = whole(value)
    if number < 1:
        raise ValueError(f"{number} is no place in an order: ordinals begin with 1")
    return english_ordinal(number) if language == "en" else ("ordinal_before", *chinese(number, counting=False))


def say_money(value: object, language: str) -> tuple[str, ...]:
    """Return an amount in yuan: 十二元五角, 十二元零五分, 五分; "twelve yuan fifty", "twelve yuan oh five", "five fen".

    ValueError for parts of a fen, and for a negative amount: whether that is a debt or a credit is for the sentence
    around it to say.
    """
    number = decimal(str(value).strip().removeprefix("¥").removeprefix("￥") if isinstance(value, str) else value)
    if number < 0:
        raise ValueError(
            f"{shown(value)} is negative: say in words what is owed or credited, and pass the amount alone"
        )
    fen = number * 100
    if fen != int(fen):
        raise ValueError(f"{shown(value)} has parts of a fen: round it to two decimals first")
    yuan, rest = divmod(int(fen), 100)
    return _english_money(yuan, rest) if language == "en" else _chinese_money(yuan, rest)


def _chinese_money(yuan: int, rest: int) -> tuple[str, ...]:
    jiao, fen = divmod(rest, 10)
    said: list[str] = []
    if yuan or not rest:
        said += [*chinese(yuan), "yuan"]
    if jiao:
        said += [*chinese(jiao), "jiao"]
    elif yuan and fen:
        said.append("num_0")
    if fen:
        said += [*chinese(fen), "fen"]
    return tuple(said)


def _english_money(yuan: int, rest: int) -> tuple[str, ...]:
    if not yuan and rest:
        return (*english(rest), "fen")
    if not rest:
        return (*english(yuan), "yuan")
    return (*english(yuan), "yuan", *(("oh",) if rest < 10 else ()), *english(rest))


def shown(value: object) -> str:
    """Return a value for a message, never long."""
    if isinstance(value, int) and abs(value) > TOO_LARGE:
        return "this number"
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
