"""What a control of the front end holds, and what the settings take."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from langtail_nb._deployed import texts_of
from langtail_nb._errors import ConfigurationError, near
from langtail_nb._fields import FIELDS, Message
from langtail_nb._settings import JSON_OBJECT


def value_of(name: str, held: Any) -> Any:
    """Return a control's value in the form the settings take.

    Raises:
        ConfigurationError: There is no such parameter, or the text must be JSON and is not.
    """
    if name not in FIELDS:
        raise ConfigurationError(f"unknown parameter {name!r}{near(name, FIELDS)}")
    if name == "response_format" and isinstance(held, bool):
        return JSON_OBJECT if held else None
    if isinstance(held, str) and (FIELDS[name].kind == "object" or _is_tool(name, held)):
        try:
            return json.loads(held) if held.strip() else None
        except ValueError as exc:
            raise ConfigurationError(f"{name} must be JSON: {exc}") from exc
        except RecursionError as exc:
            raise ConfigurationError(f"{name} is nested too deeply") from exc
    return held


def shown_message(message: Message) -> dict[str, Any]:
    """Return a message as its editor holds it: role, text, and the address of an image."""
    content = message.get("content")
    parts: list[Any] = content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
    image = next((part["image_url"]["url"] for part in parts if part.get("type") == "image_url"), None)
    text = "\n".join(part.get("text") or "" for part in parts if part.get("type") == "text")
    return {"role": message["role"], "content": text, "image": image}


def message_of(shown: Mapping[str, Any]) -> Message:
    """Return the wire message that an editor holds."""
    text, image = str(shown.get("content") or ""), shown.get("image")
    if not image:
        return {"role": shown.get("role"), "content": text}
    parts: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
    parts.append({"type": "image_url", "image_url": {"url": str(image)}})
    return {"role": shown.get("role"), "content": parts}


def editable(message: Message) -> dict[str, Any]:
    """Return a template's message as its editor holds it.

    Only plain text can be edited; a message with parts, images or tool calls is kept as it is.
    """
    content = message.get("content")
    return {
        "role": str(message.get("role")),
        "text": content if isinstance(content, str) else "\n".join(texts_of([message])),
        "editable": isinstance(content, str) and not message.get("tool_calls"),
    }


def edited(shown: Mapping[str, Any], standing: Sequence[Message]) -> Message:
    """Return an edited template message; one that cannot be edited is taken over as it stands."""
    role, text = shown.get("role"), str(shown.get("text") or "")
    if shown.get("editable", True):
        return {"role": role, "content": text}
    for message in standing:
        held = editable(message)
        if not held["editable"] and held["text"] == text:
            return {**message, "role": role}
    return {"role": role, "content": text}


def _is_tool(name: str, held: str) -> bool:
    return FIELDS[name].kind == "tool_choice" and held.lstrip().startswith("{")
