"""Queue positions, waiting times and agent numbers as prompts.

Frequent announcements were recorded as whole sentences because they sound better; any other number is put together
from pieces.
"""

from ivr_flows.promptbook import Prompt
from ivr_flows.speech import spoken
from ivr_flows.speech.identifiers import digit

WHOLE_POSITIONS = 10
MOST_AHEAD = 9999
# Estimates are rounded up to these minutes: nobody can promise seventeen.
WAIT_MINUTES = (1, 2, 3, 5, 10, 15, 20, 30)


def say_position(ahead: int, language: str) -> tuple[Prompt, ...]:
    """Return what a waiting caller hears when `ahead` callers are before him; above MOST_AHEAD says MOST_AHEAD."""
    if ahead <= 0:
        return (Prompt("position_next", language),)
    if ahead <= WHOLE_POSITIONS:
        return (Prompt(f"position_{ahead}", language),)
    number = spoken("number", min(ahead, MOST_AHEAD), language)
    return (Prompt("position_before", language), *number, Prompt("position_after", language))


def say_wait(seconds: float, language: str) -> tuple[Prompt, ...]:
    """Return the estimated wait, rounded up to a figure people believe; over half an hour says only that."""
    for minutes in WAIT_MINUTES:
        if seconds <= minutes * 60:
            return (Prompt(f"wait_{minutes}", language),)
    return (Prompt("wait_long", language),)


def say_agent_number(number: str, language: str) -> tuple[Prompt, ...]:
    """Return "agent number 1001 serves you" as is usual before a Chinese agent speaks. ValueError if not digits."""
    if not number.isascii() or not number.isdigit():
        raise ValueError(f"{number!r} are not digits")
    ids = ("agent_number_before", *(digit(sign, language) for sign in number), "agent_number_after")
    return tuple(Prompt(key, language) for key in ids)
