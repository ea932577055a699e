"""The tool calls of one message, put together from their pieces."""

from __future__ import annotations

import json
from typing import Any

from langtail_nb._text.characters import HalfCharacters
from langtail_nb._text.json_text import is_json
from langtail_nb._types.completion.chunk import Chunk
from langtail_nb._types.completion.tool_call import ToolCallDelta, valid_prefix


class CallSoFar:
    """One call, as far as it has come.

    A piece of its arguments is what follows, as documented; seen are also the text so far in each piece, and
    a whole object in place of an empty or an earlier one. What is written on after a whole object in one
    piece is junk.
    """

    def __init__(self) -> None:
        self.id, self.name, self.legacy = "", "", False
        self._pairs = HalfCharacters()
        self._joined = ""
        # The last piece, where it may be all of the arguments so far.
        self._all_so_far = ""

    @property
    def arguments(self) -> str:
        """JSON text as the model wrote it."""
        if not self._all_so_far or is_json(self._joined):
            return self._joined
        better = is_json(self._all_so_far) or not may_go_on(self._joined)
        return self._all_so_far if better else self._joined

    @property
    def is_settled(self) -> bool:
        """Whether the arguments so far stay the beginning of what they become, unless all is replaced."""
        return not self._all_so_far

    @property
    def is_whole(self) -> bool:
        """Whether it could be made as it is: it has a name, and its arguments are JSON or none."""
        return bool(self.name) and (not self.arguments.strip() or is_json(self.arguments))

    def add(self, delta: ToolCallDelta) -> None:
        self.id = self.id or delta.id or ""
        self.name = self.name or delta.name or ""
        piece, before = self._pairs.mend(delta.arguments), self.arguments
        if before and piece.lstrip()[:1] == "{" and is_json(before):
            self._joined, self._all_so_far = piece, ""
        elif before and piece.startswith(before):
            self._joined, self._all_so_far = self._joined + piece, piece
        elif piece:
            is_joined = not self._all_so_far or may_go_on(self._joined + piece)
            self._joined, self._all_so_far = (self._joined if is_joined else before) + piece, ""

    def wire(self, *, repaired: bool) -> dict[str, Any]:
        valid = valid_prefix(self.arguments) if repaired else None
        function = {"name": self.name, "arguments": self.arguments if valid is None else valid}
        return function if self.legacy else {"id": self.id, "type": "function", "function": function}


class Calls:
    """The calls of one message, by index, else by id, else by position: indexes may be sparse or missing.

    Some servers give each piece of a call an id of its own, or each call the same index. So another call
    begins only where a name comes, and that is another or what was there could be made as it is. A piece that
    comes alone and names nothing goes on with the last call.
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
        found = same_id
        if found is None and delta.index is not None:
            found = self._unless_new(delta, self._by_index.get(delta.index))
        elif found is None and delta.id:
            found = self._unless_new(delta, self.all[-1] if self.all else None)
        elif found is None and 0 <= position < len(self.all):
            found = self.all[position]
        if found is None:
            found = CallSoFar()
            self.all.append(found)
        if delta.index is not None:
            self._by_index[delta.index] = found
        return found

    @staticmethod
    def _unless_new(delta: ToolCallDelta, before: CallSoFar | None) -> CallSoFar | None:
        """Return the call that a piece goes on with, or None where it begins another."""
        if before is None:
            return None
        if not delta.id or not before.id:
            return before if delta.index is not None else None
        begins = delta.name and (before.is_whole or delta.name != before.name)
        return None if begins else before


def may_go_on(text: str) -> bool:
    """Return whether a text is JSON so far."""
    try:
        json.loads(text)
    except json.JSONDecodeError as exc:
        rest = text[exc.pos :]
        return exc.msg.startswith("Unterminated string") or any(
            word.startswith(rest) for word in ("true", "false", "null")
        )
    except RecursionError:
        return False
    return True
