"""The shapes of messages and tools, checked as Langtail's schema checks them.

Each check takes a value and its dotted path, and raises a 400 that names the path.

Source: langtail 0.16.16, its exported schemas, as seen by running them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from typing import Any

from langtail_nb._local.protocol.refusals import bad_request

JSON = dict[str, Any]
Check = Callable[[object, str], object]

ROLES = ("system", "user", "assistant", "tool", "function")
EFFORTS = ("minimal", "low", "medium", "high", "max")

_LARGEST = sys.float_info.max


def string(value: object, path: str) -> None:
    """Refuse what is not a string."""
    if not isinstance(value, str):
        raise bad_request(f"{path}: expected a string, got {_kind(value)}", path)


def number(value: object, path: str) -> None:
    """Refuse what is not a number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise bad_request(f"{path}: expected a number, got {_kind(value)}", path)
    if abs(value) > _LARGEST:
        raise bad_request(f"{path}: too large a number", path)


def boolean(value: object, path: str) -> None:
    """Refuse what is not true or false."""
    if not isinstance(value, bool):
        raise bad_request(f"{path}: expected true or false, got {_kind(value)}", path)


def mapping(value: object, path: str) -> JSON:
    """Refuse what is not an object; return what is."""
    if not isinstance(value, dict):
        raise bad_request(f"{path}: expected an object, got {_kind(value)}", path)
    return value


def one_of(choices: Collection[str]) -> Check:
    """Return a check that refuses what is not one of these texts."""

    def check(value: object, path: str) -> None:
        if not isinstance(value, str) or value not in choices:
            raise bad_request(f"{path}: expected one of {', '.join(choices)}", path)

    return check


def list_of(check: Check) -> Check:
    """Return a check that refuses what is not an array whose items all pass."""

    def check_list(value: object, path: str) -> None:
        if not isinstance(value, list):
            raise bad_request(f"{path}: expected an array, got {_kind(value)}", path)
        for index, item in enumerate(value):
            check(item, f"{path}.{index}")

    return check_list


def nullable(check: Check) -> Check:
    """Return a check that also lets null through."""

    def check_nullable(value: object, path: str) -> None:
        if value is not None:
            check(value, path)

    return check_nullable


def fields(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    """Return a check of an object's fields; fields it does not name are left alone."""

    def check(value: object, path: str) -> None:
        given = mapping(value, path)
        for name, check_field in {**required, **(optional or {})}.items():
            if name in given:
                check_field(given[name], f"{path}.{name}")
            elif name in required:
                raise bad_request(f"{path}.{name}: required", f"{path}.{name}")

    return check


def content_part(value: object, path: str) -> None:
    """Refuse what is not a text, image or Gemini media part; audio and files are none."""
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _PARTS:
        raise bad_request(f"{path}: expected a part of type {', '.join(_PARTS)}", path)
    _PARTS[kind](value, path)


def content(value: object, path: str) -> None:
    """Refuse what is neither null, a string, nor an array of parts."""
    if isinstance(value, list):
        _parts(value, path)
    elif value is not None and not isinstance(value, str):
        raise bad_request(f"{path}: expected a string, an array of parts or null, got {_kind(value)}", path)


def tool_choice(value: object, path: str) -> None:
    """Refuse what is neither auto, required, none, nor a named function."""
    if isinstance(value, str):
        one_of(("auto", "required", "none"))(value, path)
    else:
        _named_tool(value, path)


def reasoning_item(value: object, path: str) -> None:
    """Refuse a piece of reasoning that is neither text nor redacted."""
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "text":
        fields({"text": string}, {"signature": string})(value, path)
    elif kind == "redacted":
        fields({"data": string})(value, path)
    else:
        raise bad_request(f"{path}.type: expected one of text, redacted", f"{path}.type")


def _kind(value: object) -> str:
    names = {type(None): "null", bool: "a boolean", str: "a string", list: "an array", dict: "an object"}
    return names.get(type(value), "a number")


_FUNCTION = {"type": one_of(("function",))}
_named_tool = fields({**_FUNCTION, "function": fields({"name": string})})
tool = fields(
    {**_FUNCTION, "function": fields({"name": string, "description": string, "parameters": mapping})},
    {"id": string},
)
"""Refuses a tool without name, description and parameters: Langtail needs all three, unlike OpenAI."""

_call = fields({"id": string, **_FUNCTION, "function": fields({"name": string, "arguments": string})})
_image = fields({"url": string}, {"detail": one_of(("auto", "low", "high"))})
_PARTS = {
    "text": fields({"text": string}),
    "image_url": fields({"image_url": _image}),
    "gemini_media_url": fields({"gemini_media_url": fields({"url": string})}),
}
_parts = list_of(content_part)
message = fields(
    {"role": one_of(ROLES), "content": content},
    {
        "name": string,
        "tool_calls": list_of(_call),
        "tool_call_id": string,
        "function_call": fields({"name": string, "arguments": string}),
        "tool_choice": tool_choice,
        "reasoning": list_of(reasoning_item),
        "reasoning_details": nullable(list_of(mapping)),
        "cache_enabled": boolean,
        "cache_ttl": string,
    },
)
"""Refuses what is not a message. ``content`` must be there, null included; ``developer`` is no role."""
