"""JSON and server-sent events as bytes, and the objects they carry; written by hand, no parser shared."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from langtail_nb._local.protocol.answer_pieces import Usage

JSON = dict[str, Any]

DONE = b"data: [DONE]\n\n"
"""The event that ends a stream."""

# Escaped in any JSON, also in one that is ASCII because of half a character elsewhere in it.
_PLACE = "\x00place of the text\x00"

EVENT_STREAM = "text/event-stream; charset=utf-8"


def json_bytes(value: object) -> bytes:
    """Return compact UTF-8 JSON; a lone surrogate, which UTF-8 cannot hold, stays an escape."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def event_bytes(value: object, *, name: str | None = None) -> bytes:
    """Return one event: an optional name, one ``data:`` line, a blank line."""
    head = f"event: {name}\n".encode() if name else b""
    return head + b"data: " + json_bytes(value) + b"\n\n"


def comment_bytes(text: str) -> bytes:
    """Return a comment line, which readers skip; servers send it to keep a connection alive."""
    return f": {text}\n\n".encode()


def iso_time(seconds: float) -> str:
    """Return a date-time as Langtail writes it: UTC, milliseconds, ``Z``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def usage_object(usage: Usage) -> JSON:
    """Return usage as the API gives it. There is no cost field."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }


def new_completion_id() -> str:
    """Return an id no other completion has."""
    return f"chatcmpl-{secrets.token_hex(12)}"


@dataclass(slots=True)
class Completion:
    """One completion of a model: writes its chunks, or the whole of it."""

    model: str
    id: str = field(default_factory=new_completion_id)
    created: int = field(default_factory=lambda: int(time.time()))
    _frame: tuple[bytes, ...] = ()

    def chunk(self, delta: Mapping[str, object], finish_reason: str | None = None) -> JSON:
        """Return one ``chat.completion.chunk`` with a single choice and no usage."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return {**self._head("chat.completion.chunk"), "choices": [choice], "usage": None}

    def text_event(self, text: str) -> bytes:
        """Return the event of a chunk that has only text: the most frequent one, so its frame is kept."""
        if not self._frame:
            whole = event_bytes(self.chunk({"content": _PLACE}))
            self._frame = tuple(whole.rsplit(json_bytes(_PLACE), 1))
        return self._frame[0] + json_bytes(text) + self._frame[1]

    def usage_chunk(self, usage: Usage) -> JSON:
        """Return the chunk that has usage and no choice."""
        return {**self._head("chat.completion.chunk"), "choices": [], "usage": usage_object(usage)}

    def handled_chunk(self, call_id: str, result: str) -> JSON:
        """Return the chunk that tells that Langtail itself ran a tool."""
        delta = {"role": "tool", "tool_call_id": call_id, "content": result, "handled_tool_result": True}
        choice = {"index": 0, "logprobs": None, "finish_reason": "tool_calls_handled", "delta": delta}
        head = self._head("langtail.tool.handled")
        return {**head, "id": f"{self.id}-langtail-tool-handled-{call_id}", "choices": [choice]}

    def whole(self, message: Mapping[str, object], finish_reason: str | None, usage: Usage | None) -> JSON:
        """Return the ``chat.completion`` object of an answer that is not streamed."""
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}
        whole: JSON = {**self._head("chat.completion"), "choices": [choice]}
        if usage is not None:
            whole["usage"] = usage_object(usage)
        return whole

    def _head(self, kind: str) -> JSON:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": None,
        }
