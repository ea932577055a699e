"""The tool calls of one message, put together from their pieces."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from langtail_nb._text.characters import HalfCharacters
from langtail_nb._types.completion.chunk import Chunk
from langtail_nb._types.completion.tool_call import ToolCallDelta, valid_prefix


@dataclass
class CallSoFar:
    id: str = ""
    name: str = ""
    arguments: str = ""
    legacy: bool = False
    pairs: HalfCharacters = field(default_factory=HalfCharacters)

    def add(self, delta: ToolCallDelta) -> None:
        self.id = self.id or delta.id or ""
        self.name = self.name or delta.name or ""
        arguments = self.pairs.mend(delta.arguments)
        # Without an index a call comes whole, and may repeat one that came in pieces.
        repeats = delta.index is None and self.arguments and arguments.startswith(self.arguments)
        self.arguments = arguments if repeats else self.arguments + arguments

    def wire(self, *, repaired: bool) -> dict[str, Any]:
        valid = valid_prefix(self.arguments) if repaired else None
        function = {"name": self.name, "arguments": self.arguments if valid is None else valid}
        return function if self.legacy else {"id": self.id, "type": "function", "function": function}


class Calls:
    """The calls of one message, by index, else by id, else by position: indexes may be sparse or missing.

    A piece that comes alone and names nothing goes on with the last call.
    """

    def __init__(self) -> None:
        self.all: list[CallSoFar] = []
        self._by_index: dict[int, CallSoFar] = {}

    def feed(self, chunk: Chunk) -> None:
        goes_on = len(chunk.tool_calls) == 1 and not chunk.tool_calls[0].name
        for position, delta in enumerate(chunk.tool_calls):
            call = self._find(delta, len(self.all) - 1 if goes_on else position)
            call.legacy = call.legacy or "tool_calls" not in chunk.part
            call.add(delta)

    def _find(self, delta: ToolCallDelta, position: int) -> CallSoFar:
        same_id = next((call for call in self.all if delta.id and call.id == delta.id), None)
        if delta.index is not None:
            found = self._by_index.get(delta.index)
            if found is not None and delta.id and found.id and found.id != delta.id:
                found = same_id  # several calls under one index, told apart by their ids alone
        elif delta.id:
            found = same_id
        else:
            found = self.all[position] if 0 <= position < len(self.all) else None
        found = found if found is not None else self._new()
        if delta.index is not None:
            self._by_index[delta.index] = found
        return found

    def _new(self) -> CallSoFar:
        self.all.append(CallSoFar())
        return self.all[-1]
