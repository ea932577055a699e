"""What an answer is made of, typed: a decoded event in, a Chunk out; tool calls and token counts.

Nothing here raises on an odd shape: what is missing or of another type reads as absent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from langtail_nb._types.completion.choices import first_choice, index_of
from langtail_nb._types.completion.finish import reason_of
from langtail_nb._types.completion.reasoning import reasoning_text
from langtail_nb._types.completion.tool_call import ToolCallDelta, tool_call_delta
from langtail_nb._types.completion.usage import Usage, usage_in
from langtail_nb._types.messages import text_of

_NOTHING: dict[str, Any] = {}


class Chunk:
    """One piece of an answer. Treat it as read-only.

    Attributes:
        text: The text this piece adds to the answer, ``""`` when it has none.
        member: Where the wire keeps that text: ``content``, ``refusal`` or ``audio``.
        reasoning: The reasoning it adds, ``""`` when it has none.
        tool_calls: Pieces of tool calls, or whole calls.
        id: The completion it belongs to; an answer with hosted tools has several.
        index: The choice it belongs to, None where it names none.
        role: Named on the first piece of a message as a rule, else None.
        model: The provider's name for the model.
        finish_reason: As the provider wrote it; :attr:`Reply.finish_reason` is the mapped one.
        usage: Tokens used, on one of the last pieces.
        handled_tool_result: What a tool run by Langtail itself returned, or None; never part of ``text``.
        tool_call_id: The call which that answers.
        is_plain: Whether it holds a piece of text and nothing else.
        is_whole: Whether it holds a complete message, not a piece of one.

    Example:
        >>> chunk = lt.Chunk({"choices": [{"delta": {"content": "Delivery"}}]})
        >>> chunk.text
        'Delivery'
    """

    # What most pieces lack stands here, once for all of them: one is made for each token.
    finish_reason: str | None = None
    handled_tool_result: str | None = None
    is_plain: bool = False
    is_whole: bool = False
    member: str = "content"
    reasoning: str = ""
    role: str | None = None
    text: str = ""
    tool_call_id: str | None = None
    tool_calls: tuple[ToolCallDelta, ...] = ()
    usage: Usage | None = None
    data: str = ""  # the JSON of one that was read without decoding it

    def __init__(self, raw: dict[str, Any]) -> None:
        choices = raw.get("choices")
        if type(choices) is list and len(choices) == 1 and type(choices[0]) is dict:
            choice: Mapping[str, Any] = choices[0]
        else:
            choice = first_choice(choices)
        self.raw = raw
        self.id: str | None = value if type(value := raw.get("id")) is str and value else None
        self.model: str | None = value if type(value := raw.get("model")) is str and value else None
        self.index: int | None = value if type(value := choice.get("index")) is int else index_of(choice)
        self.part = part if type(part := choice.get("delta")) is dict else _NOTHING
        text = self.part.get("content")
        is_alone = len(self.part) == 1 and raw.get("usage") is None and choice.get("finish_reason") is None
        if is_alone and type(text) is str and text:
            self.text, self.is_plain = text, True
        else:
            self._read(choice)

    @classmethod
    def of_text(cls, text: str, data: str, like: Chunk) -> Chunk:
        """Return a chunk that holds a text and is else like another.

        Args:
            data: The JSON that it stands in.
        """
        chunk = cls.__new__(cls)
        chunk.text, chunk.is_plain, chunk.data = text, True, data
        chunk.id, chunk.model, chunk.index = like.id, like.model, like.index
        return chunk

    @cached_property
    def raw(self) -> dict[str, Any]:
        """The decoded JSON."""
        return dict(json.loads(self.data))

    @cached_property
    def part(self) -> dict[str, Any]:
        """The ``delta``, or the ``message`` that stands in its place."""
        return {"content": self.text}

    def _read(self, choice: Mapping[str, Any]) -> None:
        """Read a choice that has more to say than its text."""
        if not self.part and type(choice.get("message")) is dict:
            self.part, self.is_whole = choice["message"], True
        elif not self.part:
            self.part = _other_part(choice)
        part, content = self.part, self.part.get("content")
        self.finish_reason = reason_of(choice)
        self.role = value if type(value := part.get("role")) is str and value else None
        self.text = content if type(content) is str else text_of(content)
        if len(part) > 1 or not self.text:
            self._read_rest(part)
        self.usage = usage_in(self.raw, choice)
        if self.role == "tool" or self.raw.get("object") == "langtail.tool.handled":
            self.handled_tool_result, self.text = self.text, ""
            self.tool_call_id = _text(part.get("tool_call_id"))

    def _read_rest(self, part: Mapping[str, Any]) -> None:
        if not self.text:
            self.text, self.member = _words_elsewhere(part)
        self.reasoning = reasoning_text(part)
        self.tool_calls = _tool_calls(part)

    def clear(self) -> None:
        """Leave nothing of it that anybody would show: it is no part of the answer."""
        self.text, self.reasoning, self.tool_calls, self.finish_reason = "", "", (), None

    def __repr__(self) -> str:
        shown = [f"text={self.text!r}"] if self.text else []
        shown += [
            f"{name}={value!r}"
            for name in ("reasoning", "tool_calls", "handled_tool_result", "finish_reason", "usage")
            if (value := getattr(self, name))
        ]
        return f"Chunk({', '.join(shown)})"


def _other_part(choice: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands in place of a delta: nothing, or the bare text that older servers write."""
    text = choice.get("message") or choice.get("text")
    return {"content": text} if isinstance(text, str) and text else _NOTHING


def _words_elsewhere(part: Mapping[str, Any]) -> tuple[str, str]:
    """Return words that stand beside the content, and in which member."""
    if refusal := text_of(part.get("refusal")):
        return refusal, "refusal"
    if spoken := text_of(_object(part.get("audio")).get("transcript")):
        return spoken, "audio"
    return "", "content"


def _tool_calls(part: Mapping[str, Any]) -> tuple[ToolCallDelta, ...]:
    calls = part.get("tool_calls")
    if isinstance(calls, dict):
        calls = [calls]
    found = (
        [tool_call_delta(call) for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    )
    legacy = part.get("function_call")
    if isinstance(legacy, dict) and legacy and not found:
        found.append(tool_call_delta({"function": legacy}))
    return tuple(found)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else _NOTHING


def _text(value: Any) -> str | None:
    return value if type(value) is str and value else None
