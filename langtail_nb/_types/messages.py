"""Chat messages in wire form: checked, and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._project.fault import ProjectFileError
from langtail_nb._project.messages import ROLES, is_role_line, read_passages
from langtail_nb._text.near import near
from langtail_nb._types.completion.opening_thought import OpeningThought
from langtail_nb._types.completion.tool_call import ToolCall
from langtail_nb._types.json_value import json_value, shown
from langtail_nb._types.plain_form import opened

Message = dict[str, Any]
"""One chat message in wire form. Unknown members are kept, so history can be replayed unharmed."""


def check_messages(name: str, value: Any) -> list[Message]:
    """Return ``value`` as a list of wire messages.

    Raises:
        ConfigurationError: Not a list of dicts with a known role and content; names the position.
    """
    items = opened(value)
    if not isinstance(items, list):
        raise ConfigurationError(f"{name} must be a list of messages, not {shown(value)}")
    return [_check_message(f"{name}[{index}]", item) for index, item in enumerate(items)]


def messages_in(text: str) -> list[Message]:
    """Return the messages of a text, each after a line ``--- role``; one without these is a system message.

    Raises:
        ConfigurationError: It begins with such a line, and some role is unknown; names the line.
    """
    if not is_role_line(text.lstrip("\r\n").partition("\n")[0]):
        return [{"role": "system", "content": text}]
    try:
        return [{"role": one.role, "content": one.text} for one in read_passages(text)]
    except ProjectFileError as exc:
        raise ConfigurationError(f"template: {exc}") from exc


def _check_message(where: str, item: Any) -> Message:
    message = opened(item)
    if not isinstance(message, dict):
        raise ConfigurationError(f"{where} must be a dict with role and content, not {shown(item)}")
    role = opened(message.get("role"))
    if role not in ROLES:
        hint = near(role, ROLES) if isinstance(role, str) else ""
        raise ConfigurationError(
            f"{where} has role {shown(role)}; it must be one of {', '.join(ROLES)}{hint}"
        )
    content = opened(message.get("content"))
    # The key is required on the wire, its value may be null; a pure tool call has no text.
    if "content" not in message and not (message.get("tool_calls") or message.get("function_call")):
        raise ConfigurationError(f"{where} ({role}) has no content")
    if content is not None and not isinstance(content, str | list):
        raise ConfigurationError(f"{where} content must be text or a list of parts, not {shown(content)}")
    checked: Message = json_value(where, {**message, "role": role, "content": content})
    return checked


def texts_of(messages: Sequence[Message]) -> list[str]:
    """Return the texts of messages that Langtail renders: contents and text parts."""
    return [text for message in messages for text in _texts_in(message.get("content"))]


def text_of(content: object) -> str:
    """Return the text of a message's content: itself, or its text parts joined; other parts are left out."""
    return content if isinstance(content, str) else "".join(_texts_in(content))


def _texts_in(content: object) -> list[str]:
    parts = content if isinstance(content, list) else [content] if isinstance(content, str | Mapping) else []
    texts = (part.get("text") if isinstance(part, Mapping) else part for part in parts)
    return [text for text in texts if isinstance(text, str)]


def words_of(message: Mapping[str, Any], *, is_over: bool = True) -> str:
    """Return what a message says: its text without a thought that opens it, a refusal, what is spoken.

    Args:
        is_over: Whether nothing follows. A thought that is never closed was text after all.
    """
    opening = OpeningThought()
    content = text_of(message.get("content"))
    _, said = opening.feed(content)
    if is_over and opening.state in ("unknown", "thinking"):
        said = content
    audio = message.get("audio")
    spoken = audio.get("transcript") if isinstance(audio, Mapping) else None
    return said + text_of(message.get("refusal")) + text_of(spoken)


def images_of(message: Mapping[str, Any]) -> list[str]:
    """Return the addresses of the images that an answer holds, which may be ``data:`` URLs."""
    content, images = message.get("content"), message.get("images")
    parts = [*(content if isinstance(content, list) else []), *(images if isinstance(images, list) else [])]
    found = (part.get("image_url") for part in parts if isinstance(part, Mapping))
    urls = (image.get("url") if isinstance(image, Mapping) else image for image in found)
    return [url for url in urls if isinstance(url, str)]


def content_of(text: str, images: Sequence[str]) -> Any:
    """Return the content of a message: its text, or parts where images stand beside it."""
    if not images:
        return text
    said = [{"type": "text", "text": text}] if text.strip() else []
    return [*said, *({"type": "image_url", "image_url": {"url": url}} for url in images)]


def plain_content(content: object) -> tuple[str, list[str]] | None:
    """Return text and images of a content that holds no more than a text and images after it, or None."""
    if isinstance(content, str):
        return content, []
    parts = content if isinstance(content, list) else []
    text, urls = text_of(parts[:1]), images_of({"content": parts})
    return (text, urls) if parts in (content_of(text, urls), [{"type": "text", "text": text}]) else None


def others_in(message: Message) -> list[str]:
    """Return what is neither text nor image nor thought in a content, each by its kind in brackets."""
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    return [_shown_part(part) for part in parts if not (_texts_in([part]) or _is_shown_apart(part))]


def _is_shown_apart(part: Any) -> bool:
    return not isinstance(part, Mapping) or part.get("type") in ("image_url", "thinking", "reasoning")


def shown_text(message: Message) -> str:
    """Return a message's text on one line, for people: what is no text shows as its kind in brackets."""
    content = message.get("content")
    if isinstance(content, list):
        return " ".join(map(_shown_part, content))
    return content if isinstance(content, str) else ""


def _shown_part(part: Any) -> str:
    text = part.get("text") if isinstance(part, Mapping) else part
    if isinstance(text, str) and text:
        return text
    kind = str(part.get("type", "part")) if isinstance(part, Mapping) else "part"
    return f"[{kind.removesuffix('_url')}]"


def calls_of(message: Message) -> list[ToolCall]:
    """Return the tool calls in a wire message, the legacy form included."""
    made = message.get("tool_calls")
    wires = [wire for wire in made if isinstance(wire, Mapping)] if isinstance(made, list | tuple) else []
    if isinstance(legacy := message.get("function_call"), Mapping):
        wires.append({"function": legacy})
    return [_call(wire) for wire in wires]


def _call(wire: Mapping[str, Any]) -> ToolCall:
    function = wire.get("function")
    named = function if isinstance(function, Mapping) else {}
    id, name, arguments = wire.get("id"), named.get("name"), named.get("arguments")
    return ToolCall(str(id or ""), str(name or ""), str(arguments or ""))
