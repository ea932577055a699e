"""Chunks in, the answer so far out: the messages of an answer are put together here.

An answer may hold several completions: when Langtail runs a tool itself, text and calls of the first come,
then the tool's result, then the next completion under another id (seen in recordings of 2024).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langtail_nb._types.completion.answer_choice import AnswerChoice
from langtail_nb._types.completion.chunk import Chunk
from langtail_nb._types.completion.finish import finish_reason
from langtail_nb._types.completion.growing_message import GrowingMessage
from langtail_nb._types.completion.tool_call import ToolCall
from langtail_nb._types.completion.usage import Usage, uncounted
from langtail_nb._types.messages import Message
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request


class Collector:
    """Takes the chunks of one answer in order and gives the :class:`Reply` so far at any time."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._messages: list[GrowingMessage | Message] = []
        self._current: GrowingMessage | None = None
        self._usages: dict[int, Usage] = {}
        self._results: dict[str, str] = {}
        self._model: str | None = None
        self._id: str | None = None
        self._choice = AnswerChoice()

    def feed(self, chunk: Chunk) -> None:
        """Take one chunk. Characters that its text holds half of are mended in it."""
        self._model = chunk.model or self._model
        current = self._current
        if chunk.is_plain and current is not None and current.goes_on and chunk.index == self._choice.index:
            current.say(chunk)
        elif chunk.part or chunk.finish_reason:
            self._add(chunk)
        if chunk.usage is not None:
            # A later count for the same completion replaces the earlier: some servers count up as they go.
            earlier = self._usages.get(len(self._messages))
            self._usages[len(self._messages)] = (
                chunk.usage if earlier is None else earlier.updated(chunk.usage)
            )

    def _add(self, chunk: Chunk) -> None:
        if self._begins_anew(chunk):
            self._current = None
            self._choice.begin()
        if not self._choice.takes(chunk):
            chunk.clear()
        elif chunk.handled_tool_result is not None:
            self._take_result(chunk)
        else:
            self._message_of(chunk).feed(chunk)

    def _begins_anew(self, chunk: Chunk) -> bool:
        """Return whether a chunk begins another completion: after a finish reason, under another id.

        An id alone says nothing: some servers give each chunk one of its own, or name it late.
        """
        current = self._current
        return current is not None and current.is_finished and bool(chunk.id) and chunk.id != current.id

    def _take_result(self, chunk: Chunk) -> None:
        call_id = chunk.tool_call_id or ""
        self._results[call_id] = chunk.handled_tool_result or ""
        content = chunk.part.get("content") or ""
        self._messages.append({"role": "tool", "tool_call_id": call_id, "content": content})
        # What follows is another completion, whatever its id.
        self._current = None
        self._choice.begin()

    def _message_of(self, chunk: Chunk) -> GrowingMessage:
        if self._current is None:
            self._current = GrowingMessage(chunk.id)
            self._messages.append(self._current)
        current = self._current
        current.id = current.id or chunk.id
        self._id = current.id or self._id
        return current

    def end(self) -> None:
        """Take what was held back as text: the answer is complete."""
        if self._current is not None:
            self._current.end()

    @property
    def is_finished(self) -> bool:
        """Whether the last message has its finish reason, so that a missing end mark is no loss."""
        return self._current is not None and self._current.finish_reason is not None

    @property
    def lacks_reason(self) -> bool:
        """Whether there is a message, and nobody said why it ended."""
        return self._current is not None and self._current.finish_reason is None

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
            messages=tuple(m.wire() if isinstance(m, GrowingMessage) else dict(m) for m in self._messages),
            tool_calls=tuple(pending),
            hosted_calls=tuple(hosted),
            reasoning=_paragraphs(message.thoughts for message in self._growing()),
            finish_reason=finish_reason(raw, has_tool_calls=has_calls),
            raw_finish_reason=raw,
            usage=self._usage() or uncounted(),
            model=self._model,
            id=self._id,
            **facts,
        )
        if self._choice.are_several:
            reply.warnings.append("the answer has several choices; only the first is here")
        return reply

    def _growing(self) -> Iterator[GrowingMessage]:
        return (message for message in self._messages if isinstance(message, GrowingMessage))

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


def _paragraphs(texts: Iterator[str]) -> str:
    return "\n\n".join(text for text in texts if text)
