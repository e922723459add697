"""Understanding what is said: the words of prompts back into values, as a listener would. The inverse of speech."""

from collections.abc import Iterable
from datetime import date, time
from decimal import Decimal

from ivr_flows.promptbook import Prompt, PromptBook

BOOK = PromptBook.load()
DIGITS = "零一二三四五六七八九"
ENGLISH = {
    **{BOOK.texts[Prompt(f"num_{n}", "en")].text: n for n in range(20)},
    **{BOOK.texts[Prompt(f"num_{n}", "en")].text: n for n in range(20, 100, 10)},
}
ENGLISH_ORDINALS = {BOOK.texts[Prompt(f"ord_{n}", "en")].text: n for n in (*range(1, 21), 30)}
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "quadrillion": 10**15}
MONTHS = [BOOK.texts[Prompt(f"month_{n}", "en")].text for n in range(1, 13)]


def words(prompts: Iterable[Prompt]) -> str:
    """What is heard: Chinese without gaps, English word by word; "|" for a pause."""
    prompts = tuple(prompts)
    heard = ["|" if BOOK.texts[prompt].pause else BOOK.texts[prompt].text for prompt in prompts]
    # Only the signs of plates are Chinese in an English sentence.
    return (" " if any(prompt.language == "en" for prompt in prompts) else "").join(heard)


def chinese(heard: str) -> int:
    """A whole number; ValueError where no Chinese speaker would have said it so."""
    if "亿" in heard:
        head, _, tail = heard.partition("亿")
        high, low = _chinese_half(head), _chinese_half(tail.removeprefix("零")) if tail else 0
        gap = tail.startswith("零")
        _agree(heard, gap, bool(low) and (low < 10**7 or high % 10**4 == 0))
        return high * 10**8 + low
    return _chinese_half(heard)


def _chinese_half(heard: str) -> int:
    """Below 10^8."""
    if "万" in heard:
        head, _, tail = heard.partition("万")
        high, low = _below_wan(head), _below_wan(tail.removeprefix("零")) if tail else 0
        _agree(heard, tail.startswith("零"), bool(low) and low < 1000)
        return high * 10**4 + low
    return _below_wan(heard)


def _below_wan(heard: str) -> int:
    total, rest = 0, heard
    if heard == "零":
        return 0
    for unit, size in (("千", 1000), ("百", 100), ("十", 10)):
        if unit in rest:
            head, _, rest = rest.partition(unit)
            if total and size * 10 > 10 and "零" in head:
                head = head.removeprefix("零")
            total += (1 if head == "" and size == 10 else _digit(head)) * size
    gap = rest.startswith("零")
    last = _digit(rest.removeprefix("零")) if rest else 0
    _agree(heard, gap, bool(last) and total > 0 and total % 100 == 0)
    return total + last


def _agree(heard: str, gap: bool, wanted: bool) -> None:
    if gap != wanted:
        raise ValueError(f"{heard}: 零 {'without a gap' if gap else 'is missing'}")


def _digit(heard: str) -> int:
    if len(heard) != 1:
        raise ValueError(f"{heard!r} is no digit")
    return 2 if heard == "两" else DIGITS.index(heard)


def english(heard: str) -> int:
    """A whole number or an ordinal."""
    total, part = 0, 0
    for word in heard.split():
        if word == "hundred":
            part *= 100
        elif word in SCALES:
            total, part = total + part * SCALES[word], 0
        else:
            part += ENGLISH[word] if word in ENGLISH else ENGLISH_ORDINALS[word]
    return total + part


def number(heard: str, language: str) -> Decimal:
    sign = -1 if heard.startswith(("负", "minus ")) else 1
    heard = heard.removeprefix("负").removeprefix("minus ")
    if language == "zh":
        whole, _, decimals = heard.partition("点")
        digits = [str(_digit(one)) for one in decimals]
        return sign * Decimal(f"{chinese(whole)}.{''.join(digits) or 0}")
    whole, _, decimals = heard.partition(" point ")
    return sign * Decimal(f"{english(whole)}.{''.join(str(ENGLISH[one]) for one in decimals.split()) or 0}")


def money(heard: str, language: str) -> Decimal:
    if language == "en":
        yuan, separator, rest = heard.partition(" yuan")
        if separator:
            return english(yuan) + Decimal(english(rest.replace("oh ", "")) if rest else 0) / 100
        return Decimal(english(heard.removesuffix(" fen"))) / 100
    total = Decimal(0)
    for unit, size in (("元", "1"), ("角", "0.1"), ("分", "0.01")):
        if unit in heard:
            head, _, heard = heard.partition(unit)
            total += chinese(head if head == "零" else head.removeprefix("零")) * Decimal(size)
    assert not heard
    return total


def day(heard: str, language: str) -> date:
    if language == "zh":
        year, _, months = heard.partition("年")
        month, _, dom = months.partition("月")
        return date(int("".join(str(_digit(one)) for one in year)), chinese(month), chinese(dom.removesuffix("日")))
    first, *rest = heard.split()
    # The day is one ordinal word, or a tens word and an ordinal.
    at = 1 if rest[0] in ENGLISH_ORDINALS else 2
    return date(_english_year(rest[at:]), MONTHS.index(first) + 1, english(" ".join(rest[:at])))


def _english_year(heard: list[str]) -> int:
    text = " ".join(heard)
    if "thousand" in text or (text.endswith(" hundred") and len(heard) == 2 and ENGLISH[heard[0]] >= 10):
        return english(text)
    if "hundred" in text:
        return english(text) if not text.endswith("hundred") else english(text.removesuffix(" hundred")) * 100
    if "oh" in heard:
        at = heard.index("oh")
        return english(" ".join(heard[:at])) * 100 + english(" ".join(heard[at + 1 :]))
    split = 2 if heard[0] in ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety") else 1
    if split == 2 and (heard[1] not in ENGLISH or not 1 <= ENGLISH[heard[1]] <= 9 or len(heard) == 2):
        split = 1
    return english(" ".join(heard[:split])) * 100 + english(" ".join(heard[split:]))


def clock(heard: str, language: str) -> time:
    if language == "en":
        if heard in ("noon", "midnight"):
            return time(12 if heard == "noon" else 0)
        *parts, half, _ = heard.split()  # "pee em": spelt as the voice says it right
        hour, *minutes = parts
        minute = english(" ".join(minutes).replace("oh ", "")) if minutes else 0
        return time(ENGLISH[hour] % 12 + (12 if half == "pee" else 0), minute)
    part, heard = heard[:2], heard[2:]
    hours, _, rest = heard.partition("点")
    hour_number = chinese(hours)
    if part in ("下午", "晚上"):
        hour_number += 12
    return time(hour_number, 30 if rest == "半" else chinese(rest.removesuffix("分").removeprefix("零")) if rest else 0)


def seconds(heard: str, language: str) -> int:
    if language == "en":
        heard = heard.replace("half an hour", "thirty minutes")
        if heard.endswith(" and a half hours"):
            return english(heard.removesuffix(" and a half hours")) * 3600 + 1800
        sizes = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
        total, pending = 0, list[str]()
        for word in heard.split():
            if (size := sizes.get(word.removesuffix("s"))) is not None:
                total, pending = total + english(" ".join(pending)) * size, []
            else:
                pending.append(word)
        return total
    if heard == "半小时":
        return 1800
    if heard.endswith("个半小时"):
        return chinese(heard.removesuffix("个半小时")) * 3600 + 1800
    total = 0
    for unit, size in (("天", 86_400), ("小时", 3_600), ("分钟", 60), ("秒", 1)):
        if unit in heard:
            head, _, heard = heard.partition(unit)
            total += chinese(head if head == "零" else head.removeprefix("零")) * size
    return total
