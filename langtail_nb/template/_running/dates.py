"""The ``$date`` helper: date-fns patterns in English and the local time zone.

Source: date-fns 3.6.0, ``format``; npm langtail 0.16.16, ``handlebars-helpers``.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from typing import Final

from langtail_nb.template._language.nodes import TemplateError
from langtail_nb.template._running.calendar import Moment, clipped, days_from_1970, moment_of, week_start
from langtail_nb.template._running.iso import parse_date, parse_iso
from langtail_nb.template._running.values import Value, Wrapper, is_missing, number_of, string_of, truthy

_DEFAULT_PATTERN: Final = "MMMM dd, yyyy"

_ANY = r"[^\n\r\u2028\u2029]"
_LONG_TOKENS = re.compile(rf"P+p+|P+|p+|''|'(?:''|[^'])+(?:'|\Z)|{_ANY}")
_TOKENS = re.compile(rf"[yYQqMLwIdDecihHKkms]o|(\w)\1*|''|'(?:''|[^'])+(?:'|\Z)|{_ANY}", re.ASCII)
_QUOTED = re.compile(r"'([\s\S]*?)'?\Z")

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
_LONG_DATES = {1: "MM/dd/yyyy", 2: "MMM d, y", 3: "MMMM do, y", 4: "EEEE, MMMM do, y"}
_LONG_TIMES = {1: "h:mm a", 2: "h:mm:ss a", 3: "h:mm:ss a z", 4: "h:mm:ss a zzzz"}
_LONG_BETWEEN = {1: ", ", 2: ", ", 3: " 'at' ", 4: " 'at' "}


class _BadDateError(Exception):
    """A date or pattern that date-fns refuses; the helper then prints nothing."""


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
            return _format(parse_iso(first), second)
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
        return parse_date(string_of(value))
    return clipped(math.nan if isinstance(value, str) else number_of(value))


def _now() -> float:
    return math.floor(time.time() * 1000)


def _format(milliseconds: float, pattern: Value) -> str:
    if math.isnan(milliseconds) or not isinstance(pattern, str):
        raise _BadDateError
    expanded = "".join(_expanded(match[0]) for match in _LONG_TOKENS.finditer(pattern))
    tokens = [match[0] for match in _TOKENS.finditer(expanded)]
    if not tokens:
        raise _BadDateError
    moment = moment_of(milliseconds)
    return "".join([_shown(moment, token) for token in tokens])


def _expanded(token: str) -> str:
    if token[0] not in "pP":
        return token
    dates, times = token.count("P"), token.count("p")
    date, clock = _LONG_DATES[min(dates, 4)] if dates else "", _LONG_TIMES[min(times, 4)] if times else ""
    return date + (_LONG_BETWEEN[min(dates, 4)] if dates and times else "") + clock


def _shown(moment: Moment, token: str) -> str:
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


def _week_year(moment: Moment, first_day: int, weekday_of_start: int) -> int:
    year = moment.year
    if moment.day_number >= week_start(year + 1, first_day, weekday_of_start):
        return year + 1
    return year if moment.day_number >= week_start(year, first_day, weekday_of_start) else year - 1


def _week(moment: Moment, first_day: int, weekday_of_start: int) -> int:
    start = moment.day_number - (moment.weekday - weekday_of_start) % 7
    year = _week_year(moment, first_day, weekday_of_start)
    return (start - week_start(year, first_day, weekday_of_start)) // 7 + 1


# Tokens that are a number, padded to the width of the token, or with "o" an ordinal.
_NUMBERS: Final[dict[str, Callable[[Moment], int]]] = {
    "R": lambda moment: _week_year(moment, 4, 1),
    "u": lambda moment: moment.year,
    "w": lambda moment: _week(moment, 1, 0),
    "I": lambda moment: _week(moment, 4, 1),
    "d": lambda moment: moment.day,
    "D": lambda moment: moment.day_number - days_from_1970(moment.year, 1, 1) + 1,
    "h": lambda moment: moment.hour % 12 or 12,
    "H": lambda moment: moment.hour,
    "K": lambda moment: moment.hour % 12,
    "k": lambda moment: moment.hour or 24,
    "m": lambda moment: moment.minute,
    "s": lambda moment: moment.second,
    "t": lambda moment: int(moment.time / 1000),
    "T": lambda moment: moment.time,
}


def _era(moment: Moment, token: str) -> str:
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


def _quarter(moment: Moment, token: str) -> str:
    quarter = (moment.month + 2) // 3
    if token[1:] == "o":
        return _ordinal(quarter)
    if len(token) <= 2:
        return _padded(quarter, len(token))
    wide = f"{_ordinal(quarter)} quarter"
    return {3: f"Q{quarter}", 5: str(quarter)}.get(len(token), wide)


def _month(moment: Moment, token: str) -> str:
    if token[1:] == "o":
        return _ordinal(moment.month)
    if len(token) <= 2:
        return _padded(moment.month, len(token))
    name = _MONTHS[moment.month - 1]
    return {3: name[:3], 5: name[0]}.get(len(token), name)


def _weekday_name(moment: Moment, width: int) -> str:
    name = _WEEKDAYS[moment.weekday]
    return {1: name[:3], 2: name[:3], 3: name[:3], 5: name[0], 6: name[:2]}.get(width, name)


def _weekday_number(number: int, moment: Moment, token: str) -> str:
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


def _am_pm(moment: Moment, token: str) -> str:
    word = "PM" if moment.hour >= 12 else "AM"
    return _half_day(word, word[0].lower(), token)


def _noon(moment: Moment, token: str) -> str:
    if moment.hour == 12:
        return _half_day("noon", "n", token)
    return _half_day("midnight", "mi", token) if moment.hour == 0 else _am_pm(moment, token)


def _part_of_day(moment: Moment, _token: str) -> str:
    for hour, words in ((17, "in the evening"), (12, "in the afternoon"), (4, "in the morning")):
        if moment.hour >= hour:
            return words
    return "at night"


def _fraction(moment: Moment, token: str) -> str:
    if len(token) > 300:
        raise _BadDateError
    return _padded(math.trunc(moment.millisecond * 10.0 ** (len(token) - 3)), len(token))


def _zone(moment: Moment, token: str) -> str:
    if token[0] == "X" and not moment.offset:
        return "Z"
    sign, hours, minutes = _zone_parts(moment)
    if len(token) == 1:
        return f"{sign}{hours:02}{f'{minutes:02}' if minutes else ''}"
    return f"{sign}{hours:02}{'' if len(token) in (2, 4) else ':'}{minutes:02}"


def _gmt(moment: Moment, token: str) -> str:
    sign, hours, minutes = _zone_parts(moment)
    if len(token) <= 3:
        return f"GMT{sign}{hours}{f':{minutes:02}' if minutes else ''}"
    return f"GMT{sign}{hours:02}:{minutes:02}"


def _zone_parts(moment: Moment) -> tuple[str, int, int]:
    return "-" if moment.offset < 0 else "+", *divmod(abs(moment.offset), 60)


# Tokens that are words, or whose form depends on their width.
_WORDS: Final[dict[str, Callable[[Moment, str], str]]] = {
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
