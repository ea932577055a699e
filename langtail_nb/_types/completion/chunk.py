"""What an answer is made of, typed: a decoded event in, a Chunk out; tool calls and token counts.

Nothing here raises on an odd shape: what is missing or of another type reads as absent. Classes are plain
and slotted, since one is made for each token.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from langtail_nb._types.completion.reasoning import reasoning_text
from langtail_nb._types.completion.tool_call import ToolCallDelta
from langtail_nb._types.completion.usage import Usage
from langtail_nb._types.messages import text_of

_NOTHING: dict[str, Any] = {}


class Chunk:
    """One piece of an answer. Treat it as read-only.

    Attributes:
        text: The text this piece adds to the answer, ``""`` when it has none.
        is_refusal: Whether that is the model's refusal, which the wire keeps apart.
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
        "finish_reason", "handled_tool_result", "id", "index", "is_refusal", "is_whole", "model", "part",
        "raw", "reasoning", "role", "text", "tool_call_id", "tool_calls", "usage",
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
        self.text: str = content if type(content) is str else text_of(content)
        self.is_refusal = False
        if not self.text and (refusal := part.get("refusal")):
            self.text, self.is_refusal = text_of(refusal), True
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
