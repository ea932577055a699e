"""Times, sizes and values, short enough to be read in passing."""

from __future__ import annotations

import json
import time
from datetime import datetime

from langtail_nb._local.page.markup import Html, el


def duration(seconds: float) -> str:
    """Return a duration with its unit."""
    if seconds < 1:
        return f"{seconds * 1000:.{0 if seconds >= 0.01 else 1}f} ms"
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:,.0f} s"


def size(count: int) -> str:
    """Return a number of bytes or characters with its unit."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


def counted(count: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def clock(seconds: float) -> Html:
    """Return a time of day, with the day where it is not today's; ``seconds`` since the epoch."""
    moment = datetime.fromtimestamp(seconds).astimezone()
    today = datetime.fromtimestamp(time.time()).astimezone().date()
    form = "%H:%M:%S" if moment.date() == today else "%d %b %H:%M:%S"
    return el("time", moment.strftime(form), datetime=moment.isoformat(timespec="milliseconds"))


def date(text: str) -> Html:
    """Return a date-time of the API as the local one."""
    moment = datetime.fromisoformat(text).astimezone()
    return el("time", moment.strftime("%d %b %Y, %H:%M"), datetime=text)


def json_text(value: object, *, indent: int | None = 2) -> str:
    """Return a value as JSON, indented where its depth allows."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent)
    except RecursionError:
        return "(nested too deeply to be shown)"


def json_start(value: object, limit: int) -> tuple[str, bool]:
    """Return the first characters of a value as indented JSON, and whether that is all of it."""
    parts, length = [], 0
    try:
        for part in json.JSONEncoder(ensure_ascii=False, indent=2).iterencode(value):
            parts.append(part)
            length += len(part)
            if length > limit:
                return "".join(parts)[:limit], False
    except RecursionError:
        return json_text(value), True
    return "".join(parts), True


def short_value(value: object) -> str:
    """Return a value on one line: text as it is, the rest as JSON."""
    return value if isinstance(value, str) else json_text(value, indent=None)
