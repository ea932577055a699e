"""ISO 8601 text in, moments out, as date-fns and JavaScript read it.

Source: date-fns 3.6.0, ``parseISO``; ECMA-262, Date.parse.
"""

from __future__ import annotations

import math
import re

from langtail_nb.template._running.calendar import (
    DAY,
    HOUR,
    MINUTE,
    clipped,
    days_from_1970,
    local_time,
    week_start,
)

_ANY_TO_LINE_END = r"[^\n\r\u2028\u2029]*"
_YEAR = re.compile(r"([0-9]{4}|[+-][0-9]{6})|([0-9]{2}|[+-][0-9]{4})\Z")
_IN_YEAR = re.compile(r"-?(?:([0-9]{3})|([0-9]{2})(?:-?([0-9]{2}))?|W([0-9]{2})(?:-?([0-9]))?|)\Z")
_CLOCK = re.compile(
    r"([0-9]{2}(?:[.,][0-9]*)?)(?::?([0-9]{2}(?:[.,][0-9]*)?))?(?::?([0-9]{2}(?:[.,][0-9]*)?))?\Z"
)
_ZONE = re.compile(rf"[Z+-]{_ANY_TO_LINE_END}\Z")
_ZONE_OFFSET = re.compile(r"([+-])([0-9]{2})(?::?([0-9]{2}))?\Z")
_DAYS_IN_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def parse_iso(text: str) -> float:
    """Return the milliseconds of an ISO 8601 text, or NaN; without a zone it is local time."""
    date, clock, zone = _iso_parts(text)
    day = _iso_day(date) if date else None
    if day is None:
        return math.nan
    within = _iso_clock(clock) if clock else 0.0
    if zone is not None:
        return clipped(day * DAY + within + _iso_zone(zone))
    local = clipped(day * DAY + within)
    return local if math.isnan(local) else clipped(local_time(local))


def _iso_parts(text: str) -> tuple[str, str, str | None]:
    halves = re.split("[T ]", text)
    if len(halves) > 2 or ":" in halves[0]:
        return "", "", None
    date, clock = halves[0], halves[1] if len(halves) > 1 else ""
    if re.search("[Z ]", date, re.IGNORECASE):
        date = re.split("[Z ]", text, maxsplit=1, flags=re.IGNORECASE)[0]
        clock = text[len(date) :]
    zone = _ZONE.search(clock)
    return (date, clock[: zone.start()], zone[0]) if zone else (date, clock, None)


def _iso_day(text: str) -> int | None:
    match = _YEAR.match(text)
    if match is None:
        return None
    year = int(match[1]) if match[1] else int(match[2]) * 100
    rest = _IN_YEAR.match(text, match.end())
    if rest is None:
        return None
    if rest[4]:
        return _iso_week_day(year, int(rest[4]), int(rest[5] or 1))
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if rest[1]:
        return days_from_1970(year, 1, int(rest[1])) if 1 <= int(rest[1]) <= 365 + leap else None
    month, day = int(rest[2] or 1), int(rest[3] or 1)
    if not 1 <= month <= 12 or not 1 <= day <= _DAYS_IN_MONTHS[month - 1] - (month == 2 and not leap):
        return None
    return days_from_1970(year, month, day)


def _iso_week_day(year: int, week: int, weekday: int) -> int | None:
    if not 1 <= week <= 53 or not 1 <= weekday <= 7:
        return None
    return week_start(year, 4, 1) + (week - 1) * 7 + weekday - 1


def _iso_clock(text: str) -> float:
    match = _CLOCK.match(text)
    if match is None:
        return math.nan
    hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in match.groups())
    valid = minutes < 60 and seconds < 60 and (hours < 24 or (hours == 24 and minutes == seconds == 0))
    # Like date-fns, this lets half past midnight of the next day pass as 24.5.
    valid = valid or (24 < hours < 25 and minutes < 60 and seconds < 60)
    return hours * HOUR + minutes * MINUTE + seconds * 1000 if valid else math.nan


def _iso_zone(text: str) -> float:
    match = _ZONE_OFFSET.match(text)
    if match is None:
        return 0
    hours, minutes = int(match[2]), int(match[3] or 0)
    if minutes > 59:
        return math.nan
    return (-1 if match[1] == "+" else 1) * (hours * HOUR + minutes * MINUTE)


_ECMA_DATE = re.compile(
    r"([0-9]{4}|[+-][0-9]{6})(?:-([0-9]{2})(?:-([0-9]{2}))?)?"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)


def parse_date(text: str) -> float:
    """Return what ``Date.parse`` gives for the form that ECMA-262 defines, else NaN.

    Engines accept more, each in its own way; only a list as date, as in ``["2025-03-07"]``, gets here.
    """
    match = _ECMA_DATE.fullmatch(text)
    if match is None or match[1] == "-000000":
        return math.nan
    month, day = int(match[2] or 1), int(match[3] or 1)
    hour, minute, second = (int(part or 0) for part in match.group(4, 5, 6))
    midnight = hour == 24 and minute == second == 0
    if not (1 <= month <= 12 and 1 <= day <= 31 and (hour < 24 or midnight) and minute < 60 and second < 60):
        return math.nan
    fraction = int((match[7] or "0").ljust(3, "0")[:3])
    at = (
        days_from_1970(int(match[1]), month, day) * DAY
        + hour * HOUR
        + minute * MINUTE
        + second * 1000
        + fraction
    )
    if match[4] and match[8] is None:
        return clipped(local_time(at))
    return clipped(at + (_iso_zone(match[8]) if match[8] not in (None, "Z") else 0))
