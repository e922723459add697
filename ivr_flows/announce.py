"""Numbers, queue positions and waiting times as prompts.

Frequent announcements were recorded as whole sentences because they sound better; any other number from 0 to 999 is
put together from pieces.
"""

from ivr_flows.promptbook import Prompt

WHOLE_POSITIONS = 10
# Estimates are rounded up to these minutes: nobody can promise seventeen.
WAIT_MINUTES = (1, 2, 3, 5, 10, 15, 20, 30)


def say_number(number: int, language: str) -> tuple[str, ...]:
    """Return the prompt ids that say how many (0 to 999) of something there are.

    Chinese counts with 两 for a lone two (两位) and 二 elsewhere (十二), says 零 for a gap (一百零五) and 一十 after
    a hundred (一百一十). ValueError outside 0 to 999 or for a language without number words.
    """
    if not 0 <= number <= 999:
        raise ValueError(f"{number} is not between 0 and 999")
    if language not in ("zh", "en"):
        raise ValueError(f"no number words in {language!r}: use zh or en")
    hundreds, rest = divmod(number, 100)
    head = (f"num_{hundreds * 100}",) if hundreds else ()
    if hundreds and not rest:
        return head
    if language == "zh":
        return head + _chinese_rest(rest, after_hundreds=bool(hundreds))
    return head + _pieces(rest)


def say_digits(digits: str, language: str) -> tuple[str, ...]:
    """Return the prompt ids that read out digits one by one; Chinese says 幺 for one. ValueError if not 0-9."""
    if not digits.isascii() or not digits.isdigit():
        raise ValueError(f"{digits!r} are not digits")
    return tuple("num_yao" if digit == "1" and language == "zh" else f"num_{digit}" for digit in digits)


def say_position(ahead: int, language: str) -> tuple[Prompt, ...]:
    """Return what a waiting caller hears when `ahead` callers are before him; above 999 says 999."""
    if ahead <= 0:
        return (Prompt("position_next", language),)
    if ahead <= WHOLE_POSITIONS:
        return (Prompt(f"position_{ahead}", language),)
    ids = ("position_before", *say_number(min(ahead, 999), language), "position_after")
    return tuple(Prompt(key, language) for key in ids)


def say_wait(seconds: float, language: str) -> tuple[Prompt, ...]:
    """Return the estimated wait, rounded up to a figure people believe; over half an hour says only that."""
    for minutes in WAIT_MINUTES:
        if seconds <= minutes * 60:
            return (Prompt(f"wait_{minutes}", language),)
    return (Prompt("wait_long", language),)


def say_agent_number(number: str, language: str) -> tuple[Prompt, ...]:
    """Return "agent number 1001 serves you" as is usual before a Chinese agent speaks. ValueError if not digits."""
    ids = ("agent_number_before", *say_digits(number, language), "agent_number_after")
    return tuple(Prompt(key, language) for key in ids)


def _chinese_rest(rest: int, *, after_hundreds: bool) -> tuple[str, ...]:
    if not after_hundreds:
        return ("num_liang",) if rest == 2 else _pieces(rest)
    if rest < 10:
        return ("num_0", f"num_{rest}")
    if rest < 20:
        return ("num_1", f"num_{rest}")
    return _pieces(rest)


def _pieces(rest: int) -> tuple[str, ...]:
    if rest <= 20 or rest % 10 == 0:
        return (f"num_{rest}",)
    return (f"num_{rest // 10 * 10}", f"num_{rest % 10}")
