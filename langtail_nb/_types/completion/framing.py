"""How the body of an answer is cut into events, where servers keep to no rule."""

from __future__ import annotations

import json
from typing import Final

_DONE: Final = "[DONE]"
_FIELDS: Final = (b"data:", b"event:", b"id:", b"retry:", b":")


def is_event_stream(head: bytes, content_type: str) -> bool:
    """Return whether a body is a stream of events: its first bytes decide, else what it is called.

    Args:
        head: The first bytes of the body, some of them no white space where there are any.
        content_type: The header, ``""`` where there is none.
    """
    begins = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if begins.startswith(_FIELDS):
        return True
    named = content_type.partition(";")[0].strip().lower()
    return named == "text/event-stream" and not begins.startswith((b"{", b"["))


def documents_in(data: str) -> list[str]:
    """Return the data of one event, cut where a server left out the blank line between two.

    The standard joins lines; here each line that is JSON by itself, or the end mark, was meant as an event.
    """
    if "\n" not in data:
        return [data]
    lines = [line for line in data.split("\n") if line.strip()]
    return lines if len(lines) > 1 and all(map(_stands_alone, lines)) else [data]


def _stands_alone(line: str) -> bool:
    if line.strip() == _DONE:
        return True
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
