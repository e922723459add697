"""Opening hours: the wall clock of a time zone, spans by weekday, exceptions by date. Pure; instants are ms since 1970.

The clock on the wall decides, also on the nights it is changed: hours that are skipped are not open, hours that come
twice are open twice. An exception holds for its whole date, 00:00 to 24:00, so a span of the evening before ends at
midnight; a span that begins on the date of an exception may go past midnight like any other.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTE = 60_000
_DAY_MINUTES = 1_440
_DAY = _DAY_MINUTES * _MINUTE
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY = 3
_SETTLED = 15
"""Days without any change after which only an exception can bring one: two weeks show every weekday next to a night
on which the clock is changed and to one on which it is not."""
_SPAN = re.compile(r"(\d{1,2}):(\d\d) ?[-–] ?(\d{1,2}):(\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Minutes after midnight: from `start` (0–1439) until just before `end`, at most a day later."""

    start: int
    end: int


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """`zone` is an IANA name; `week` has the spans that begin on Monday, … Sunday."""

    zone: str
    week: tuple[Spans, ...] = ((),) * 7
    exceptions: Mapping[date, Spans] = field(default_factory=dict)

    def is_open(self, at: int) -> bool:
        """Whether it is open at the instant `at`."""
        return self._is_open(at + self._offset(at))

    def next_change(self, at: int) -> int | None:
        """The first instant after `at` at which it opens or closes; None when it stays as it is for good."""
        now = self.is_open(at)
        settled = at + _SETTLED * _DAY
        while True:
            at = self._next_look(at)
            if self.is_open(at) != now:
                return at
            day = (at + self._offset(at)) // _DAY + _EPOCH_DAY
            if date.fromordinal(day) in self.exceptions:
                settled = at + _SETTLED * _DAY
            elif at >= settled:
                later = min((one.toordinal() for one in self.exceptions if one.toordinal() > day), default=None)
                if later is None:
                    return None
                at = max(at, (later - _EPOCH_DAY - 2) * _DAY)
                settled = at + _SETTLED * _DAY

    @property
    def never_opens(self) -> bool:
        """No span anywhere."""
        return not any(self.week) and not any(self.exceptions.values())

    def _is_open(self, wall: int) -> bool:
        day, minute = wall // _DAY, wall % _DAY // _MINUTE
        today = self.exceptions.get(date.fromordinal(day + _EPOCH_DAY))
        if today is not None:
            return _covers(today, minute)
        if _covers(self.week[(day + _EPOCH_WEEKDAY) % 7], minute):
            return True
        return _covers(self._spans(day - 1), minute + _DAY_MINUTES)

    def _spans(self, day: int) -> Spans:
        special = self.exceptions.get(date.fromordinal(day + _EPOCH_DAY))
        return self.week[(day + _EPOCH_WEEKDAY) % 7] if special is None else special

    def _next_look(self, at: int) -> int:
        """The next instant after `at` at which a span begins or ends, a day begins, or the clock is changed."""
        offset = self._offset(at)
        wall = at + offset
        day = wall // _DAY
        midnight = day * _DAY
        minutes = {_DAY_MINUTES}
        for span in self._spans(day):
            minutes |= {span.start, span.end}
        minutes |= {span.end - _DAY_MINUTES for span in self._spans(day - 1)}
        then = min(found for minute in minutes if (found := midnight + minute * _MINUTE) > wall) - offset
        return then if self._offset(then) == offset else self._clock_change(at, then)

    def _clock_change(self, before: int, after: int) -> int:
        """The first instant with another offset than at `before`."""
        offset = self._offset(before)
        while after - before > 1:
            middle = (before + after) // 2
            if self._offset(middle) == offset:
                before = middle
            else:
                after = middle
        return after

    def _offset(self, at: int) -> int:
        """What the wall clock is ahead of UTC, ms."""
        here = (_EPOCH + timedelta(milliseconds=at)).astimezone(ZoneInfo(self.zone))
        return (here.utcoffset() or timedelta()) // timedelta(milliseconds=1)


def is_zone(name: str) -> bool:
    """Whether the time zone is known here."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def parse_span(text: str) -> Span | None:
    """`08:30-18:00`; `22:00-06:00` ends the day after; None when it is no span of up to 24 hours."""
    written = _SPAN.fullmatch(text)
    if written is None:
        return None
    from_hour, from_minute, to_hour, to_minute = map(int, written.groups())
    start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if max(from_minute, to_minute) > 59 or start >= _DAY_MINUTES or end > _DAY_MINUTES or start == end:
        return None
    return Span(start, end if end > start else end + _DAY_MINUTES)


def span_text(span: Span) -> str:
    """What `parse_span` reads."""
    end = span.end if span.end <= _DAY_MINUTES else span.end - _DAY_MINUTES
    return f"{span.start // 60:02}:{span.start % 60:02}-{end // 60:02}:{end % 60:02}"


def overlap(spans: Spans) -> bool:
    """Whether two spans of a day overlap."""
    return any(one.end > other.start for one, other in pairwise(sorted(spans)))


def _covers(spans: Spans, minute: int) -> bool:
    return any(span.start <= minute < span.end for span in spans)
