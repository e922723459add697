"""When a flow's calendar is open, closed, or closed for a holiday. The reckoning is that of `routing.hours`."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from typing_extensions import override

from ivr_flows.parts import Part
from routing.hours import DAYS, Calendar, Spans, is_zone, overlap, parse_span

_LEAP_YEAR = 2000


class Opening(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    HOLIDAY = "holiday"


def _spans(value: tuple[str, ...]) -> tuple[str, ...]:
    read = [parse_span(text) for text in value]
    if None in read:
        raise ValueError(f"'{value[read.index(None)]}' is no span of hours: write it like 08:30-18:00")
    if overlap(tuple(span for span in read if span is not None)):
        raise ValueError("two spans of a day overlap")
    return value


def _closed(value: object) -> object:
    return () if value == "closed" else value


def _zone(value: str) -> str:
    if not is_zone(value):
        raise ValueError(f"'{value}' is no time zone: write it like Asia/Shanghai")
    return value


def _days(value: str) -> str:
    first, dash, last = value.partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        raise ValueError(f"'{value}' is no day: use mon, … sun, or a range such as mon-fri")
    return value


def _every_year(value: str) -> str:
    try:
        date.fromisoformat(f"{_LEAP_YEAR}-{value}")
    except ValueError:
        raise ValueError(f"'{value}' is no month and day: write it like 10-01") from None
    return value


Hours = Annotated[
    tuple[str, ...],
    BeforeValidator(_closed, json_schema_input_type=Literal["closed"] | tuple[str, ...]),
    Field(max_length=8),
    AfterValidator(_spans),
]
Days = Annotated[str, AfterValidator(_days)]
MonthDay = Annotated[str, Field(pattern=r"^\d\d-\d\d$"), AfterValidator(_every_year)]


class FlowCalendar(Part):
    """Opening hours of a flow.

    `week`: hours by day or range of days; `exceptions`: hours or `closed` by date, such as this year's holidays and the
    working weekends before them; `every_year`: the same by month and day, for years `exceptions` says nothing about.
    """

    zone: Annotated[str, Field(max_length=64), AfterValidator(_zone)]
    week: Annotated[dict[Days, Hours], Field(max_length=7)]
    exceptions: Annotated[dict[date, Hours], Field(max_length=1000)] = Field(default_factory=dict)
    every_year: Annotated[dict[MonthDay, Hours], Field(max_length=366)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _each_day_once(self) -> Self:
        named = [day for days in self.week for day in _range(days)]
        twice = next((DAYS[day] for day in named if named.count(day) > 1), None)
        if twice is not None:
            raise ValueError(f"'{twice}' is written twice in `week`")
        return self

    @cached_property
    def calendar(self) -> Calendar:
        """Return it as `routing.hours` reckons with it."""
        week: list[Spans] = [()] * 7
        for days, hours in self.week.items():
            for day in _range(days):
                week[day] = _read(hours)
        exact = {day: _read(hours) for day, hours in self.exceptions.items()}
        return Calendar(self.zone, tuple(week), _Exceptions(exact, {d: _read(h) for d, h in self.every_year.items()}))

    def at(self, now: int) -> Opening:
        """Return what holds at the instant `now`, ms since 1970."""
        if self.calendar.is_open(now):
            return Opening.OPEN
        today = datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(self.zone)).date()
        return Opening.HOLIDAY if today in self.calendar.exceptions else Opening.CLOSED

    @property
    def last_exception(self) -> date | None:
        """Return the day after which only the week and `every_year` hold; None if there are no exceptions."""
        return max(self.exceptions, default=None)


class _Exceptions(Mapping[date, Spans]):
    """By date, else by month and day."""

    def __init__(self, exact: Mapping[date, Spans], yearly: Mapping[str, Spans]) -> None:
        self._exact = exact
        self._yearly = yearly

    @override
    def __getitem__(self, day: date) -> Spans:
        if day in self._exact:
            return self._exact[day]
        return self._yearly[f"{day.month:02}-{day.day:02}"]

    @override
    def __iter__(self) -> Iterator[date]:
        return iter(self._exact)

    @override
    def __len__(self) -> int:
        return len(self._exact)


def _range(days: str) -> list[int]:
    first, dash, last = days.partition("-")
    start = DAYS.index(first)
    count = (DAYS.index(last) - start) % 7 if dash else 0
    return [(start + step) % 7 for step in range(count + 1)]


def _read(hours: tuple[str, ...]) -> Spans:
    return tuple(span for text in hours if (span := parse_span(text)) is not None)
