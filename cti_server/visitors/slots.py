"""Times a visitor can choose from."""

from collections.abc import Sequence

from cti_server.callbacks import Slot, free_slots
from cti_server.floor.model import Floor
from cti_server.floor.words import Millis, QueueId
from routing.hours import Calendar


def site_slots(floor: Floor, queue: QueueId, calendar: Calendar | None, now: Millis) -> Sequence[Slot]:
    """The free slots of the site's queue within the site's own hours, earliest first."""
    return [slot for slot in free_slots(floor, queue, now) if calendar is None or calendar.is_open(slot.at)]


def is_free(floor: Floor, queue: QueueId, calendar: Calendar | None, now: Millis, at: Millis) -> bool:
    """Whether `at` is the beginning of one of them."""
    return any(slot.at == at for slot in site_slots(floor, queue, calendar, now))
