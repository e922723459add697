"""What is read out sign by sign: account and telephone numbers, plates, model codes. A `pause` parts the groups."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from ivr_flows.speech.amounts import shown

MAX_SIGNS = 40
GROUP = 4
SEPARATORS = frozenset(" -/.·_")
# What begins a Chinese plate (or ends one of a special use), named after the province, because 冀 and 吉 sound alike.
PLATE_SIGNS = {
    "京": "beijing",
    "津": "tianjin",
    "沪": "shanghai",
    "渝": "chongqing",
    "冀": "hebei",
    "晋": "shanxi",
    "蒙": "neimenggu",
    "辽": "liaoning",
    "吉": "jilin",
    "黑": "heilongjiang",
    "苏": "jiangsu",
    "浙": "zhejiang",
    "皖": "anhui",
    "闽": "fujian",
    "赣": "jiangxi",
    "鲁": "shandong",
    "豫": "henan",
    "鄂": "hubei",
    "湘": "hunan",
    "粤": "guangdong",
    "桂": "guangxi",
    "琼": "hainan",
    "川": "sichuan",
    "贵": "guizhou",
    "云": "yunnan",
    "藏": "xizang",
    "陕": "shaanxi",
    "甘": "gansu",
    "青": "qinghai",
    "宁": "ningxia",
    "新": "xinjiang",
    "港": "hongkong",
    "澳": "macao",
    "使": "embassy",
    "领": "consulate",
    "警": "police",
    "学": "learner",
    "挂": "trailer",
}
EXTENSION = re.compile(r"(.*?) *(?:转|分机|;?ext[.=:]?|[x#,]) *([0-9]{1,6})", re.ASCII | re.IGNORECASE)
# After a hyphen only a whole number can be followed by an extension: 021-6234-5678 has none.
HYPHEN_EXTENSION = re.compile(r"((?:\+?86)?[ -]?[0-9]{2,4}[ -]*[0-9]{7,8})-([0-9]{1,6})", re.ASCII)


def say_digits(value: object, language: str) -> tuple[str, ...]:
    """Return digits one by one (幺 for one in Chinese), in the groups they are written in, else in fours.

    Up to six digits stay together. ValueError if there is anything but digits, spaces and hyphens.
    """
    text = _text(value, "digits")
    groups = re.split("[ -]+", text)
    if not all(group.isascii() and group.isdigit() for group in groups):
        raise ValueError(f"{value!r} are not digits: use 0 to 9, with spaces or hyphens between groups")
    if len(groups) == 1 and len(text) > 6:
        groups = [text[start : start + GROUP] for start in range(0, len(text), GROUP)]
    return _spelt(groups, language)


def say_phone(value: object, language: str) -> tuple[str, ...]:
    """Return a telephone number in the groups people use: 138 1234 5678, 021 6234 5678, 400 810 1234, 95598.

    +86 is left out (and the 0 of the area code put back), other countries begin with "plus"; an extension follows 转.
    ValueError for what is no telephone number.
    """
    text = _text(value, "a telephone number").replace("(", " ").replace(")", " ").strip()
    extension: tuple[str, ...] = ()
    if match := EXTENSION.fullmatch(text) or HYPHEN_EXTENSION.fullmatch(text):
        text = match[1]
        extension = ("pause", "extension", *_spelt([match[2]], language))
    digits = re.sub("[ -]", "", text)
    if not re.fullmatch(r"\+?[0-9]{3,15}", digits):
        raise ValueError(f"{value!r} is no telephone number: use digits, as in 13812345678 or +8613812345678")
    foreign = ""
    if abroad := re.fullmatch(r"(?:\+|00)([1-9][0-9]+)", digits):
        domestic = abroad[1].removeprefix("86")
        foreign = abroad[1] if domestic == abroad[1] else ""
        digits = _as_dialled_at_home(domestic)
    elif re.fullmatch("861[3-9][0-9]{9}", digits):
        digits = digits[2:]
    said = ("plus", *_spelt(_fours_from_the_end(foreign), language)) if foreign else _spelt(_grouped(digits), language)
    return (*said, *extension)


def say_text_id(value: object, language: str) -> tuple[str, ...]:
    """Return letters and digits one by one, as in 苏A12345 or KFR-35GW; ValueError for any other sign."""
    text = _text(value, "an identifier").upper()
    groups: list[list[str]] = [[]]
    for sign in text:
        if sign in SEPARATORS:
            groups.append([])
        elif sign.isascii() and sign.isdigit():
            groups[-1].append(digit(sign, language))
        elif sign.isascii() and sign.isalpha():
            groups[-1].append(f"letter_{sign.lower()}")
        elif sign in PLATE_SIGNS:
            groups[-1].append(f"plate_{PLATE_SIGNS[sign]}")
        else:
            raise ValueError(f"{value!r}: {sign!r} cannot be spelt, only letters, digits and the signs of plates can")
    return _with_pauses(group for group in groups if group)


def digit(sign: str, language: str) -> str:
    """Return the piece of one digit; Chinese says 幺 for one in a row of digits."""
    return "num_yao" if sign == "1" and language == "zh" else f"num_{sign}"


def _text(value: object, what: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"{shown(value)} is not {what}: pass it as text")
    if isinstance(value, int) and not 0 <= value < 10**MAX_SIGNS:
        raise ValueError(f"{shown(value)} is not {what}: pass it as text")
    text = str(value)
    if len(text) > MAX_SIGNS:
        raise ValueError(f"{text[:12]!r}… is longer than {MAX_SIGNS} signs")
    text = unicodedata.normalize("NFKC", text).strip()
    if not text or len(text) > MAX_SIGNS or not any(sign.isalnum() for sign in text):
        raise ValueError(f"{value!r} is not {what}: it has nothing to read out")
    return text


def _as_dialled_at_home(digits: str) -> str:
    """Give an area code that followed +86 its 0 back."""
    if re.fullmatch("1[3-9][0-9]{9}|[48]00[0-9]{7}|0.*", digits) or len(digits) < 9:
        return digits
    return f"0{digits}"


def _grouped(digits: str) -> Iterator[str]:
    if re.fullmatch("1[3-9][0-9]{9}", digits):
        yield from (digits[:3], digits[3:7], digits[7:])
    elif re.fullmatch("[48]00[0-9]{7}", digits):
        yield from (digits[:3], digits[3:6], digits[6:])
    elif re.fullmatch("0(?:10|2[0-9])[0-9]{7,8}", digits):
        yield digits[:3]
        yield from _fours_from_the_end(digits[3:])
    elif re.fullmatch("0[3-9][0-9]{2}[0-9]{7,8}", digits):
        yield digits[:4]
        yield from _fours_from_the_end(digits[4:])
    elif len(digits) <= 6:
        yield digits
    else:
        yield from _fours_from_the_end(digits)


def _fours_from_the_end(digits: str) -> Iterator[str]:
    head = len(digits) % GROUP
    if head:
        yield digits[:head]
    for start in range(head, len(digits), GROUP):
        yield digits[start : start + GROUP]


def _spelt(groups: Iterable[str], language: str) -> tuple[str, ...]:
    return _with_pauses([digit(sign, language) for sign in group] for group in groups)


def _with_pauses(groups: Iterable[list[str]]) -> tuple[str, ...]:
    said: list[str] = []
    for group in groups:
        said += [*(("pause",) if said else ()), *group]
    return tuple(said)
