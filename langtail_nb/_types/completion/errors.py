"""Errors where a chunk was expected, and the words in them, in every shape seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_WORDS: Final = ("message", "error_message", "error_msg", "detail", "msg")


def is_error(content: Mapping[str, Any]) -> bool:
    """Return whether an object in place of a chunk says that something failed."""
    if content.get("error"):
        return True
    if isinstance(content.get("choices"), list):
        return False
    if "error" in (content.get("object"), content.get("type")):
        return True
    return any(content.get(name) for name in ("error_message", "error_msg", "error_type", "detail"))


def unwrapped(content: Any) -> Any:
    """Return what stands in a list of one error, as Gemini sends it, else the content itself."""
    return content[0] if isinstance(content, list) and content and isinstance(content[0], dict) else content


def words_in(error: Mapping[str, Any]) -> str:
    """Return the words of an error object, ``""`` where it has none."""
    for name in _WORDS:
        match error.get(name):
            case str(text) if text.strip():
                return text
            case [*items] if texts := [_with_place(item) for item in items if isinstance(item, Mapping)]:
                return "; ".join(filter(None, texts))
    return ""


def _with_place(item: Mapping[str, Any]) -> str:
    """Return what is wrong with a member of the request, and which, as FastAPI says it."""
    place = item.get("loc")
    where = ".".join(map(str, place)) if isinstance(place, list) else ""
    return f"{where}: {words_in(item)}" if where else words_in(item)
