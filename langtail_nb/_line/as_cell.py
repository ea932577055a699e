"""What of a request a cell says in its body, in its images, and in messages before them."""

from __future__ import annotations

from typing import Any

from langtail_nb._line.images import is_plain_image
from langtail_nb._types.messages import Message
from langtail_nb._types.request import Request


def as_cell(request: Request) -> tuple[str | None, tuple[dict[str, Any], ...], tuple[Message, ...]]:
    """Return body, images and messages that together say what the request sends."""
    match request.message:
        case None:
            return None, (), request.messages
        case str(text) if text.strip():
            return text, (), request.messages
        case [{"type": "text", "text": str(text), **rest}, *parts] if text.strip() and not rest and parts:
            if all(map(is_plain_image, parts)):
                return text, tuple(parts), request.messages
        case [_, *_] as parts if all(map(is_plain_image, parts)):
            return None, tuple(parts), request.messages
    return None, (), tuple(request.all_messages)
