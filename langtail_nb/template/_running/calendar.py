"""Moments, and what clocks and calendars show then.

Times are milliseconds since 1970 in UTC, NaN when there is none, as in JavaScript's Date.
"""

from __future__ import annotations

import math
import time
from typing import Final, NamedTuple

DAY: Final = 86_400_000
HOUR: Final = 3_600_000
MINUTE: Final = 60_000
MAX_TIME: Final = 8.64e15


class Moment(NamedTuple):
    """A time, and what the clock and calendar of the local zone show then."""

    time: int
    offset: int
    day_number: int
    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    millisecond: int

    @property
    def weekday(self) -> int:
        return (self.day_number + 4) % 7


def clipped(milliseconds: float) -> float:
    valid = math.isfinite(milliseconds) and abs(milliseconds) <= MAX_TIME
    return math.trunc(milliseconds) if valid else math.nan


def _offset(milliseconds: float) -> int:
    """Return how far local time is ahead of UTC, in milliseconds."""
    try:
        local = time.localtime(milliseconds // 1000)
    except (OverflowError, OSError, ValueError):
        local = time.localtime(0)
    return local.tm_gmtoff * 1000


def local_time(as_utc: float) -> float:
    """Return the moment at which local clocks show what UTC clocks show at the one given.

    Clocks put back show it twice: the first counts. Clocks put forward skip it: the offset before
    the change counts (ECMA-262, LocalTime and UTC).
    """
    before, after = _offset(as_utc - DAY), _offset(as_utc + DAY)
    for offset in (before, after):
        if _offset(as_utc - offset) == offset:
            return as_utc - offset
    return as_utc - before


def days_from_1970(year: int, month: int, day: int) -> int:
    """Return the days from 1970 to a date of the Gregorian calendar; months count from 1."""
    shifted = year - (month <= 2)
    era, in_era = divmod(shifted, 400)
    in_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + in_era * 365 + in_era // 4 - in_era // 100 + in_year - 719_468


def _date(day_number: int) -> tuple[int, int, int]:
    """Return year, month (from 1) and day of a day counted from 1970."""
    era, in_era = divmod(day_number + 719_468, 146_097)
    year = (in_era - in_era // 1460 + in_era // 36_524 - in_era // 146_096) // 365
    in_year = in_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * in_year + 2) // 153
    month = (shifted + 2) % 12 + 1
    return year + era * 400 + (month <= 2), month, in_year - (153 * shifted + 2) // 5 + 1


def moment_of(milliseconds: float) -> Moment:
    at = int(milliseconds)
    offset = _offset(at)
    day_number, rest = divmod(at + offset, DAY)
    hour, rest = divmod(rest, HOUR)
    minute, rest = divmod(rest, MINUTE)
    return Moment(at, int(offset / MINUTE), day_number, *_date(day_number), hour, minute, *divmod(rest, 1000))


def week_start(year: int, first_day: int, weekday_of_start: int) -> int:
    """Return the day on which week 1 of a year starts: the week that holds a day of January."""
    day = days_from_1970(year, 1, first_day)
    return day - (day + 4 - weekday_of_start) % 7
