"""Rows of a store as values; none is trusted, as a store may come with a clone or from another version.

What is read here has the types that it says, nests no deeper than people do, and has no half characters.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from langtail_nb._text.characters import mended

_DEEPEST: Final = 200
# The last second that every calendar can show; sooner or later than that is no time of a call.
_LAST_S: Final = 4_000_000_000.0
SOURCES: Final = ("cell", "ask", "panel", "compare", "map", "sweep")
"""Who makes calls, as the store calls them."""

COLUMNS: Final = "id, at, source, base_url, target, request, reply, state, thread, thread_id"
"""What :func:`turn_of` reads of a row of ``turns``."""

_Known = dict[str, Callable[[Any], Any]]
"""What a member of this name is made to be, by its name."""


class StoredThread(NamedTuple):
    """A named thread of an earlier or this kernel."""

    name: str
    thread_id: str
    at: float


class StoredTurn(NamedTuple):
    """One call as it was kept: by a cell, a panel or a function, answered or not.

    Attributes:
        at: When it was sent, seconds since 1970; 0 where that is not known.
        source: One of ``SOURCES``.
        request: Its body; None where its contents were not to be recorded, or cannot be read.
        reply: What came back, as :func:`runs.record` made it; likewise.
        state: ``sent``, ``open``, ``done``, ``partial`` or ``failed``.
        thread: The name of its thread; ``""`` for none.
        thread_id: The thread's id; ``""`` where there is none, or it is not known.
    """

    id: int
    at: float
    source: str
    base_url: str
    target: str
    request: dict[str, Any] | None
    reply: dict[str, Any] | None
    state: str
    thread: str = ""
    thread_id: str = ""


def turn_of(row: Sequence[Any]) -> StoredTurn:
    """Return a row of ``turns``, its ``COLUMNS``."""
    id, at, source, base_url, target, request, reply, state, thread, thread_id = row
    return StoredTurn(
        id, _moment(at), _text(source), _text(base_url), _text(target),
        _members(request, _IN_REQUEST), _members(reply, _IN_REPLY), _text(state),
        _text(thread), _text(thread_id),
    )  # fmt: skip


def thread_of(row: Sequence[Any]) -> StoredThread:
    """Return a row of ``threads``: name, thread_id, at."""
    name, thread_id, at = row
    return StoredThread(_text(name), _text(thread_id), _moment(at))


def _text(value: Any) -> str:
    return mended(value) if isinstance(value, str) else ""


def _moment(value: Any) -> float:
    is_number = isinstance(value, int | float) and math.isfinite(value)
    return float(value) if is_number and 0 <= value <= _LAST_S else 0.0


def _members(text: Any, known: _Known) -> dict[str, Any] | None:
    """Return the object in a JSON text, its known members with their types; None if it is none."""
    try:
        value = _plain(json.loads(text), _DEEPEST) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    return _known(value, known) if isinstance(value, dict) else None


def _known(value: dict[str, Any], known: _Known) -> dict[str, Any]:
    return {name: known[name](one) if name in known else one for name, one in value.items()}


def _plain(value: Any, deepest: int) -> Any:
    """Return what JSON held with no half character and no number that it could not say again.

    Raises:
        ValueError: It is nested too deep for what people do with it.
    """
    if isinstance(value, str):
        return value if value.isascii() else mended(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict | list) and not deepest:
        raise ValueError("nested too deep")
    if isinstance(value, dict):
        return {mended(name): _plain(one, deepest - 1) for name, one in value.items()}
    return [_plain(one, deepest - 1) for one in value] if isinstance(value, list) else value


def _messages(value: Any) -> list[dict[str, Any]]:
    found = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    return [_known(one, _IN_MESSAGE) for one in found]


def _content(value: Any) -> str | list[Any] | None:
    return value if isinstance(value, str | list) else None


def _texts(value: Any) -> dict[str, str]:
    found = value if isinstance(value, dict) else {}
    return {name: text for name, text in found.items() if isinstance(text, str)}


def _object(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def _some_text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _seconds(value: Any) -> float | None:
    return (
        value if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9 else None
    )


_IN_MESSAGE: Final[_Known] = {"role": _text, "content": _content}
_IN_REQUEST: Final[_Known] = {"messages": _messages, "variables": _texts}
_IN_REPLY: Final[_Known] = {
    "messages": _messages,
    "model": _some_text,
    "finish_reason": _some_text,
    "latency_s": _seconds,
    "first_token_s": _seconds,
    "usage": _object,
    "error": _some_text,
    "stopped": bool,
    "inherited": _texts,
}
