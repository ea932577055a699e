"""The choices in a chunk, which keep to no order and number themselves as they like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_NONE: Final[Mapping[str, Any]] = {}


def first_choice(choices: Any) -> Mapping[str, Any]:
    """Return the first of several choices, by their numbers; an empty one where there is none."""
    found = [choice for choice in choices if isinstance(choice, dict)] if isinstance(choices, list) else []
    return min(found, key=lambda choice: index_of(choice) or 0, default=_NONE)


def index_of(choice: Mapping[str, Any]) -> int | None:
    """Return the number of a choice, None where it says none."""
    index = choice.get("index")
    if isinstance(index, str) and index.isdecimal() and len(index) < 10:
        return int(index)
    return index if type(index) is int else None
