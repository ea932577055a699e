"""Chat messages in wire form: checked, and read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._text.near import near
from langtail_nb._types.json_value import json_value, shown

Message = dict[str, Any]
"""One chat message in wire form. Unknown members are kept, so history can be replayed unharmed."""


ROLES = ("system", "user", "assistant", "tool", "function")


def check_messages(name: str, value: Any) -> list[Message]:
    """Return ``value`` as a list of wire messages.

    Raises:
        ConfigurationError: Not a list of dicts with a known role and content; names the position.
    """
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
        raise ConfigurationError(f"{name} must be a list of messages, not {shown(value)}")
    return [_check_message(f"{name}[{index}]", item) for index, item in enumerate(value)]


def _check_message(where: str, item: Any) -> Message:
    if not isinstance(item, Mapping):
        raise ConfigurationError(f"{where} must be a dict with role and content, not {shown(item)}")
    role = item.get("role")
    if role not in ROLES:
        hint = near(role, ROLES) if isinstance(role, str) else ""
        raise ConfigurationError(
            f"{where} has role {shown(role)}; it must be one of {', '.join(ROLES)}{hint}"
        )
    content = item.get("content")
    # The key is required on the wire, its value may be null; a pure tool call has no text.
    if "content" not in item and not (item.get("tool_calls") or item.get("function_call")):
        raise ConfigurationError(f"{where} ({role}) has no content")
    if content is not None and not isinstance(content, str | list | tuple):
        raise ConfigurationError(f"{where} content must be text or a list of parts, not {shown(content)}")
    message: Message = json_value(where, {**item, "content": content})
    return message


def texts_of(messages: list[dict[str, Any]]) -> list[str]:
    """Return the texts of messages that Langtail renders: contents and text parts."""
    texts: list[str] = []
    for message in messages:
        content = message.get("content")
        parts = content if isinstance(content, list) else [{"text": content}]
        found = (part.get("text") for part in parts if isinstance(part, Mapping))
        texts += [text for text in found if isinstance(text, str)]
    return texts


def text_of_content(content: object) -> str:
    """Return the text of a message's content: itself, or its text parts joined; other parts are left out."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(str(part.get("text") or "") for part in parts if isinstance(part, Mapping))


def calls_of(message: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield name and raw arguments of each tool call in a wire message, the legacy form included."""
    calls = message.get("tool_calls")
    listed = calls if isinstance(calls, list | tuple) else []
    functions = [call.get("function") for call in listed if isinstance(call, Mapping)]
    for function in [*functions, message.get("function_call")]:
        if isinstance(function, Mapping):
            yield str(function.get("name") or ""), str(function.get("arguments") or "")


def content_text(content: Any) -> str:
    """Return the text of a message's ``content``: text, a list of parts, or null."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = (part.get("text") if isinstance(part, dict) else part for part in content)
    return "".join(text for text in texts if isinstance(text, str))
