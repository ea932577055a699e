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
from typing import Any

from langtail_nb._local.protocol.answer_pieces import Finish, Model, Piece, Reasoning, Text, ToolCall, Usage
from langtail_nb._text.json_text import is_json
from langtail_nb._types.completion.calls import Calls, CallSoFar
from langtail_nb._types.completion.chunk import Chunk

JSON = dict[str, Any]


@dataclass(slots=True)
class ChunkReader:
    """Reads one completion: its chunks, or the whole of it.

    Attributes:
        reason: The finish reason as the server gave it, None until it did.
        usage: Tokens, None until they are known.
    """

    reason: str | None = None
    usage: Usage | None = None
    _model: str = ""
    _calls: Calls = field(default_factory=Calls)
    _told: dict[int, int] = field(default_factory=dict)

    def pieces(self, content: JSON) -> Iterator[Piece]:
        """Yield what a chunk adds: a chunk with deltas, or a completion with a whole message."""
        chunk = Chunk(content)
        if chunk.model is not None and chunk.model != self._model:
            self._model = chunk.model
            yield Model(_short(chunk.model))
        self.usage = usage_of(chunk) or self.usage
        self.reason = chunk.finish_reason or self.reason
        if chunk.reasoning:
            yield Reasoning(chunk.reasoning)
        if chunk.text:
            yield Text(chunk.text)
        if chunk.tool_calls:
            self._calls.feed(chunk)
            yield from self._new_of_calls()

    def end(self) -> Iterator[Piece]:
        """Yield what was held back, and the finish. A reason must have been read."""
        for index, call in enumerate(self._calls.all):
            yield from self._more_of(index, call) if index in self._told else [self._opened(index, call)]
        yield Finish(self.reason or "stop", self.usage)

    def _new_of_calls(self) -> Iterator[Piece]:
        last = len(self._calls.all) - 1
        for index, call in enumerate(self._calls.all):
            if not call.is_settled:
                continue
            if index in self._told:
                yield from self._more_of(index, call)
            # What comes before the name waits for it; what is whole at once may yet be replaced, as `{}` is.
            elif call.name and (index < last or not is_json(call.arguments)):
                yield self._opened(index, call)

    def _more_of(self, index: int, call: CallSoFar) -> Iterator[Piece]:
        if more := call.arguments[self._told[index] :]:
            self._told[index] = len(call.arguments)
            yield ToolCall(index, more)

    def _opened(self, index: int, call: CallSoFar) -> ToolCall:
        self._told[index] = len(call.arguments)
        return ToolCall(index, call.arguments, call.id or f"call_{secrets.token_hex(12)}", call.name)


def usage_of(chunk: Chunk) -> Usage | None:
    """Return the tokens that a chunk tells, in the writer's words; what the server does not count is 0."""
    if (given := chunk.usage) is None:
        return None
    counts = (given.prompt_tokens, given.completion_tokens, given.cached_tokens, given.reasoning_tokens)
    return Usage(*(count or 0 for count in counts))


def _short(model: str) -> str:
    # llama.cpp names the file that it loaded, with all of its path.
    is_path = model.startswith(("/", "~")) or "\\" in model
    return model.replace("\\", "/").rpartition("/")[2] if is_path else model
