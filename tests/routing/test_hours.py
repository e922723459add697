"""Opening hours against a look at the clock on the wall every minute, also on the nights it is changed."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from routing.hours import Calendar, Span, Spans, is_zone, overlap, parse_span, span_text

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
OFFICE = ((Span(540, 1080),),) * 5 + ((), ())
"""Monday to Friday, 09:00-18:00."""


def ms(text: str, zone: str = "UTC", *, fold: int = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp() * 1000)


def on_the_wall(calendar: Calendar, at: int) -> bool:
    """What `is_open` should say, written as people would explain it."""
    here = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)).astimezone(ZoneInfo(calendar.zone))
    today = here.date()
    minute = here.hour * 60 + here.minute
    if today in calendar.exceptions:
        return any(span.start <= minute < span.end for span in calendar.exceptions[today])
    yesterday = today - timedelta(days=1)
    evening = calendar.exceptions.get(yesterday, calendar.week[yesterday.weekday()])
    begun = any(span.start <= minute < span.end for span in calendar.week[today.weekday()])
    return begun or any(span.start <= minute + 1440 < span.end for span in evening)


SPAN = st.builds(
    lambda start, length: Span(start, start + length),
    st.one_of(st.integers(0, 1439), st.sampled_from((0, 60, 90, 120, 150, 180, 1380))),
    st.one_of(st.integers(1, 1440), st.sampled_from((30, 60, 1440))),
)
SPANS = st.lists(SPAN, max_size=2).map(tuple)
MOMENTS = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("America/Santiago", "2026-09-06"),
    ("Africa/Cairo", "2026-04-24"),
    ("Asia/Kathmandu", "2026-05-05"),
    ("Pacific/Apia", "2011-12-30"),
    ("Asia/Shanghai", "1990-09-16"),
    ("Asia/Shanghai", "2026-10-01"),
    ("Africa/Monrovia", "1972-01-07"),
]


@given(
    moment=st.sampled_from(MOMENTS),
    week=st.lists(SPANS, min_size=7, max_size=7).map(tuple),
    exceptions=st.dictionaries(st.integers(-3, 3), SPANS, max_size=3),
    start=st.integers(-2 * 1440, 1440),
    odd=st.integers(0, MINUTE - 1),
)
@example(("Europe/Berlin", "2026-10-25"), ((Span(120, 150),),) * 7, {}, -60, 0)
@example(("Europe/Berlin", "2026-03-29"), ((Span(120, 180),),) * 7, {}, -60, 0)
@settings(max_examples=50, deadline=None)
def test_it_opens_and_closes_as_the_wall_clock_says(
    moment: tuple[str, str], week: tuple[Spans, ...], exceptions: dict[int, Spans], start: int, odd: int
) -> None:
    zone, day = moment
    dates = {date.fromisoformat(day) + timedelta(days=offset): spans for offset, spans in exceptions.items()}
    calendar = Calendar(zone, week, dates)
    at = ms(day, zone) + start * MINUTE + odd
    now = calendar.is_open(at)
    assert now == on_the_wall(calendar, at)
    change = calendar.next_change(at)
    scanned = at - at % MINUTE
    for _ in range(2 * 1440):
        scanned += MINUTE
        if on_the_wall(calendar, scanned) != now:
            assert change is not None
            assert scanned - MINUTE < change <= scanned
            assert on_the_wall(calendar, change) != now
            assert on_the_wall(calendar, change - 1) == now
            return
        assert calendar.is_open(scanned) == now
    assert change is None or change > scanned


def test_an_office_week() -> None:
    office = Calendar("Asia/Shanghai", OFFICE)
    friday = ms("2026-11-20T17:59:59.999", "Asia/Shanghai")
    assert office.is_open(friday)
    assert office.next_change(friday) == friday + 1
    assert not office.is_open(friday + 1)
    assert office.next_change(friday + 1) == ms("2026-11-23T09:00", "Asia/Shanghai")


def test_past_midnight() -> None:
    nights = Calendar("UTC", ((), (), (), (), (Span(1320, 1800),), (), ()))
    assert nights.next_change(ms("2026-11-18")) == ms("2026-11-20T22:00")
    assert nights.next_change(ms("2026-11-20T22:00")) == ms("2026-11-21T06:00")
    assert nights.next_change(ms("2026-11-21T06:00")) == ms("2026-11-27T22:00")


def test_an_exception_holds_for_its_date_only() -> None:
    nights = Calendar(
        "UTC", ((Span(1320, 1800),),) * 7, {date(2026, 10, 1): (), date(2026, 10, 3): (Span(1380, 1500),)}
    )
    assert nights.next_change(ms("2026-09-30T23:00")) == ms("2026-10-01")
    assert nights.next_change(ms("2026-10-01")) == ms("2026-10-02T22:00")
    assert nights.next_change(ms("2026-10-02T22:00")) == ms("2026-10-03")
    assert nights.next_change(ms("2026-10-03")) == ms("2026-10-03T23:00")
    assert nights.next_change(ms("2026-10-03T23:00")) == ms("2026-10-04T01:00")
    assert nights.next_change(ms("2026-10-04T01:00")) == ms("2026-10-04T22:00")


def test_hours_that_come_twice_are_open_twice() -> None:
    early = Calendar("Europe/Berlin", ((Span(120, 150),),) * 7)
    first = ms("2026-10-25T02:00", "Europe/Berlin")
    seen = [first]
    for _ in range(4):
        change = early.next_change(seen[-1])
        assert change is not None
        seen.append(change)
    again = ms("2026-10-25T02:00", "Europe/Berlin", fold=1)
    assert again == first + HOUR
    assert seen[:4] == [first, first + 30 * MINUTE, again, again + 30 * MINUTE]
    assert seen[4] == ms("2026-10-26T02:00", "Europe/Berlin")


def test_hours_that_are_skipped_are_not_open() -> None:
    gap = Calendar("Europe/Berlin", ((), (), (), (), (), (), (Span(120, 180),)))
    assert gap.next_change(ms("2026-03-28T12:00")) == ms("2026-04-05T02:00", "Europe/Berlin")
    until = Calendar("Europe/Berlin", ((Span(60, 150),),) * 7)
    assert until.next_change(ms("2026-03-29T01:30", "Europe/Berlin")) == ms("2026-03-29T03:00", "Europe/Berlin")


def test_it_may_stay_for_good() -> None:
    always = Calendar("America/New_York", ((Span(0, 1440),),) * 7)
    never = Calendar("America/New_York")
    assert always.is_open(0)
    assert not never.is_open(0)
    assert always.next_change(0) is never.next_change(0) is None
    assert never.never_opens
    assert not always.never_opens
    assert not Calendar("UTC", exceptions={date(2026, 1, 1): (Span(0, 60),)}).never_opens
    assert Calendar("UTC", exceptions={date(2026, 1, 1): ()}).never_opens


def test_exceptions_far_ahead_and_long_past() -> None:
    always = ((Span(0, 1440),),) * 7
    closed = Calendar("Asia/Shanghai", always, {date(2026, 1, 1): (), date(2300, 5, 1): (), date(2300, 5, 2): ()})
    at = ms("2026-01-01", "Asia/Shanghai")
    assert closed.next_change(at) == ms("2026-01-02", "Asia/Shanghai")
    assert closed.next_change(at + DAY) == ms("2300-05-01", "Asia/Shanghai")
    assert closed.next_change(ms("2300-05-01", "Asia/Shanghai")) == ms("2300-05-03", "Asia/Shanghai")
    assert closed.next_change(ms("2300-05-03", "Asia/Shanghai")) is None
    ordinary = Calendar("UTC", always, {date(2026, 6, day): (Span(0, 1440),) for day in (1, 20)})
    assert ordinary.next_change(ms("2026-05-01")) is None


@pytest.mark.parametrize("days", range(1, 40))
def test_an_exception_is_found_however_far_ahead(days: int) -> None:
    day = date(2026, 5, 1) + timedelta(days=days)
    always = Calendar("Asia/Shanghai", ((Span(0, 1440),),) * 7, {day: ()})
    at = ms("2026-05-01T12:00", "Asia/Shanghai")
    assert always.next_change(at) == ms(day.isoformat(), "Asia/Shanghai")


def test_a_long_holiday_ends() -> None:
    first = date(2026, 7, 1)
    summer = Calendar("UTC", OFFICE, {first + timedelta(days=day): () for day in range(60)})
    assert summer.next_change(ms("2026-07-01")) == ms("2026-08-31T09:00")


@pytest.mark.parametrize(
    ("text", "span", "written"),
    [
        ("08:30-18:00", Span(510, 1080), "08:30-18:00"),
        ("8:30 – 18:00", Span(510, 1080), "08:30-18:00"),
        ("22:00-06:00", Span(1320, 1800), "22:00-06:00"),
        ("00:00-24:00", Span(0, 1440), "00:00-24:00"),
        ("10:00-00:00", Span(600, 1440), "10:00-24:00"),
    ],
)
def test_spans_are_read_and_written(text: str, span: Span, written: str) -> None:
    assert parse_span(text) == span
    assert span_text(span) == written


@pytest.mark.parametrize(
    "text",
    ["", "08:30", "08:60-09:00", "08:00-09:60", "24:00-01:00", "25:00-26:00", "09:00-24:01", "09:00-09:00", "9-18"],
)
def test_what_is_no_span(text: str) -> None:
    assert parse_span(text) is None


def test_zones() -> None:
    assert is_zone("Asia/Shanghai")
    for name in ("", "Asia", "Asia/Nowhere", "../etc/passwd", "a\x00b", "x" * 5_000):
        assert not is_zone(name)


def test_overlapping_spans() -> None:
    assert overlap((Span(60, 120), Span(0, 61)))
    assert not overlap((Span(60, 120), Span(0, 60)))
