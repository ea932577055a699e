"""A template of several messages, rendered as Langtail renders it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langtail_nb.template._render import render

Message = dict[str, Any]

_PLAYGROUND_KEYS = ("pending", "error", "hash")


def render_messages(messages: Sequence[Message], variables: Mapping[str, str]) -> list[Message]:
    """Return template messages with their contents rendered: text, and the addresses of Gemini media.

    The address of an image is left as it is, and so are names and the arguments of tool calls. What only
    the Playground keeps in a message is left out.

    Source: ``getOpenAIBody`` in Langtail's JavaScript SDK, 0.16.16.

    Example:
        >>> template.render_messages([{"role": "system", "content": "Hi {{name}}"}], {"name": "Ada"})
        [{'role': 'system', 'content': 'Hi Ada'}]
    """
    return [_rendered(message, variables) for message in messages]


def _rendered(message: Message, variables: Mapping[str, str]) -> Message:
    kept = {key: value for key, value in message.items() if key not in _PLAYGROUND_KEYS}
    content = message.get("content")
    if isinstance(content, str):
        kept["content"] = _render(content, variables)
    elif isinstance(content, list):
        kept["content"] = [_part(part, variables) for part in content]
    return kept


def _part(part: Any, variables: Mapping[str, str]) -> Any:
    match part:
        case {"type": "text", "text": str(text)}:
            return {**part, "text": _render(text, variables)}
        case {"type": "gemini_media_url", "gemini_media_url": {"url": str(url), **rest}}:
            return {**part, "gemini_media_url": {**rest, "url": _render(url, variables)}}
    return part


def _render(text: str, variables: Mapping[str, str]) -> str:
    # Text without a tag is left byte for byte, its last newline too.
    return render(text, variables) if "{{" in text else text
