"""Dates, times of day and durations as words. Times are said as they are written: zones are the caller's matter."""

import re
from datetime import date, datetime, time, timedelta

from ivr_flows.speech.amounts import decimal, shown
from ivr_flows.speech.numerals import below_hundred, chinese, english, english_ordinal

DAYS_BY_NAME = {-2: "before_yesterday", -1: "yesterday", 0: "today", 1: "tomorrow", 2: "after_tomorrow"}
# The hour from which each part of the day is called so.
PARTS = (
    (18, "part_evening"),
    (13, "part_afternoon"),
    (12, "part_noon"),
    (9, "part_morning"),
    (6, "part_early"),
    (0, "part_night"),
)
UNITS = ((86_400, "days"), (3_600, "hours"), (60, "minutes"), (1, "seconds"))
LONGEST = 9_999 * 86_400
ISO_DURATION = re.compile(r"P(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?", re.ASCII)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
CLOCK = re.compile(r"\d{2}:\d{2}(?::\d{2})?", re.ASCII)


def say_date(value: object, language: str, today: date | None) -> tuple[str, ...]:
    """Return 二零二六年十一月二十二日; told `today`, 明天 for the days around it and no year within the same year."""
    day = value.date() if isinstance(value, datetime) else value
    if isinstance(value, str):
        day = _parsed_date(value)
    if not isinstance(day, date):
        raise ValueError(f"{shown(value)} is no date: use a form like 2026-11-22")
    if today and (name := DAYS_BY_NAME.get((day - today).days)):
        return (name,)
    year = () if today and today.year == day.year else _year(day.year, language)
    if language == "en":
        return (f"month_{day.month}", *english_ordinal(day.day), *year)
    return (*year, *below_hundred(day.month), "month", *below_hundred(day.day), "day_of_month")


def say_time(value: object, language: str) -> tuple[str, ...]:
    """Return 下午三点零五分 or "three oh five p.m."; seconds are not said."""
    clock = value.timetz() if isinstance(value, datetime) else value
    if isinstance(value, str):
        clock = _parsed_time(value)
    if not isinstance(clock, time):
        raise ValueError(f"{shown(value)} is no time of day: use a form like 15:05")
    return _english_time(clock) if language == "en" else _chinese_time(clock)


def say_datetime(value: object, language: str, today: date | None) -> tuple[str, ...]:
    """Return date and time together; the value is a datetime or text like 2026-11-22T15:05."""
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip()[:40])
        except ValueError:
            moment = None
    if not isinstance(moment, datetime):
        raise ValueError(f"{shown(value)} is no date with a time: use a form like 2026-11-22T15:05")
    return (*say_date(moment, language, today), *say_time(moment, language))


def say_duration(value: object, language: str) -> tuple[str, ...]:
    """Return seconds, a timedelta or text like PT1H30M in its two largest units, rounded to the smaller of them."""
    seconds = _seconds(value)
    biggest = next((place for place, (size, _) in enumerate(UNITS) if seconds >= size), len(UNITS) - 1)
    # Rounding may carry: 59 min 59.7 s are an hour.
    smallest = UNITS[min(biggest + 1, len(UNITS) - 1)][0]
    seconds = (seconds + smallest // 2) // smallest * smallest
    if seconds % 3_600 == 1_800 and seconds < 86_400:
        return _half_hours(seconds // 3_600, language)
    said: list[str] = []
    for size, name in UNITS:
        count, seconds = divmod(seconds, size)
        if count or (size == 1 and not said):
            if language == "en":
                said += [*english(count), name.removesuffix("s") if count == 1 else name]
            else:
                said += [*(("num_0",) if said and count < 10 else ()), *chinese(count), name]
    return tuple(said)


def _half_hours(hours: int, language: str) -> tuple[str, ...]:
    if not hours:
        return ("half_hour",)
    return (*(english(hours) if language == "en" else chinese(hours)), "half_hours")


def _seconds(value: object) -> int:
    if isinstance(value, timedelta):
        exact = decimal(value.total_seconds())
    elif isinstance(value, str) and (match := ISO_DURATION.fullmatch(value.strip())) and any(match.groups()):
        counts = (int(count or 0) for count in match.groups())
        exact = decimal(sum(count * size for count, (size, _) in zip(counts, UNITS, strict=True)))
    else:
        exact = decimal(value)
    if not 0 <= exact <= LONGEST:
        raise ValueError(f"{shown(value)} is no duration that can be said: use 0 to {LONGEST} seconds")
    return int(exact + decimal("0.5"))


def _year(year: int, language: str) -> tuple[str, ...]:
    if language == "zh":
        return (*(f"num_{digit}" for digit in f"{year:04}"), "year")
    century, rest = divmod(year, 100)
    if century < 10 or (century % 10 == 0 and rest < 10):
        return english(year)
    if not rest:
        return (*below_hundred(century), "unit_hundred")
    return (*below_hundred(century), *(("oh",) if rest < 10 else ()), *below_hundred(rest))


def _chinese_time(clock: time) -> tuple[str, ...]:
    part = next(name for hour, name in PARTS if clock.hour >= hour)
    hour = chinese(clock.hour - 12 if clock.hour > 12 else clock.hour)
    match clock.minute:
        case 0:
            minutes: tuple[str, ...] = ()
        case 30:
            minutes = ("clock_half",)
        case minute:
            minutes = (*(("num_0",) if minute < 10 else ()), *below_hundred(minute), "clock_minutes")
    return (part, *hour, "clock_hours", *minutes)


def _english_time(clock: time) -> tuple[str, ...]:
    if clock.minute == 0 and clock.hour % 12 == 0:
        return ("noon",) if clock.hour else ("midnight",)
    minutes = ()
    if clock.minute:
        minutes = (*(("oh",) if clock.minute < 10 else ()), *below_hundred(clock.minute))
    return (f"num_{(clock.hour - 1) % 12 + 1}", *minutes, "pm" if clock.hour >= 12 else "am")


def _parsed_date(value: str) -> date | None:
    try:
        return date.fromisoformat(value.strip()) if DAY.fullmatch(value.strip()) else None
    except ValueError:
        return None


def _parsed_time(value: str) -> time | None:
    try:
        return time.fromisoformat(value.strip()) if CLOCK.fullmatch(value.strip()) else None
    except ValueError:
        return None
