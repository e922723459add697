"""Telephone numbers as callers, gateways and people write them → one canonical form. Pure, never raises.

The canonical form is `+` and digits. For ordinary numbers that is E.164 (ITU-T E.164, at most 15 digits). Chinese short
codes (95598, 12345, 110) have no E.164 form; they become `+86` + code, so that every number of the product starts with
`+` and is one string to compare and index. They cannot collide: a Chinese national number has at least nine digits.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

import phonenumbers

RAW_CAP = 256
"""Longer input is not a telephone number."""


class NumberKind(StrEnum):
    MOBILE = "mobile"
    LANDLINE = "landline"
    SERVICE = "service"
    """400 and 800 numbers."""
    SHORT_CODE = "short_code"
    FOREIGN = "foreign"
    """Not +86; Hong Kong, Macau and Taiwan have country codes of their own."""
    WITHHELD = "withheld"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Number:
    """`e164` is None when withheld or invalid; `reason`: withheld, too_long, letters, no_area_code, not_a_number."""

    e164: str | None
    kind: NumberKind
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """Where the telephone system stands. `area_code` without its 0 (`25` = Nanjing) completes local numbers."""

    area_code: str = ""
    outside_prefixes: tuple[str, ...] = ("9", "0")


NO_HOME = Home()
WITHHELD = Number(None, NumberKind.WITHHELD, "withheld")

_WITHHELD_WORDS = frozenset(
    (
        *("anonymous", "unavailable", "unknown", "restricted", "private", "privacy", "withheld", "blocked", "none"),
        *("null", "undefined", "noname", "nonumber", "nocallerid", "unknownnumber", "privatenumber", "outofarea"),
        *("匿名", "匿名来电", "未知", "未知号码", "隐藏", "隐藏号码", "私人号码", "保密", "无号码", "号码保密"),
    )
)
_MOBILE = re.compile(r"1[3-9]\d{9}")
_SERVICE = re.compile(r"[48]00\d{7}")
# 110 119 120 122 · 114 116 117 118xx · 10086 1008611 · 12315 12345 12306 12123 · 95598 951xxxxx · 96xxx
_SHORT = re.compile(r"1[0-2]\d(?:\d{2}|\d{4})?|1[0-2]\d{4}|9[56]\d{3,6}")
# YD/T national plan: 10 · 2x · three digits elsewhere, and a subscriber number that starts with 2–8.
_LANDLINE = re.compile(r"(?:10|2[0-9])[2-8]\d{6,7}|[3-9]\d{2}[2-8]\d{6,7}")
_LOCAL = re.compile(r"[2-8]\d{6,7}")
_SCHEME = re.compile(r"^\s*(?:sips?|tels?)\s*:", re.I)
_BRACKETED = re.compile(r"<\s*((?:sips?|tel)\s*:[^>]*)>?", re.I)
_EXTENSION = re.compile(r"(?:[,;#转轉]|分机|ext|(?<=\d)\s*x\s*(?=\d)).*$", re.I | re.S)
_SEPARATORS = re.compile(r"[\s\-‐-―−().（）/·_~'\"\[\]]+")
_TRUNK_NOTE = re.compile(r"[(（]\s*0\s*[)）]")


def normalise(raw: str | None, home: Home = NO_HOME) -> Number:
    """What `raw` (a caller id, SIP or tel URI, or typed text) stands for. Chinese rules first; idempotent."""
    if raw is None:
        return WITHHELD
    if len(raw) > RAW_CAP:
        return _invalid("too_long")
    text = _plain(raw)
    word = re.sub(r"[\s\-_.<>\"']+", "", text).lower()
    if not word or word in _WITHHELD_WORDS:
        return WITHHELD
    text = _TRUNK_NOTE.sub("", text)
    whole = _number(_EXTENSION.sub("", text), home)
    if whole.e164 is None and "-" in text:
        # 025-83190000-123: only when the whole is no number is the last part an extension.
        shorter = _number(_EXTENSION.sub("", text.rpartition("-")[0]), home)
        if shorter.e164 is not None:
            return shorter
    return whole


def _plain(raw: str) -> str:
    """NFKC (full-width digits, ＋), without invisible characters, URI parts reduced to the user part."""
    text = unicodedata.normalize("NFKC", raw)
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs") or c in "\t\n\r")
    if bracketed := _BRACKETED.search(text):
        text = bracketed.group(1)
    scheme = _SCHEME.match(text)
    if scheme:
        text = unquote(text[scheme.end() :])
        context = re.search(r";\s*phone-context=\+(\d{1,3})", text)
        text = re.split(r"[;?]", text, maxsplit=1)[0]
        if context and not text.lstrip().startswith("+") and "@" not in text:
            text = f"+{context.group(1)}{text}"
    return text.partition("@")[0].strip()


def _number(text: str, home: Home) -> Number:
    compact = _SEPARATORS.sub("", text)
    digits = compact.lstrip("+")
    if not digits:
        return _invalid("not_a_number")
    if not digits.isdigit() or not digits.isascii():
        return _invalid("letters" if any(c.isalpha() for c in digits) else "not_a_number")
    if digits.strip("0") == "":
        return WITHHELD  # gateways fill an absent number with zeros
    if len(digits) > 20:
        return _invalid("too_long")
    if compact.startswith("+"):
        return _international(digits)
    return _domestic(digits, home)


def _international(digits: str) -> Number:
    """After a `+`."""
    digits = digits.removeprefix("00")
    if digits.startswith("86"):
        return _chinese(digits[2:].lstrip("0"), certain=True) or _invalid("not_a_number")
    return _foreign(digits, valid=False) or _invalid("not_a_number")


def _domestic(digits: str, home: Home) -> Number:
    """As a Chinese gateway or person writes it, tried from the most to the least certain reading."""
    if digits.startswith("00"):
        rest = digits[2:]
        if rest.startswith("86") and (found := _chinese(rest[2:].lstrip("0"), certain=True)):
            return found
        if found := _foreign(rest, valid=True):
            return found
    national = digits.lstrip("0")
    if found := _chinese(national, certain=digits != national):
        return found
    if digits.startswith("86") and (found := _chinese(digits[2:].lstrip("0"), certain=True)):
        return found
    if home.area_code and _LOCAL.fullmatch(digits):
        return Number(f"+86{home.area_code}{digits}", NumberKind.LANDLINE)
    for prefix in home.outside_prefixes:
        rest = digits.removeprefix(prefix)
        if rest == digits or not rest:
            continue
        inner = rest.lstrip("0")
        if found := _chinese(inner, certain=inner != rest):
            return found
        if home.area_code and _LOCAL.fullmatch(rest):
            return Number(f"+86{home.area_code}{rest}", NumberKind.LANDLINE)
    if digits.startswith("00") and (found := _foreign(digits[2:], valid=False)):
        return found
    return _invalid("no_area_code" if _LOCAL.fullmatch(digits) else "not_a_number")


def _chinese(national: str, *, certain: bool) -> Number | None:
    """`national` without trunk 0. `certain`: +86, 86 or a trunk 0 was there; else a landline's area code must exist."""
    if _MOBILE.fullmatch(national):
        return Number(f"+86{national}", NumberKind.MOBILE)
    if _SERVICE.fullmatch(national):
        return Number(f"+86{national}", NumberKind.SERVICE)
    if _SHORT.fullmatch(national):
        return Number(f"+86{national}", NumberKind.SHORT_CODE)
    if _LANDLINE.fullmatch(national) and (certain or _assigned(national)):
        return Number(f"+86{national}", NumberKind.LANDLINE)
    return None


def _assigned(national: str) -> bool:
    parsed = phonenumbers.PhoneNumber(country_code=86, national_number=int(national))
    return bool(phonenumbers.is_valid_number(parsed))


def _foreign(digits: str, *, valid: bool) -> Number | None:
    """`valid`: the range must be assigned, not only the length possible (for readings that are a guess)."""
    if len(digits) > 15 or digits.startswith("86"):
        return None
    try:
        parsed = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return None
    good = phonenumbers.is_valid_number(parsed) if valid else phonenumbers.is_possible_number(parsed)
    if not good:
        return None
    return Number(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164), NumberKind.FOREIGN)


def _invalid(reason: str) -> Number:
    return Number(None, NumberKind.INVALID, reason)


def shown(e164: str) -> str:
    """For people: `138 1234 5678`, `025 8319 0000`, `400 812 3456`, `95598`, `+1 212-555-0123`; '' stays ''."""
    if not e164.startswith("+86"):
        if not e164:
            return ""
        try:
            parsed = phonenumbers.parse(e164)
        except phonenumbers.NumberParseException:
            return e164
        return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
    national = e164[3:]
    if _MOBILE.fullmatch(national):
        return f"{national[:3]} {national[3:7]} {national[7:]}"
    if _SERVICE.fullmatch(national):
        return f"{national[:3]} {national[3:6]} {national[6:]}"
    if _LANDLINE.fullmatch(national):
        area = 2 if national.startswith(("10", "2")) else 3
        return f"0{national[:area]} {national[area:-4]} {national[-4:]}"
    return national
