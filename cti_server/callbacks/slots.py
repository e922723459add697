"""Which times can still be promised for a callback."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from cti_server.floor.callbacks import taken
from cti_server.floor.dial_policy import first_time
from cti_server.floor.model import Floor
from cti_server.floor.words import Millis, QueueId

_PARTS = (12, 17)
"""Hours at which the afternoon and the evening begin."""


@dataclass(frozen=True, slots=True)
class Slot:
    """From `at` (ms) until `until`; `free`: how many more can be promised."""

    at: Millis
    until: Millis
    free: int


def free_slots(floor: Floor, queue: QueueId, now: Millis, days: int = 3, most: int = 100) -> Iterator[Slot]:
    """The slots of `queue` from the next one on, within `days`, that are in calling and opening hours and have room."""
    length = floor.dial_policy.slot
    at, end, found = (now // length + 1) * length, now + days * 86_400_000, 0
    while at < end and found < most:
        free = floor.dial_policy.slot_capacity - taken(floor, queue, Millis(at))
        if free > 0 and first_time(floor, queue, Millis(at)) == at:
            found += 1
            yield Slot(Millis(at), Millis(at + length), free)
        at += length


def slots_to_offer(
    floor: Floor, queue: QueueId, now: Millis, zone: ZoneInfo, days: int = 3, most: int = 6
) -> list[Millis]:
    """The few of them that a caller can listen to: the first of each morning, afternoon and evening."""
    chosen: dict[tuple[date, int], Millis] = {}
    for slot in free_slots(floor, queue, now, days, most=1_000):
        clock = datetime.fromtimestamp(slot.at / 1000, zone)
        chosen.setdefault((clock.date(), sum(clock.hour >= part for part in _PARTS)), slot.at)
        if len(chosen) == most:
            break
    return list(chosen.values())
