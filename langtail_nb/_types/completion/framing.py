"""How the body of an answer is cut into events, where servers keep to no rule."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

_DONE: Final = "[DONE]"
# Nothing else is asked for: compression holds back what a stream is for, and one MB of it may be a thousand.
_ENCODINGS: Final = ("", "identity")
_MARK: Final = b"\xef\xbb\xbf"  # of the byte order
_FIELDS: Final = (b"data:", b"event:", b"id:", b"retry:", b":")


def unknown_encoding(headers: Mapping[str, str]) -> str | None:
    """Return the encoding of a body that cannot be read, None where it can."""
    encoding = headers.get("content-encoding", "").strip().lower()
    return None if encoding in _ENCODINGS else encoding


def tells_its_kind(head: bytes) -> bool:
    """Return whether the first bytes of a body are enough for :func:`is_event_stream`."""
    begins = _begins(head)
    return bool(begins) and not any(field.startswith(begins) and field != begins for field in _FIELDS)


def is_event_stream(head: bytes, content_type: str) -> bool:
    """Return whether a body is a stream of events: its first bytes decide, else what it is called.

    Args:
        head: The first bytes of the body, as many as :func:`tells_its_kind` asks for.
        content_type: The header, ``""`` where there is none.
    """
    begins = _begins(head)
    if begins.startswith(_FIELDS):
        return True
    named = content_type.partition(";")[0].strip().lower()
    return named == "text/event-stream" and not begins.startswith((b"{", b"["))


def _begins(head: bytes) -> bytes:
    head = head.lstrip()
    return b"" if _MARK.startswith(head) else head.removeprefix(_MARK).lstrip()


def documents_in(data: str) -> list[str]:
    """Return the data of one event, cut where a server left out the blank line between two.

    The standard joins lines; here each line that is JSON by itself, or the end mark, was meant as an event.
    """
    if "\n" not in data:
        return [data]
    lines = [line for line in data.split("\n") if line.strip()]
    return lines if len(lines) > 1 and all(map(_stands_alone, lines)) else [data]


def objects_in(text: str) -> list[dict[str, Any]] | None:
    """Return the objects in a body that is no stream of events: one, one on each line, or a list of them.

    None where it is no JSON, or holds anything else.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        lines = [line for line in text.split("\n") if line.strip() and line.strip() != _DONE]
        if len(lines) < 2 or not all(map(_stands_alone, lines)):
            return None
        content = [json.loads(line) for line in lines]
    found = content if isinstance(content, list) else [content]
    return found if found and all(isinstance(one, dict) for one in found) else None


def _stands_alone(line: str) -> bool:
    if line.strip() == _DONE:
        return True
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
