"""Queue positions, waiting times and agent numbers as prompts.

Frequent announcements were recorded as whole sentences because they sound better; any other number is put together
from pieces.
"""

from collections.abc import Sequence

from ivr_flows.promptbook import Prompt
from ivr_flows.speech import spoken
from ivr_flows.speech.identifiers import digit
from routing.telling import ROUND

WHOLE_POSITIONS = 10
MOST_AHEAD = 9999


def say_position(ahead: int, language: str) -> tuple[Prompt, ...]:
    """Return what a waiting caller hears when `ahead` callers are before him; above MOST_AHEAD says MOST_AHEAD."""
    if ahead <= 0:
        return (Prompt("position_next", language),)
    if ahead <= WHOLE_POSITIONS:
        return (Prompt(f"position_{ahead}", language),)
    number = spoken("number", min(ahead, MOST_AHEAD), language)
    return (Prompt("position_before", language), *number, Prompt("position_after", language))


def say_wait(minutes: int, language: str) -> tuple[Prompt, ...]:
    """Return the estimated wait; `minutes` is one of `routing.telling.ROUND`, else it is more than the last of them."""
    return (Prompt(f"wait_{minutes}" if minutes in ROUND else "wait_long", language),)


def say_waiting(
    language: str, comfort: str, ahead: int | None, minutes: int, offers: Sequence[str], *, longer: bool
) -> tuple[Prompt, ...]:
    """Return all of one announcement to a waiting caller, in its order. `minutes` 0: nothing of the time."""
    return (
        *((Prompt(comfort, language),) if comfort else ()),
        *(say_position(ahead, language) if ahead is not None else ()),
        *((Prompt("wait_longer", language),) if longer and minutes else ()),
        *(say_wait(minutes, language) if minutes else ()),
        *(Prompt(offer, language) for offer in offers),
    )


def say_agent_number(number: str, language: str) -> tuple[Prompt, ...]:
    """Return "agent number 1001 serves you" as is usual before a Chinese agent speaks. ValueError if not digits."""
    if not number.isascii() or not number.isdigit():
        raise ValueError(f"{number!r} are not digits")
    ids = ("agent_number_before", *(digit(sign, language) for sign in number), "agent_number_after")
    return tuple(Prompt(key, language) for key in ids)
