"""One order for the members of a deployment, whatever order a server or a file has.

Known names stand in the order of Langtail's documentation, others sorted after them. Variables, messages and
the JSON schemas of tools keep their own order, which means something in them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

_Order = Callable[[Any], Any]

ARGUMENTS: Final = (
    "model", "temperature", "max_tokens", "top_p", "presence_penalty", "frequency_penalty", "stop",
    "stream", "jsonmode", "seed", "tool_choice", "reasoning_effort", "max_thinking_tokens",
)  # fmt: skip
"""The stored arguments that Langtail knows. Source: langtail 0.16.16, its schemas."""


def ordered(content: Any) -> Any:
    """Return what a file holds with the members of its objects in order."""
    return _FILE(content)


def _as_it_is(value: Any) -> Any:
    return value


def _sorted(value: Any) -> Any:
    """Return a value with the names of all its objects sorted."""
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _names(known: Sequence[str], **inner: _Order) -> _Order:
    """Return what puts an object's known names first, in this order, and the others sorted after them."""

    def order(value: Any) -> Any:
        if not isinstance(value, dict):
            return _sorted(value)
        names = [name for name in known if name in value] + sorted(value.keys() - set(known))
        return {name: inner.get(name, _sorted)(value[name]) for name in names}

    return order


def _each(order: _Order) -> _Order:
    return lambda value: [order(item) for item in value] if isinstance(value, list) else _sorted(value)


# Source: langtail 0.16.16, its schemas and the README's example of a configuration.
_PART = _names(("type", "text", "image_url", "gemini_media_url"))
_CALL = _names(("id", "type", "function"), function=_names(("name", "arguments")))
_MESSAGE = _names(
    ("role", "name", "content", "tool_calls", "tool_call_id"),
    content=_each(_PART),
    tool_calls=_each(_CALL),
)
_FUNCTION = _names(("id", "name", "description", "parameters", "handler"), parameters=_as_it_is)
_TOOL = _names(("type", "function"), function=_FUNCTION)
_STATE = _names(
    ("type", "template", "functions", "tools", "args"),
    template=_each(_MESSAGE),
    functions=_each(_FUNCTION),
    tools=_each(_TOOL),
    args=_names(ARGUMENTS),
)
_FILE = _names(("kind", "fault", "chatInput", "state"), chatInput=_as_it_is, state=_STATE)
