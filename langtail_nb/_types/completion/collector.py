"""Chunks in, the answer so far out: the messages of an answer are put together here.

An answer may hold several completions: when Langtail runs a tool itself, text and calls of the first come,
then the tool's result, then the next completion under another id (seen in recordings of 2024).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from langtail_nb._text.characters import HalfCharacters
from langtail_nb._types.completion.calls import Calls, CallSoFar
from langtail_nb._types.completion.chunk import Chunk
from langtail_nb._types.completion.reasoning import ReasoningMerger
from langtail_nb._types.completion.tool_call import ToolCall
from langtail_nb._types.completion.usage import Usage
from langtail_nb._types.messages import Message
from langtail_nb._types.reply import Reply, finish_reason
from langtail_nb._types.request import Request

_KNOWN = {
    "role", "content", "tool_calls", "function_call", "reasoning", "reasoning_details", "reasoning_content",
    "tool_call_id", "handled_tool_result",
}  # fmt: skip


class _Growing:
    """One message that grows."""

    def __init__(self, id: str | None) -> None:
        self.id = id
        self.finish_reason: str | None = None
        self._clear()

    def _clear(self) -> None:
        self._texts: list[str] = []
        self._refusals: list[str] = []
        self._thoughts: list[str] = []
        self._role = ""
        self._parts: list[Any] | None = None
        self._others: dict[str, Any] = {}
        self.calls = Calls()
        self._reasoning = ReasoningMerger()
        self._pairs, self._thought_pairs = HalfCharacters(), HalfCharacters()

    @property
    def is_finished(self) -> bool:
        return self.finish_reason is not None

    @property
    def text(self) -> str:
        """The words of the model, those in which it refused among them."""
        return _joined(self._texts) + _joined(self._refusals)

    @property
    def thoughts(self) -> str:
        return _joined(self._thoughts)

    @property
    def ended_in_calls(self) -> bool:
        return finish_reason(self.finish_reason, has_tool_calls=bool(self.calls.all)) == "tool_calls"

    def feed(self, chunk: Chunk) -> None:
        if chunk.text:
            chunk.text = self._pairs.mend(chunk.text)
            (self._refusals if chunk.is_refusal else self._texts).append(chunk.text)
        if len(chunk.part) > 1 or not chunk.text:
            self._feed_rest(chunk)
        self.finish_reason = chunk.finish_reason or self.finish_reason

    def _feed_rest(self, chunk: Chunk) -> None:
        if chunk.is_whole:
            text = chunk.text
            self._clear()
            (self._refusals if chunk.is_refusal else self._texts).append(text)
            content = chunk.part.get("content")
            self._parts = content if isinstance(content, list) else None
        if chunk.reasoning:
            chunk.reasoning = self._thought_pairs.mend(chunk.reasoning)
            self._thoughts.append(chunk.reasoning)
        self._role = self._role or chunk.role or ""
        self._reasoning.feed(chunk.part)
        self.calls.feed(chunk)
        for name in chunk.part.keys() - _KNOWN:
            self._add_other(name, chunk.part[name])

    def _add_other(self, name: str, value: Any) -> None:
        earlier = self._others.get(name)
        if name == "refusal" and isinstance(earlier, str) and isinstance(value, str):
            value = earlier + value
        elif isinstance(earlier, dict) and isinstance(value, dict):
            value = earlier | value
        if value is not None:
            self._others[name] = value

    def _written(self, calls: Sequence[CallSoFar]) -> Any:
        text = _joined(self._texts)
        return self._parts if self._parts is not None else text or (None if calls or self._refusals else "")

    def wire(self) -> Message:
        """Return the message as it can be sent back; the key ``content`` is required, null if only calls."""
        calls = self.calls.all
        content: Any = self._written(calls)
        message = {"role": self._role or "assistant", "content": content, **self._others}
        wire = [call.wire(repaired=self.ended_in_calls) for call in calls]
        if legacy := next((w for w, call in zip(wire, calls, strict=True) if call.legacy), None):
            message["function_call"] = legacy
        elif wire:
            message["tool_calls"] = wire
        return message | self._reasoning.members()


class Collector:
    """Takes the chunks of one answer in order and gives the :class:`Reply` so far at any time."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._messages: list[_Growing | Message] = []
        self._current: _Growing | None = None
        self._usages: dict[int, Usage] = {}
        self._results: dict[str, str] = {}
        self._model: str | None = None
        self._id: str | None = None
        self._has_choices = False

    def feed(self, chunk: Chunk) -> None:
        """Take one chunk. Characters that its text holds half of are mended in it."""
        self._model = chunk.model or self._model
        if chunk.part or chunk.finish_reason:
            self._add(chunk)
        if chunk.usage is not None:
            # A later count for the same completion replaces the earlier: some servers count up as they go.
            self._usages[len(self._messages)] = chunk.usage

    def _add(self, chunk: Chunk) -> None:
        self._has_choices = self._has_choices or len(chunk.raw["choices"]) > 1
        if chunk.handled_tool_result is not None:
            self._take_result(chunk)
        else:
            self._message_of(chunk).feed(chunk)

    def _take_result(self, chunk: Chunk) -> None:
        call_id = chunk.tool_call_id or ""
        self._results[call_id] = chunk.handled_tool_result or ""
        content = chunk.part.get("content") or ""
        self._messages.append({"role": "tool", "tool_call_id": call_id, "content": content})
        # What follows is another completion, whatever its id.
        self._current = None

    def _message_of(self, chunk: Chunk) -> _Growing:
        """Return the message that a chunk belongs to.

        Another completion begins after a finish reason or a tool's result, and shows by another id. An id
        alone says nothing: some servers give each chunk one of its own, or name it late.
        """
        current = self._current
        if current is None or (current.is_finished and chunk.id and chunk.id != current.id):
            current = self._current = _Growing(chunk.id)
            self._messages.append(current)
        current.id = current.id or chunk.id
        self._id = current.id or self._id
        return current

    @property
    def is_finished(self) -> bool:
        """Whether the last message has its finish reason, so that a missing end mark is no loss."""
        return self._current is not None and self._current.finish_reason is not None

    @property
    def awaits_tools(self) -> bool:
        """Whether the last message ended in tool calls, which Langtail may be about to make itself."""
        return self._current is not None and self._current.ended_in_calls

    @property
    def characters(self) -> int:
        """The length of the text so far."""
        return sum(len(message.text) for message in self._growing())

    def snapshot(self, **facts: Any) -> Reply:
        """Return what has arrived.

        Args:
            **facts: The attributes of :class:`Reply` that are about the call.
        """
        raw = self._raw_finish_reason()
        pending, hosted = self._calls()
        has_calls = self._current is not None and bool(self._current.calls.all)
        reply = Reply(
            self._request,
            text=_paragraphs(message.text for message in self._growing()),
            messages=tuple(m.wire() if isinstance(m, _Growing) else dict(m) for m in self._messages),
            tool_calls=tuple(pending),
            hosted_calls=tuple(hosted),
            reasoning=_paragraphs(message.thoughts for message in self._growing()),
            finish_reason=finish_reason(raw, has_tool_calls=has_calls),
            raw_finish_reason=raw,
            usage=self._usage(),
            model=self._model,
            id=self._id,
            **facts,
        )
        if self._has_choices:
            reply.warnings.append("the answer has several choices; only the first is here")
        return reply

    def _growing(self) -> Iterator[_Growing]:
        return (message for message in self._messages if isinstance(message, _Growing))

    def _raw_finish_reason(self) -> str | None:
        if self._current is not None:
            return self._current.finish_reason
        return "tool_calls_handled" if self._messages else None

    def _calls(self) -> tuple[list[ToolCall], list[ToolCall]]:
        calls = (
            ToolCall(call.id, call.name, call.arguments, self._results.get(call.id))
            for message in self._growing()
            for call in message.calls.all
        )
        pending: list[ToolCall] = []
        hosted: list[ToolCall] = []
        for call in calls:
            (pending if call.result is None else hosted).append(call)
        return pending, hosted

    def _usage(self) -> Usage | None:
        total: Usage | None = None
        for usage in self._usages.values():
            total = usage if total is None else total + usage
        return total


def _joined(pieces: list[str]) -> str:
    # Kept joined, so that a snapshot costs the new pieces and not the whole answer again.
    if len(pieces) > 1:
        pieces[:] = ["".join(pieces)]
    return pieces[0] if pieces else ""


def _paragraphs(texts: Iterator[str]) -> str:
    return "\n\n".join(text for text in texts if text)
