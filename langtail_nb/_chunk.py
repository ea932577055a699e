"""What an answer is made of, typed: a decoded event in, a Chunk out; tool calls and token counts.

Nothing here raises on an odd shape: what is missing or of another type reads as absent. Classes are plain
and slotted, since one is made for each token.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langtail_nb._errors import LangtailError
from langtail_nb._reasoning import reasoning_text

_SHOWN = 60
_NOTHING: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of a tool call, or a whole one.

    Attributes:
        index: Which call of the message it belongs to; None in the aggregated form.
        id: The call's id; in the incremental form, on the first piece only.
        name: The function's name; likewise.
        arguments: A piece of JSON text.
    """

    index: int | None
    id: str | None
    name: str | None
    arguments: str


def valid_prefix(text: str) -> str | None:
    """Return the longest beginning of ``text`` that is valid JSON, or None if no beginning is.

    Some models close the arguments of a call and write on.
    """
    text = text.lstrip()
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return text[:end]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call the model wants made.

    Attributes:
        id: What the result must name; ``""`` in the legacy form, which has none.
        name: The function.
        arguments: JSON text as the model wrote it, which need not be valid.
        result: What Langtail's own run of it returned; None where the call is yours to make.
    """

    id: str
    name: str
    arguments: str
    result: str | None = None

    def json(self) -> Any:
        """Return the arguments, decoded. Junk after a complete value is left out; no text at all is ``{}``.

        Raises:
            LangtailError: They are not JSON.
        """
        if not self.arguments.strip():
            return {}
        valid = valid_prefix(self.arguments)
        if valid is None:
            raise LangtailError(
                f"the arguments of tool call {self.name!r} are not JSON: {clip(self.arguments)}"
            )
        return json.loads(valid)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens counted by the provider; None where it did not say.

    Attributes:
        cached_tokens: The part of ``prompt_tokens`` that was read from a cache.
        reasoning_tokens: The part of ``completion_tokens`` spent on reasoning.
        raw: The record as sent, provider's own figures included.
    """

    prompt_tokens: int | None
    completion_tokens: int | None
    total_tokens: int | None
    cached_tokens: int | None
    reasoning_tokens: int | None
    raw: dict[str, Any]

    @classmethod
    def parse(cls, raw: Any) -> Usage | None:
        """Return the usage in a ``usage`` member, or None if it holds no record."""
        if not isinstance(raw, dict) or not raw:
            return None
        prompt, completion = _count(raw.get("prompt_tokens")), _count(raw.get("completion_tokens"))
        total = _count(raw.get("total_tokens"))
        if total is None and prompt is not None and completion is not None:
            total = prompt + completion
        cached = _count(_object(raw.get("prompt_tokens_details")).get("cached_tokens"))
        reasoning = _count(_object(raw.get("completion_tokens_details")).get("reasoning_tokens"))
        return cls(prompt, completion, total, cached, reasoning, raw)

    def __add__(self, later: Usage) -> Usage:
        """Return both together: each round of a hosted tool is a completion of its own."""
        return Usage(
            _sum(self.prompt_tokens, later.prompt_tokens),
            _sum(self.completion_tokens, later.completion_tokens),
            _sum(self.total_tokens, later.total_tokens),
            _sum(self.cached_tokens, later.cached_tokens),
            _sum(self.reasoning_tokens, later.reasoning_tokens),
            later.raw,
        )


class Chunk:
    """One piece of an answer. Treat it as read-only.

    Attributes:
        text: The text this piece adds to the answer, ``""`` when it has none.
        reasoning: The reasoning it adds, ``""`` when it has none.
        tool_calls: Pieces of tool calls, or whole calls.
        id: The completion it belongs to; an answer with hosted tools has several.
        index: The choice it belongs to.
        role: Named on the first piece of a message as a rule, else None.
        model: The provider's name for the model.
        finish_reason: As the provider wrote it; :attr:`Reply.finish_reason` is the mapped one.
        usage: Tokens used, on one of the last pieces.
        handled_tool_result: What a tool run by Langtail itself returned, or None; never part of ``text``.
        tool_call_id: The call which that answers.
        is_whole: Whether it holds a complete message, not a piece of one.
        part: The ``delta``, or the ``message`` that stands in its place.
        raw: The decoded JSON.
    """

    __slots__ = (
        "finish_reason", "handled_tool_result", "id", "index", "is_whole", "model", "part", "raw",
        "reasoning", "role", "text", "tool_call_id", "tool_calls", "usage",
    )  # fmt: skip

    def __init__(self, raw: dict[str, Any]) -> None:
        choices = raw.get("choices")
        choice = choices[0] if choices and type(choices) is list and type(choices[0]) is dict else _NOTHING
        part = choice.get("delta")
        self.is_whole = type(choice.get("message")) is dict and not part
        if self.is_whole:
            part = choice["message"]
        elif type(part) is not dict:
            part = _NOTHING
        self.raw = raw
        self.part: dict[str, Any] = part
        # Spelled out and not called: this runs for every token.
        self.id: str | None = value if type(value := raw.get("id")) is str and value else None
        self.model: str | None = value if type(value := raw.get("model")) is str and value else None
        self.index: int | None = choice.get("index")
        reason = choice.get("finish_reason")
        self.finish_reason: str | None = reason if type(reason) is str and reason else None
        self.role: str | None = value if type(value := part.get("role")) is str and value else None
        content = part.get("content")
        self.text: str = content if type(content) is str else content_text(content)
        is_more = len(part) > 1 or not self.text
        self.reasoning: str = reasoning_text(part) if is_more else ""
        self.tool_calls: tuple[ToolCallDelta, ...] = _tool_calls(part) if is_more else ()
        usage = raw.get("usage")
        self.usage = Usage.parse(usage) if usage else None
        self.handled_tool_result: str | None = None
        self.tool_call_id: str | None = None
        if self.role == "tool" or raw.get("object") == "langtail.tool.handled":
            self.handled_tool_result, self.text = self.text, ""
            self.tool_call_id = _text(part.get("tool_call_id"))

    def __repr__(self) -> str:
        shown = [f"text={self.text!r}"] if self.text else []
        shown += [
            f"{name}={value!r}"
            for name in ("reasoning", "tool_calls", "handled_tool_result", "finish_reason", "usage")
            if (value := getattr(self, name))
        ]
        return f"Chunk({', '.join(shown)})"


def clip(text: str) -> str:
    """Return the beginning of ``text`` as a Python literal, for a repr or a message."""
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")


def content_text(content: Any) -> str:
    """Return the text of a message's ``content``: text, a list of parts, or null."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = (part if isinstance(part, str) else _object(part).get("text") for part in content)
    return "".join(text for text in texts if isinstance(text, str))


def _tool_calls(part: Mapping[str, Any]) -> tuple[ToolCallDelta, ...]:
    calls = part.get("tool_calls")
    found = [_tool_call(call) for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    legacy = part.get("function_call")
    if isinstance(legacy, dict) and not found:
        found.append(_tool_call({"function": legacy}))
    return tuple(found)


def _tool_call(call: dict[str, Any]) -> ToolCallDelta:
    function = _object(call.get("function"))
    arguments = function.get("arguments")
    if not isinstance(arguments, str):
        arguments = "" if arguments is None else json.dumps(arguments, ensure_ascii=False)
    index = call.get("index")
    return ToolCallDelta(
        index if isinstance(index, int) else None,
        _text(call.get("id")),
        _text(function.get("name")),
        arguments,
    )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else _NOTHING


def _text(value: Any) -> str | None:
    return value if type(value) is str and value else None


def _sum(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else a + b


def _count(value: Any) -> int | None:
    if isinstance(value, float):
        return int(value) if math.isfinite(value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
