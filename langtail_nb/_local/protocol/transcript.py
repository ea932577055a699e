"""The messages that grow out of an answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from langtail_nb._local.protocol.answer_pieces import (
    Finish,
    HostedCalls,
    HostedResult,
    Model,
    NextCompletion,
    Other,
    Piece,
    Reasoning,
    Refused,
    Text,
    ToolCall,
    Usage,
)
from langtail_nb._local.protocol.engine import Message


def call_object(call: ToolCall) -> Message:
    """Return a whole tool call as a message holds it."""
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


@dataclass(slots=True)
class Transcript:
    """The messages that an answer adds to its thread, and how it ended.

    The usage in `finish` is that of all completions of the answer together.
    """

    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    others: Message = field(default_factory=dict)
    calls: dict[int, ToolCall] = field(default_factory=dict)
    finish: Finish | None = None
    _earlier: list[Message] = field(default_factory=list)
    _is_earlier: bool = False
    _spent: Usage | None = None

    def add(self, piece: Piece) -> None:
        """Take one piece in."""
        match piece:
            case Model():
                pass
            case Text(text):
                self.text.append(text)
            case Reasoning(text):
                self.reasoning.append(text)
            case Refused(text):
                self.refusal.append(text)
            case Other(values):
                self.others = values
            case ToolCall():
                self.calls[piece.index] = _joined(self.calls.get(piece.index), piece)
            case HostedCalls():
                self._end_in_calls(piece)
            case HostedResult():
                result = {"role": "tool", "tool_call_id": piece.call_id, "content": piece.content}
                self._earlier.append(result)
            case NextCompletion():
                self.text, self.reasoning, self.refusal = [], [], []
                self.others, self.calls, self._is_earlier = {}, {}, False
            case Finish():
                self.finish = Finish(piece.reason, _sum(self._spent, piece.usage))

    def message(self) -> Message:
        """Return the last assistant message as far as it has come, without the calls of hosted tools."""
        message: Message = {"role": "assistant", "content": "".join(self.text) or None, **self.others}
        if self.refusal:
            message["refusal"] = "".join(self.refusal)
        if self.reasoning:
            message["reasoning"] = [{"type": "text", "text": "".join(self.reasoning)}]
        if self.calls:
            message["tool_calls"] = [call_object(call) for call in self.calls.values()]
        elif message["content"] is None and not (self.refusal or self.others):
            message["content"] = ""
        return message

    def messages(self) -> list[Message]:
        """Return every message of the answer in order, results of hosted tools after their calls."""
        return list(self._earlier) if self._is_earlier else [*self._earlier, self.message()]

    def _end_in_calls(self, ended: HostedCalls) -> None:
        self.calls = dict(enumerate(ended.calls))
        self._earlier.append(self.message())
        self.calls, self._is_earlier = dict(enumerate(ended.pending)), True
        self._spent = _sum(self._spent, ended.usage)


def _joined(first: ToolCall | None, more: ToolCall) -> ToolCall:
    if first is None:
        return more
    return ToolCall(first.index, first.arguments + more.arguments, first.id, first.name)


def _sum(first: Usage | None, more: Usage | None) -> Usage | None:
    if first is None or more is None:
        return first or more
    return Usage(
        first.prompt_tokens + more.prompt_tokens,
        first.completion_tokens + more.completion_tokens,
        first.cached_tokens + more.cached_tokens,
        first.reasoning_tokens + more.reasoning_tokens,
    )
