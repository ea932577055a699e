"""What an engine gives, piece by piece.

`Usage` and `ToolCall` are the writer's own, and no other's: what the client reads is made from them by hand.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any


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
class Refused:
    """A piece of the words in which the model refuses, which stand beside the text."""

    text: str


@dataclass(frozen=True, slots=True)
class Other:
    """What else a message holds (images, an audio, citations), whole and as the engine sent it."""

    values: dict[str, Any]


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
    """The end: why, and what it cost; None where the engine does not say."""

    reason: str | None
    usage: Usage | None


Piece = (
    Model
    | Text
    | Reasoning
    | Refused
    | Other
    | ToolCall
    | HostedCalls
    | HostedResult
    | NextCompletion
    | Finish
)
Pieces = AsyncGenerator[Piece, None]
