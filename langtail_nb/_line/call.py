"""One cell's call: everything its line and body say, evaluated and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from langtail_nb._line.images import is_plain_image
from langtail_nb._types.messages import Message
from langtail_nb._types.request import Request


@dataclass(frozen=True)
class Call:
    """One line with everything on it evaluated and checked.

    Attributes:
        target: As typed, maybe a short form; None where the line names none.
        variables: Text by name; None where the line asks for no value.
        parameters: By Python name, in wire form, or DEPLOYED.
        extra: Other members of the body.
        images: Content parts.
        timeout: Seconds.
        compare: What to ask beside this cell, an item each.
        body: The message as typed; None or white space sends none.
    """

    target: str | None = None
    variables: Mapping[str, str | None] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    messages: tuple[Message, ...] = ()
    images: tuple[dict[str, Any], ...] = ()
    json: bool = False
    as_deployed: bool = False
    thread: str | None = None
    new_thread: bool = False
    no_thread: bool = False
    fill: bool = False
    out: str | None = None
    show: str | None = None
    quiet: bool = False
    no_stream: bool = False
    timeout: float | None = None
    dry_run: bool = False
    compare: tuple[str, ...] = ()
    rerun: str | None = None
    body: str | None = None

    @classmethod
    def of(cls, request: Request, **flags: Any) -> Call:
        """Return the call that sends ``request``, with flags such as ``show`` and ``out`` beside it."""
        body, images, messages = _as_cell(request)
        return cls(
            target=request.target.full,
            variables=dict(request.variables),
            parameters=dict(request.parameters),
            extra=dict(request.extra),
            messages=messages,
            images=images,
            thread=request.thread_id,
            body=body,
            **flags,
        )

    def content(self, body: str | None = None) -> str | list[dict[str, Any]] | None:
        """Return the user's message with its images, or None where there is neither.

        Args:
            body: In place of the call's own, such as the filled one.
        """
        text = self.body if body is None else body
        text = text if text is not None and text.strip() else None
        if not self.images:
            return text
        return [*([{"type": "text", "text": text}] if text is not None else []), *self.images]


def _as_cell(request: Request) -> tuple[str | None, tuple[dict[str, Any], ...], tuple[Message, ...]]:
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
