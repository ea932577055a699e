"""The chunks of a completion in, pieces out.

Servers differ in every detail here: usage in the chunk with the finish reason or after it, tool calls
without an index or all with the same, reasoning under three names. `Chunk` and `Calls` read whatever was
seen anywhere.

Source: OpenAI's API reference (chat completion chunks); Ollama gave every call of a round index 0, older ones
none at all (its issues 15457 and 7881).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from langtail_nb._local.protocol.answer_pieces import (
    Finish,
    Model,
    Other,
    Piece,
    Reasoning,
    Refused,
    Text,
    ToolCall,
    Usage,
)
from langtail_nb._text.json_text import is_json
from langtail_nb._types.completion.answer_choice import AnswerChoice
from langtail_nb._types.completion.calls import Calls, CallSoFar
from langtail_nb._types.completion.chunk import Chunk
from langtail_nb._types.completion.growing_message import KNOWN
from langtail_nb._types.completion.members import Members
from langtail_nb._types.completion.usage import Usage as ReadUsage

JSON = dict[str, Any]

# What leaves in pieces of its own kind.
_PIECES: Final = KNOWN | {"refusal"}


@dataclass(slots=True)
class ChunkReader:
    """Reads one completion: its chunks, or the whole of it.

    Attributes:
        reason: The finish reason as the server gave it, None until it did.
        is_ended: Whether the server said in another way that all is there.
    """

    reason: str | None = None
    is_ended: bool = False
    _usage: ReadUsage | None = None
    _choice: AnswerChoice = field(default_factory=AnswerChoice)
    _others: Members = field(default_factory=Members)
    _said_so_far: dict[str, list[str]] = field(default_factory=dict)
    _model: str = ""
    _calls: Calls = field(default_factory=Calls)
    _told: dict[int, int] = field(default_factory=dict)

    def pieces(self, content: JSON) -> Iterator[Piece]:
        """Yield what a chunk adds: a chunk with deltas, or a completion with a whole message."""
        chunk = Chunk(content)
        if chunk.model is not None and chunk.model != self._model:
            self._model = chunk.model
            yield Model(_short(chunk.model))
        if chunk.usage is not None:
            self._usage = chunk.usage if self._usage is None else self._usage.updated(chunk.usage)
        if self._choice.takes(chunk):
            self.reason = chunk.finish_reason or self.reason
            yield from self._said(chunk)

    def _said(self, chunk: Chunk) -> Iterator[Piece]:
        if reasoning := self._new_in(chunk, "reasoning", chunk.reasoning):
            yield Reasoning(reasoning)
        if (text := self._new_in(chunk, chunk.member, chunk.text)) and chunk.member != "audio":
            yield Text(text) if chunk.member == "content" else Refused(text)
        if chunk.tool_calls:
            self._calls.feed(chunk)
            yield from self._new_of_calls()
        if others := {name: chunk.part[name] for name in chunk.part.keys() - _PIECES}:
            self._others.add(others)

    def _new_in(self, chunk: Chunk, member: str, text: str) -> str:
        """Return what a text adds: all of it, or of a whole message what did not come in pieces before it."""
        said = self._said_so_far.setdefault(member, [])
        if chunk.is_whole and said:
            whole = "".join(said)
            text = text[len(whole) :] if text.startswith(whole) else ""
        if text:
            said.append(text)
        return text

    def end(self) -> Iterator[Piece]:
        """Yield what was held back, and the finish. A reason must have been read."""
        for index, call in enumerate(self._calls.all):
            yield from self._more_of(index, call) if index in self._told else [self._opened(index, call)]
        if self._others:
            yield Other(self._others.plain())
        yield Finish(self.reason, counted(self._usage))

    def _new_of_calls(self) -> Iterator[Piece]:
        last = len(self._calls.all) - 1
        for index, call in enumerate(self._calls.all):
            if not call.is_settled:
                continue
            if index in self._told:
                yield from self._more_of(index, call)
            # What comes before the name waits for it, and the name, which may come in pieces, for what comes
            # after it; what is whole at once may yet be replaced, as `{}` is.
            elif call.name and (index < last or (call.arguments and not is_json(call.arguments))):
                yield self._opened(index, call)

    def _more_of(self, index: int, call: CallSoFar) -> Iterator[Piece]:
        if more := call.arguments[self._told[index] :]:
            self._told[index] = len(call.arguments)
            yield ToolCall(index, more)

    def _opened(self, index: int, call: CallSoFar) -> ToolCall:
        self._told[index] = len(call.arguments)
        return ToolCall(index, call.arguments, call.id or f"call_{secrets.token_hex(12)}", call.name)


def counted(usage: ReadUsage | None) -> Usage | None:
    """Return the tokens in the writer's words; what the server does not count is 0."""
    if usage is None:
        return None
    counts = (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens, usage.reasoning_tokens)
    return Usage(*(count or 0 for count in counts))


def _short(model: str) -> str:
    # llama.cpp names the file that it loaded, with all of its path.
    is_path = model.startswith(("/", "~")) or "\\" in model
    return model.replace("\\", "/").rpartition("/")[2] if is_path else model
