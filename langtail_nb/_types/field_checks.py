"""What the values of request fields must be, each kind in one place; what is wrong is one line.

Apart from the table, which is read with every start of a kernel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._text.near import near
from langtail_nb._types.fields import Field, Kind
from langtail_nb._types.json_value import json_value, shown
from langtail_nb._types.messages import Message, check_messages, messages_in
from langtail_nb._types.plain_form import opened


def check(field: Field, value: Any) -> Any:
    """Return a value of a field as it goes onto the wire; any value counts as its plain form.

    Raises:
        ConfigurationError: Wrong type or out of the documented range; the message names the field.
    """
    # A number of more digits than a float holds would be text; a NaN is told as what it is.
    form = float(value) if field.kind == "number" and isinstance(value, Decimal) else opened(value)
    return _CHECKS[field.kind](field, value if form is None else form)


def _number(field: Field, value: Any) -> float:
    # A whole number may be too large to be asked whether it is finite.
    is_odd = isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value))
    if is_odd or not isinstance(value, int | float):
        raise ConfigurationError(f"{field.name} must be a number{_within(field)}, not {shown(value)}")
    _in_range(field, value)
    return value


def _integer(field: Field, value: Any) -> int:
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    if isinstance(whole, bool) or not isinstance(whole, int):
        raise ConfigurationError(f"{field.name} must be a whole number{_within(field)}, not {shown(value)}")
    if field.name == "max_tokens" and whole < 1 and whole != field.low:
        raise ConfigurationError(f"max_tokens must be at least 1, or -1 for no limit, not {shown(value)}")
    _in_range(field, whole)
    return whole


def _in_range(field: Field, value: float) -> None:
    below = field.low is not None and value < field.low
    if below or (field.high is not None and value > field.high):
        raise ConfigurationError(
            f"{field.name} must be{_within(field) or f' at least {field.low:g}'}, not {shown(value)}"
        )


def _within(field: Field) -> str:
    return f" from {field.range}" if field.range else ""


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise ConfigurationError(f"{field.name} must be text, not {shown(value)}")
    if not value:
        raise ConfigurationError(f"{field.name} must not be empty; leave it out for what is deployed")
    return value


def _texts(field: Field, value: Any) -> list[str]:
    given = [value] if isinstance(value, str) else value
    texts = list(map(opened, given)) if isinstance(given, list) else None
    if texts is None or not all(isinstance(text, str) and text for text in texts):
        raise ConfigurationError(
            f"{field.name} must be a text or a list of texts, none empty, not {shown(value)}"
        )
    if len(texts) > 4:
        raise ConfigurationError(f"{field.name} takes at most 4 texts, not {len(texts)}")
    return texts


def _flag(field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ConfigurationError(f"{field.name} must be True or False, not {shown(value)}")
    return value


def _choice(field: Field, value: Any) -> str:
    if not isinstance(value, str) or value not in field.choices:
        hint = near(value, field.choices) if isinstance(value, str) else ""
        raise ConfigurationError(f"{field.name} must be {field.range}, not {shown(value)}{hint}")
    return str(value)


def _tool_choice(field: Field, value: Any) -> Any:
    if isinstance(value, dict):
        value = json_value(field.name, value)
        function = value.get("function")
        if (
            value.get("type") == "function"
            and isinstance(function, dict)
            and isinstance(function.get("name"), str)
        ):
            return value
        raise ConfigurationError(
            'tool_choice as a dict must read {"type": "function", "function": {"name": NAME}}, not '
            + shown(value)
        )
    return _choice(field, value)


def _object(field: Field, value: Any) -> Any:
    if not isinstance(value, dict):
        raise ConfigurationError(f"{field.name} must be a dict, not {shown(value)}")
    if field.name == "metadata":
        _check_keys(value)
    members = json_value(field.name, value)
    if field.name == "metadata":
        _check_entries(members)
    return members


def _check_keys(metadata: Mapping[Any, Any]) -> None:
    for key in metadata:
        if not isinstance(opened(key), str) or len(opened(key)) > 64:
            raise ConfigurationError(f"metadata key {shown(key)} must be text of at most 64 characters")


def _check_entries(metadata: Mapping[str, Any]) -> None:
    for key, entry in metadata.items():
        if isinstance(entry, bool) or not isinstance(entry, str | int | float):
            raise ConfigurationError(f"metadata {key!r} must be text or a number, not {shown(entry)}")


def _messages(field: Field, value: Any) -> list[Message]:
    if isinstance(value, str) and value:  # of templates, most are one message
        return messages_in(value)
    return check_messages(field.name, value)


def _tools(field: Field, value: Any) -> Any:
    if not isinstance(value, list):
        raise ConfigurationError(f"tools must be a list, not {shown(value)}")
    tools = json_value("tools", value)
    for index, tool in enumerate(tools):
        function = tool.get("function") if isinstance(tool, dict) else None
        missing = [key for key in ("name", "description", "parameters") if key not in (function or {})]
        if missing:
            raise ConfigurationError(f"tools[{index}] lacks function.{' and function.'.join(missing)}")
    return tools


_CHECKS: dict[Kind, Callable[[Field, Any], Any]] = {
    "number": _number,
    "integer": _integer,
    "text": _text,
    "texts": _texts,
    "flag": _flag,
    "choice": _choice,
    "tool_choice": _tool_choice,
    "object": _object,
    "messages": _messages,
    "tools": _tools,
}
