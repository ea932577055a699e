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
class Model:
    """The name of the model that answers, where an engine learns it only from the answer; comes first."""

    name: str


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
class HostedCalls:
    """The end of a completion whose calls are hosted tools, whole.

    `pending` are those among them that are left to the client; a `HostedResult` follows for each other one,
    and then a `NextCompletion`, or the `Finish` where the client has its turn.
    """

    calls: tuple[ToolCall, ...]
    pending: tuple[ToolCall, ...] = ()
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class HostedResult:
    """What a hosted tool returned."""

    call_id: str
    content: str


@dataclass(frozen=True, slots=True)
class NextCompletion:
    """The model has seen the results and goes on."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The end: why, and what it cost (None where the engine does not know)."""

    reason: str
    usage: Usage | None


Piece = Model | Text | Reasoning | ToolCall | HostedCalls | HostedResult | NextCompletion | Finish
Pieces = AsyncGenerator[Piece, None]


class Engine(Protocol):
    """Something that answers messages."""

    @property
    def model(self) -> str:
        """Name of the model that answers, as responses carry it unless a `Model` piece tells another."""
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
            case ToolCall():
                self.calls[piece.index] = _joined(self.calls.get(piece.index), piece)
            case HostedCalls():
                self._end_in_calls(piece)
            case HostedResult():
                result = {"role": "tool", "tool_call_id": piece.call_id, "content": piece.content}
                self._earlier.append(result)
            case NextCompletion():
                self.text, self.reasoning, self.calls, self._is_earlier = [], [], {}, False
            case Finish():
                self.finish = Finish(piece.reason, _sum(self._spent, piece.usage))

    def message(self) -> Message:
        """Return the last assistant message as far as it has come, without the calls of hosted tools."""
        message: Message = {"role": "assistant", "content": "".join(self.text) or None}
        if self.reasoning:
            message["reasoning"] = [{"type": "text", "text": "".join(self.reasoning)}]
        if self.calls:
            message["tool_calls"] = [call_object(call) for call in self.calls.values()]
        elif message["content"] is None:
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
