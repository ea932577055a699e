"""A message on one line, for people."""

from __future__ import annotations

from typing import Any


def content_text(message: dict[str, Any]) -> str:
    """Return the text of a message, its parts joined; what is no text shows as its kind in brackets."""
    content = message.get("content")
    if isinstance(content, list):
        return " ".join(_part_text(part) for part in content)
    return content if isinstance(content, str) else ""


def _part_text(part: Any) -> str:
    text = part.get("text") if isinstance(part, dict) else part
    if isinstance(text, str) and text:
        return text
    kind = str(part.get("type", "part")) if isinstance(part, dict) else "part"
    return f"[{kind.removesuffix('_url')}]"
