"""The ``$date`` helper: date-fns patterns in English and the local time zone.

Source: date-fns 3.6.0, ``format`` and ``parseISO``; npm langtail 0.16.16, ``handlebars-helpers``.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from ._nodes import TemplateError
from ._values import Value, Wrapper, is_missing, number_of, string_of, truthy

_DAY: Final = 86_400_000
_HOUR: Final = 3_600_000
_MINUTE: Final = 60_000
_MAX_TIME: Final = 8.64e15
_DEFAULT_PATTERN: Final = "MMMM dd, yyyy"

_ANY = r"[^\n\r\u2028\u2029]"
_LONG_TOKENS = re.compile(rf"P+p+|P+|p+|''|'(?:''|[^'])+(?:'|\Z)|{_ANY}")
_TOKENS = re.compile(rf"[yYQqMLwIdDecihHKkms]o|(\w)\1*|''|'(?:''|[^'])+(?:'|\Z)|{_ANY}", re.ASCII)
_QUOTED = re.compile(r"'([\s\S]*?)'?\Z")

_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_WEEKDAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split()
_LONG_DATES = {1: "MM/dd/yyyy", 2: "MMM d, y", 3: "MMMM do, y", 4: "EEEE, MMMM do, y"}
_LONG_TIMES = {1: "h:mm a", 2: "h:mm:ss a", 3: "h:mm:ss a z", 4: "h:mm:ss a zzzz"}
_LONG_BETWEEN = {1: ", ", 2: ", ", 3: " 'at' ", 4: " 'at' "}


class _BadDateError(Exception):
    """A date or pattern that date-fns refuses; the helper then prints nothing."""


class _Moment(NamedTuple):
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


def date_helper(first: Value, second: Value) -> str:
    """Return what ``{{$date first second}}`` prints.

    Args:
        first: A pattern for now; or, with a second value, the date: ISO text or epoch milliseconds.
        second: The pattern for the first value, or Handlebars' options if the tag has no second.

    Raises:
        TemplateError: A value is null, on which the helper itself fails.
    """
    if _is_options(second):
        second = None
    if _is_options(first):
        first = second = None
    try:
        if is_missing(first) and is_missing(second):
            return _format(_now(), _DEFAULT_PATTERN)
        if isinstance(first, str) and isinstance(second, str):
            return _format(_parse_iso(first), second)
        if isinstance(first, str) and not truthy(second):
            return _format(_now(), first)
        return _format(_as_date(first), second)
    except _BadDateError:
        return ""


def _is_options(value: Value) -> bool:
    if value is None:
        raise TemplateError("$date cannot take null: leave the value out.")
    if not isinstance(value, dict) or "hash" not in value:
        return False
    return value["hash"] is None or isinstance(value["hash"], dict | list | Wrapper)


def _as_date(value: Value) -> float:
    """Return what ``new Date(value)`` holds: milliseconds since 1970, or NaN."""
    if isinstance(value, dict | list | Wrapper):
        return _parse_date(string_of(value))
    return _clipped(math.nan if isinstance(value, str) else number_of(value))


def _clipped(milliseconds: float) -> float:
    valid = math.isfinite(milliseconds) and abs(milliseconds) <= _MAX_TIME
    return math.trunc(milliseconds) if valid else math.nan


def _now() -> float:
    return math.floor(time.time() * 1000)


# Time zones and calendar.


def _offset(milliseconds: float) -> int:
    """Return how far local time is ahead of UTC, in milliseconds."""
    try:
        local = time.localtime(milliseconds // 1000)
    except (OverflowError, OSError, ValueError):
        local = time.localtime(0)
    return local.tm_gmtoff * 1000


def _local_time(as_utc: float) -> float:
    """Return the moment at which local clocks show what UTC clocks show at the one given.

    Clocks put back show it twice: the first counts. Clocks put forward skip it: the offset before
    the change counts (ECMA-262, LocalTime and UTC).
    """
    before, after = _offset(as_utc - _DAY), _offset(as_utc + _DAY)
    for offset in (before, after):
        if _offset(as_utc - offset) == offset:
            return as_utc - offset
    return as_utc - before


def _days(year: int, month: int, day: int) -> int:
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


def _moment(milliseconds: float) -> _Moment:
    at = int(milliseconds)
    offset = _offset(at)
    day_number, rest = divmod(at + offset, _DAY)
    hour, rest = divmod(rest, _HOUR)
    minute, rest = divmod(rest, _MINUTE)
    return _Moment(at, offset // _MINUTE, day_number, *_date(day_number), hour, minute, *divmod(rest, 1000))


# Patterns.


def _format(milliseconds: float, pattern: Value) -> str:
    if math.isnan(milliseconds) or not isinstance(pattern, str):
        raise _BadDateError
    expanded = "".join(_expanded(match[0]) for match in _LONG_TOKENS.finditer(pattern))
    tokens = [match[0] for match in _TOKENS.finditer(expanded)]
    if not tokens:
        raise _BadDateError
    moment = _moment(milliseconds)
    return "".join([_shown(moment, token) for token in tokens])


def _expanded(token: str) -> str:
    if token[0] not in "pP":
        return token
    dates, times = token.count("P"), token.count("p")
    date, clock = _LONG_DATES[min(dates, 4)] if dates else "", _LONG_TIMES[min(times, 4)] if times else ""
    return date + (_LONG_BETWEEN[min(dates, 4)] if dates and times else "") + clock


def _shown(moment: _Moment, token: str) -> str:
    first = token[0]
    if token == "''":
        return "'"
    if first == "'":
        match = _QUOTED.match(token)
        assert match is not None
        return match[1].replace("''", "'")
    if token in ("YY", "YYYY", "D", "DD"):
        raise _BadDateError
    if first in _NUMBERS:
        number = _NUMBERS[first](moment)
        return _ordinal(number) if token[1:] == "o" else _padded(number, len(token))
    if first in _WORDS:
        return _WORDS[first](moment, token)
    if first.isascii() and first.isalpha():
        raise _BadDateError
    return token


def _padded(number: int, width: int) -> str:
    return f"{'-' if number < 0 else ''}{str(abs(number)).rjust(width, '0')}"


def _ordinal(number: int) -> str:
    last_two = math.fmod(number, 100)
    if last_two > 20 or last_two < 10:
        return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(int(math.fmod(last_two, 10)), 'th') }"
    return f"{number}th"


def _year_of_era(year: int) -> int:
    return year if year > 0 else 1 - year


def _week_start(year: int, first_day: int, weekday_of_start: int) -> int:
    """Return the day on which week 1 of a year starts: the week that holds a day of January."""
    day = _days(year, 1, first_day)
    return day - (day + 4 - weekday_of_start) % 7


def _week_year(moment: _Moment, first_day: int, weekday_of_start: int) -> int:
    year = moment.year
    if moment.day_number >= _week_start(year + 1, first_day, weekday_of_start):
        return year + 1
    return year if moment.day_number >= _week_start(year, first_day, weekday_of_start) else year - 1


def _week(moment: _Moment, first_day: int, weekday_of_start: int) -> int:
    start = moment.day_number - (moment.weekday - weekday_of_start) % 7
    year = _week_year(moment, first_day, weekday_of_start)
    return (start - _week_start(year, first_day, weekday_of_start)) // 7 + 1


# Tokens that are a number, padded to the width of the token, or with "o" an ordinal.
_NUMBERS: Final[dict[str, Callable[[_Moment], int]]] = {
    "R": lambda moment: _week_year(moment, 4, 1),
    "u": lambda moment: moment.year,
    "w": lambda moment: _week(moment, 1, 0),
    "I": lambda moment: _week(moment, 4, 1),
    "d": lambda moment: moment.day,
    "D": lambda moment: moment.day_number - _days(moment.year, 1, 1) + 1,
    "h": lambda moment: moment.hour % 12 or 12,
    "H": lambda moment: moment.hour,
    "K": lambda moment: moment.hour % 12,
    "k": lambda moment: moment.hour or 24,
    "m": lambda moment: moment.minute,
    "s": lambda moment: moment.second,
    "t": lambda moment: int(moment.time / 1000),
    "T": lambda moment: moment.time,
}


def _era(moment: _Moment, token: str) -> str:
    current = moment.year > 0
    if len(token) <= 3:
        return "AD" if current else "BC"
    if len(token) == 5:
        return "A" if current else "B"
    return "Anno Domini" if current else "Before Christ"


def _year(year: int, token: str) -> str:
    year = _year_of_era(year)
    if token[1:] == "o":
        return _ordinal(year)
    return _padded(year % 100 if len(token) == 2 else year, len(token))


def _quarter(moment: _Moment, token: str) -> str:
    quarter = (moment.month + 2) // 3
    if token[1:] == "o":
        return _ordinal(quarter)
    if len(token) <= 2:
        return _padded(quarter, len(token))
    wide = f"{_ordinal(quarter)} quarter"
    return {3: f"Q{quarter}", 5: str(quarter)}.get(len(token), wide)


def _month(moment: _Moment, token: str) -> str:
    if token[1:] == "o":
        return _ordinal(moment.month)
    if len(token) <= 2:
        return _padded(moment.month, len(token))
    name = _MONTHS[moment.month - 1]
    return {3: name[:3], 5: name[0]}.get(len(token), name)


def _weekday_name(moment: _Moment, width: int) -> str:
    name = _WEEKDAYS[moment.weekday]
    return {1: name[:3], 2: name[:3], 3: name[:3], 5: name[0], 6: name[:2]}.get(width, name)


def _weekday_number(number: int, moment: _Moment, token: str) -> str:
    if token[1:] == "o":
        return _ordinal(number)
    return _padded(number, len(token)) if len(token) <= 2 else _weekday_name(moment, len(token))


def _half_day(word: str, narrow: str, token: str) -> str:
    half = word in ("AM", "PM")
    if len(token) == 3:
        return word.lower()
    if len(token) == 5:
        return narrow
    if len(token) <= 2:
        return word
    return f"{word[0].lower()}.m." if half else word


def _am_pm(moment: _Moment, token: str) -> str:
    word = "PM" if moment.hour >= 12 else "AM"
    return _half_day(word, word[0].lower(), token)


def _noon(moment: _Moment, token: str) -> str:
    if moment.hour == 12:
        return _half_day("noon", "n", token)
    return _half_day("midnight", "mi", token) if moment.hour == 0 else _am_pm(moment, token)


def _part_of_day(moment: _Moment, _token: str) -> str:
    for hour, words in ((17, "in the evening"), (12, "in the afternoon"), (4, "in the morning")):
        if moment.hour >= hour:
            return words
    return "at night"


def _fraction(moment: _Moment, token: str) -> str:
    if len(token) > 300:
        raise _BadDateError
    return _padded(math.trunc(moment.millisecond * 10.0 ** (len(token) - 3)), len(token))


def _zone(moment: _Moment, token: str) -> str:
    if token[0] == "X" and not moment.offset:
        return "Z"
    sign, hours, minutes = _zone_parts(moment)
    if len(token) == 1:
        return f"{sign}{hours:02}{f'{minutes:02}' if minutes else ''}"
    return f"{sign}{hours:02}{'' if len(token) in (2, 4) else ':'}{minutes:02}"


def _gmt(moment: _Moment, token: str) -> str:
    sign, hours, minutes = _zone_parts(moment)
    if len(token) <= 3:
        return f"GMT{sign}{hours}{f':{minutes:02}' if minutes else ''}"
    return f"GMT{sign}{hours:02}:{minutes:02}"


def _zone_parts(moment: _Moment) -> tuple[str, int, int]:
    return "-" if moment.offset < 0 else "+", *divmod(abs(moment.offset), 60)


# Tokens that are words, or whose form depends on their width.
_WORDS: Final[dict[str, Callable[[_Moment, str], str]]] = {
    "G": _era,
    "y": lambda moment, token: _year(moment.year, token),
    "Y": lambda moment, token: _year(_week_year(moment, 1, 0), token),
    "Q": _quarter,
    "q": _quarter,
    "M": _month,
    "L": _month,
    "E": lambda moment, token: _weekday_name(moment, len(token)),
    "e": lambda moment, token: _weekday_number(moment.weekday + 1, moment, token),
    "c": lambda moment, token: _weekday_number(moment.weekday + 1, moment, token),
    "i": lambda moment, token: _weekday_number(moment.weekday or 7, moment, token),
    "a": _am_pm,
    "b": _noon,
    "B": _part_of_day,
    "S": _fraction,
    "X": _zone,
    "x": _zone,
    "O": _gmt,
    "z": _gmt,
}


# ISO text.

_YEAR = re.compile(r"([0-9]{4}|[+-][0-9]{6})|([0-9]{2}|[+-][0-9]{4})\Z")
_IN_YEAR = re.compile(
    r"-?(?:([0-9]{3})|([0-9]{2})(?:-?([0-9]{2}))?|W([0-9]{2})(?:-?([0-9]))?|)\Z"
)
_CLOCK = re.compile(
    r"([0-9]{2}(?:[.,][0-9]*)?)(?::?([0-9]{2}(?:[.,][0-9]*)?))?(?::?([0-9]{2}(?:[.,][0-9]*)?))?\Z"
)
_ZONE = re.compile(rf"[Z+-]{_ANY}*\Z")
_ZONE_OFFSET = re.compile(r"([+-])([0-9]{2})(?::?([0-9]{2}))?\Z")
_DAYS_IN_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _parse_iso(text: str) -> float:
    """Return the milliseconds of an ISO 8601 text, or NaN; without a zone it is local time."""
    date, clock, zone = _iso_parts(text)
    day = _iso_day(date) if date else None
    if day is None:
        return math.nan
    within = _iso_clock(clock) if clock else 0.0
    if zone is not None:
        return _clipped(day * _DAY + within + _iso_zone(zone))
    local = _clipped(day * _DAY + within)
    return local if math.isnan(local) else _clipped(_local_time(local))


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
        return _days(year, 1, int(rest[1])) if 1 <= int(rest[1]) <= 365 + leap else None
    month, day = int(rest[2] or 1), int(rest[3] or 1)
    if not 1 <= month <= 12 or not 1 <= day <= _DAYS_IN_MONTHS[month - 1] - (month == 2 and not leap):
        return None
    return _days(year, month, day)


def _iso_week_day(year: int, week: int, weekday: int) -> int | None:
    if not 1 <= week <= 53 or not 1 <= weekday <= 7:
        return None
    return _week_start(year, 4, 1) + (week - 1) * 7 + weekday - 1


def _iso_clock(text: str) -> float:
    match = _CLOCK.match(text)
    if match is None:
        return math.nan
    hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in match.groups())
    if hours == 24:
        valid = minutes == seconds == 0
    else:
        valid = hours < 25 and minutes < 60 and seconds < 60
    return hours * _HOUR + minutes * _MINUTE + seconds * 1000 if valid else math.nan


def _iso_zone(text: str) -> float:
    match = _ZONE_OFFSET.match(text)
    if match is None:
        return 0
    hours, minutes = int(match[2]), int(match[3] or 0)
    if minutes > 59:
        return math.nan
    return (-1 if match[1] == "+" else 1) * (hours * _HOUR + minutes * _MINUTE)


_ECMA_DATE = re.compile(
    r"([0-9]{4}|[+-][0-9]{6})(?:-([0-9]{2})(?:-([0-9]{2}))?)?"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)


def _parse_date(text: str) -> float:
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
    at = _days(int(match[1]), month, day) * _DAY + hour * _HOUR + minute * _MINUTE + second * 1000 + fraction
    if match[4] and match[8] is None:
        return _clipped(_local_time(at))
    return _clipped(at + (_iso_zone(match[8]) if match[8] not in (None, "Z") else 0))
