"""Whether a number may be dialled at all, and whether now. Reads the floor, changes nothing."""

import re
from collections.abc import Sequence

from cti_server.floor.deciding import Deciding
from cti_server.floor.inputs import RefusedError
from cti_server.floor.model import Callback, Floor, Interaction
from cti_server.floor.parts import Dial, DialPolicy
from cti_server.floor.words import LegState, Millis, QueueId, TransferState
from routing.hours import Calendar

_E164 = re.compile(r"\+[1-9][0-9]{5,14}")
_HOUR = 3_600_000
_DAY = Millis(86_400_000)
_MOST_CHANGES = 50
_IN_FLIGHT = (LegState.DIALLING, LegState.UP)


def is_allowed(floor: Floor, number: str) -> bool:
    """By policy and do-not-call list; the second wall behind whoever made E.164 of it."""
    return number not in floor.do_not_call and fits(floor.dial_policy, number)


def fits(policy: DialPolicy, number: str) -> bool:
    """By shape, length and prefix."""
    if not policy.trunk or not _E164.fullmatch(number) or len(number) - 1 < policy.shortest:
        return False
    return number.startswith(policy.allowed) and not (policy.refused and number.startswith(policy.refused))


def ensure_allowed(d: Deciding, number: str) -> None:
    """RefusedError `callbacks_off`, `do_not_call` or `number_not_allowed`."""
    if not d.floor.dial_policy.trunk:
        raise RefusedError("callbacks_off", "No trunk for dialling out is set up.")
    if number in d.floor.do_not_call:
        raise RefusedError("do_not_call", "This number is on the do-not-call list.")
    if not fits(d.floor.dial_policy, number):
        raise RefusedError("number_not_allowed", "This number may not be dialled.")


def obstacle(d: Deciding, interaction: Interaction, callback: Callback) -> str:
    """Why it may not be dialled now: not_allowed · hours · number_cap · caps · on_the_phone · pbx; '' when it may."""
    policy = d.floor.dial_policy
    if not policy.trunk or not d.floor.pbx_up:
        return "pbx"
    if not is_allowed(d.floor, callback.number):
        return "not_allowed"
    if first_time(d.floor, interaction.queue, d.now) != d.now:
        return "hours"
    recent = [dial for dial in d.floor.dials if dial.at > d.now - _DAY]
    if sum(dial.number == callback.number for dial in recent) >= policy.per_number:
        return "number_cap"
    if _too_many(d, recent):
        return "caps"
    return "on_the_phone" if on_the_phone(d, callback.number) else ""


def transfer_obstacle(d: Deciding, number: str) -> str:
    """Why a caller may not be handed on to it now: pbx · not_allowed · hours · number_cap · caps; '' when he may."""
    policy = d.floor.dial_policy
    if not policy.trunk or not d.floor.pbx_up:
        return "pbx"
    if not is_allowed(d.floor, number):
        return "not_allowed"
    if first_time(d.floor, None, d.now) != d.now:
        return "hours"
    recent = [dial for dial in d.floor.dials if dial.at > d.now - _DAY]
    if sum(dial.number == number for dial in recent) >= policy.transfers_per_number:
        return "number_cap"
    return "caps" if _too_many(d, recent) else ""


def _too_many(d: Deciding, recent: Sequence[Dial]) -> bool:
    """Of everything that is dialled at our expense."""
    policy = d.floor.dial_policy
    return sum(dial.at > d.now - _HOUR for dial in recent) >= policy.per_hour or _in_flight(d) >= policy.at_once


def on_the_phone(d: Deciding, number: str) -> bool:
    """Whether somebody with this number is being rung or on a line with us."""
    for other in d.floor.interactions.values():
        if is_handed_on(other) and other.transfer is not None and other.transfer.number == number:
            return True
        rung = other.callback.number if other.callback is not None else ""
        if other.caller_leg.state in _IN_FLIGHT and number in (other.caller, rung):
            return True
    return False


def first_time(floor: Floor, queue: QueueId | None, at: Millis) -> Millis:
    """The first time from `at` on when customers may be rung and the queue is open; a day later if that is never."""
    index = floor.index
    calendars = [one for one in (index.calling_hours, index.calendars.get(queue or QueueId(""))) if one is not None]
    first = at
    for _ in range(_MOST_CHANGES):
        later = max((_opens(calendar, first) for calendar in calendars), default=first)
        if later == first:
            return first
        first = later
    return Millis(at + _DAY)


def _opens(calendar: Calendar, at: Millis) -> Millis:
    if calendar.is_open(at):
        return at
    change = calendar.next_change(at)
    return Millis(change if change is not None else at + _DAY)


def _in_flight(d: Deciding) -> int:
    floor = d.floor
    rung = sum(floor.interactions[id_].caller_leg.state in _IN_FLIGHT for id_ in floor.index.callbacks)
    return rung + sum(is_handed_on(other) for other in floor.interactions.values())


def is_handed_on(interaction: Interaction) -> bool:
    """Whether somebody outside is rung for this caller, or talks with him."""
    return interaction.transfer is not None and interaction.transfer.state is not TransferState.ENDED
