"""The chunks of another server's completion in, pieces out.

Servers differ in every detail here, so each reader takes what was seen anywhere: usage in the chunk with the
finish reason or after it, tool calls without an index or all with the same, reasoning under three names.

Source: OpenAI's API reference (chat completion chunks); Ollama gave every call of a round index 0, older ones
none at all (its issues 15457 and 7881).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from langtail_nb._local.protocol.pieces import Finish, Model, Piece, Reasoning, Text, ToolCall, Usage

JSON = dict[str, Any]


@dataclass(slots=True)
class _Call:
    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""
    is_told: bool = False


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
    _calls: list[_Call] = field(default_factory=list)
    _by_index: dict[int, _Call] = field(default_factory=dict)

    def pieces(self, chunk: JSON) -> Iterator[Piece]:
        """Yield what a chunk adds: a chunk with deltas, or a completion with a whole message."""
        model = chunk.get("model")
        if isinstance(model, str) and model and model != self._model:
            self._model = model
            yield Model(_short(model))
        if isinstance(usage := chunk.get("usage"), dict):
            self.usage = _usage(usage)
        for choice in _objects(chunk.get("choices")):
            delta = choice.get("delta") or choice.get("message")
            if isinstance(delta, dict):
                yield from self._delta(delta)
            reason = choice.get("finish_reason")
            self.reason = reason if isinstance(reason, str) and reason else self.reason

    def end(self) -> Iterator[Piece]:
        """Yield what was held back, and the finish. A reason must have been read."""
        for call in self._calls:
            yield from self._told(call)
        yield Finish(self.reason or "stop", self.usage)

    def _delta(self, delta: JSON) -> Iterator[Piece]:
        if thought := _reasoning(delta):
            yield Reasoning(thought)
        if text := _text(delta.get("content")):
            yield Text(text)
        if refusal := _text(delta.get("refusal")):
            yield Text(refusal)
        for given in _objects(delta.get("tool_calls")):
            yield from self._call(given, _object(given.get("function")))
        if function := _object(delta.get("function_call")):
            yield from self._call({"index": 0}, function)

    def _call(self, given: JSON, function: JSON) -> Iterator[Piece]:
        name, arguments = _text(function.get("name")), _arguments(function.get("arguments"))
        index = given.get("index")
        call = self._find(index if isinstance(index, int) else None, _text(given.get("id")), name)
        call.name = call.name or name
        if call.is_told:
            if arguments:
                yield ToolCall(call.index, arguments)
            return
        # A piece that opens a call has its name; what comes before the name waits for it.
        call.arguments += arguments
        if call.name:
            yield from self._told(call)

    def _told(self, call: _Call) -> Iterator[Piece]:
        if not call.is_told:
            call.is_told = True
            call.id = call.id or f"call_{secrets.token_hex(12)}"
            yield ToolCall(call.index, call.arguments, call.id, call.name)

    def _find(self, index: int | None, call_id: str, name: str) -> _Call:
        found = next((call for call in self._calls if call_id and call.id == call_id), None)
        if found is None and index is not None:
            found = self._by_index.get(index)
        elif found is None and not (call_id or name):
            found = self._calls[-1] if self._calls else None
        # The same index with another id is another call.
        if found is None or (call_id and found.is_told and found.id != call_id):
            found = _Call(len(self._calls))
            self._calls.append(found)
        found.id = found.id or call_id
        if index is not None:
            self._by_index[index] = found
        return found


def _text(content: object) -> str:
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in _objects(content))
    return content if isinstance(content, str) else ""


def _reasoning(delta: JSON) -> str:
    # One of them only: a server that renames the field sends both for a while.
    details = "".join(
        _text(item.get("text")) or _text(item.get("summary"))
        for item in _objects(delta.get("reasoning_details"))
    )
    given = delta.get("reasoning")
    plain = _text([given] if isinstance(given, dict) else given)
    return details or plain or _text(delta.get("reasoning_content"))


def _arguments(given: object) -> str:
    if isinstance(given, str) or given is None:
        return given or ""
    return json.dumps(given, ensure_ascii=False)


def _object(value: object) -> JSON:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[JSON]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _usage(given: JSON) -> Usage:
    return Usage(
        _count(given.get("prompt_tokens")),
        _count(given.get("completion_tokens")),
        _count(_object(given.get("prompt_tokens_details")).get("cached_tokens")),
        _count(_object(given.get("completion_tokens_details")).get("reasoning_tokens")),
    )


def _count(value: object) -> int:
    return int(value) if isinstance(value, int | float) and value == value // 1 else 0


def _short(model: str) -> str:
    # llama.cpp names the file that it loaded, with all of its path.
    is_path = model.startswith(("/", "~")) or "\\" in model
    return model.replace("\\", "/").rpartition("/")[2] if is_path else model
