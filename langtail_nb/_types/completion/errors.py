"""Errors where a chunk was expected, and the words in them, in every shape seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_WORDS: Final = (
    "message", "error_message", "error_msg", "errorMessage", "errorMsg", "detail", "msg", "status_msg",
    "faultstring", "title",
)  # fmt: skip
_NO_WORDS: Final = ("success", "ok")
_WITHIN: Final = ("error", "errors", "fault", "base_resp")


def is_error(content: Mapping[str, Any]) -> bool:
    """Return whether an object in place of a chunk says that something failed.

    One that holds no choices and words for people is no piece of an answer, whatever it calls itself.
    """
    if content.get("error"):
        return True
    choices = content.get("choices")
    if isinstance(choices, list):
        if len(choices) == 1 and type(choices[0]) is dict:  # as nearly always
            return bool(choices[0].get("error"))
        return any(isinstance(choice, dict) and choice.get("error") for choice in choices)
    if "error" in (content.get("object"), content.get("type"), content.get("status")):
        return True
    return bool(words_in(content) or content.get("error_type"))


def error_in(content: Mapping[str, Any]) -> Any:
    """Return the object, or the words, that tell the error: within the content, or the content itself."""
    choices = content.get("choices")
    listed = choices if isinstance(choices, list) else []
    found = [choice.get("error") for choice in listed if isinstance(choice, dict)]
    return next(filter(None, [content.get("error"), *found]), content)


def unwrapped(content: Any) -> Any:
    """Return what stands in a list of one error, as Gemini sends it, else the content itself."""
    return content[0] if isinstance(content, list) and content and isinstance(content[0], dict) else content


def words_in(error: Mapping[str, Any]) -> str:
    """Return the words of an error object, ``""`` where it has none."""
    for name in (*_WORDS, *_WITHIN):
        match error.get(name):
            case str(text) if text.strip() and text.strip().lower() not in _NO_WORDS:
                return text
            case [*items] if texts := [text for item in items if (text := _with_place(item))]:
                return "; ".join(texts)
            case {} as inner if name in _WITHIN and (text := words_in(inner)):
                return text
    return ""


def _with_place(item: Any) -> str:
    """Return what is wrong with a member of the request, and which, as FastAPI says it."""
    if not isinstance(item, Mapping):
        return item if isinstance(item, str) else ""
    place = item.get("loc")
    where = ".".join(map(str, place)) if isinstance(place, list) else ""
    return f"{where}: {words_in(item)}" if where else words_in(item)
