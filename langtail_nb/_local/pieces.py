"""What an engine gives, piece by piece, and the messages that grow out of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any, Protocol

Message = dict[str, Any]
ModelRequest = dict[str, Any]
"""The body of an OpenAI chat completion, without ``stream``."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one completion."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    """A piece of what the model thinks before it answers."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A piece of a tool call: the first has ``id`` and ``name``, the rest only arguments."""

    index: int
    arguments: str
    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class HostedRound:
    """A tool call that the server ran itself; a new completion follows."""

    id: str
    name: str
    arguments: str
    result: str


@dataclass(frozen=True, slots=True)
class Finish:
    """The end: why, and what it cost (None where the engine does not know)."""

    reason: str
    usage: Usage | None


Piece = Text | Reasoning | ToolCall | HostedRound | Finish
Pieces = AsyncGenerator[Piece, None]


class Engine(Protocol):
    """Something that answers messages."""

    @property
    def model(self) -> str:
        """Name of the model that answers, as responses carry it."""
        ...

    @property
    def is_busy(self) -> bool:
        """Whether work goes on that could not be stopped yet."""
        ...

    async def answer(self, request: ModelRequest) -> Pieces:
        """Return the answer's pieces, ending with a `Finish`; closing them early stops the work.

        Raises:
            Refusal: The engine will not answer: a prompt too long, a queue too long, an upstream error.
        """
        ...

    async def close(self) -> None:
        """Release what the engine holds."""
        ...


def call_object(call: ToolCall | HostedRound) -> Message:
    """Return a whole tool call as a message holds it."""
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


@dataclass(slots=True)
class Transcript:
    """The messages that an answer adds to its thread."""

    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    calls: dict[int, ToolCall] = field(default_factory=dict)
    earlier: list[Message] = field(default_factory=list)

    def add(self, piece: Piece) -> None:
        """Take one piece in."""
        match piece:
            case Text(text):
                self.text.append(text)
            case Reasoning(text):
                self.reasoning.append(text)
            case ToolCall():
                self.calls[piece.index] = _joined(self.calls.get(piece.index), piece)
            case HostedRound():
                self._close_round(piece)
            case Finish():
                pass

    def message(self) -> Message:
        """Return the last assistant message as far as it has come."""
        message: Message = {"role": "assistant", "content": "".join(self.text) or None}
        if self.reasoning:
            message["reasoning"] = [{"type": "text", "text": "".join(self.reasoning)}]
        if self.calls:
            message["tool_calls"] = [call_object(call) for call in self.calls.values()]
        elif message["content"] is None:
            message["content"] = ""
        return message

    def messages(self) -> list[Message]:
        """Return every message of the answer: hosted rounds first, the last assistant message at the end."""
        return [*self.earlier, self.message()]

    def _close_round(self, hosted: HostedRound) -> None:
        self.calls = {0: ToolCall(0, hosted.arguments, hosted.id, hosted.name)}
        self.earlier.append(self.message())
        self.earlier.append({"role": "tool", "tool_call_id": hosted.id, "content": hosted.result})
        self.text, self.reasoning, self.calls = [], [], {}


def _joined(first: ToolCall | None, more: ToolCall) -> ToolCall:
    if first is None:
        return more
    return ToolCall(first.index, first.arguments + more.arguments, first.id, first.name)
