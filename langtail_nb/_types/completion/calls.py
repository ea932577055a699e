"""The tool calls of one message, put together from their pieces."""

from __future__ import annotations

import json
from typing import Any

from langtail_nb._text.characters import HalfCharacters
from langtail_nb._text.json_text import is_json
from langtail_nb._text.limits import MOST_CALLS, TooMuchError
from langtail_nb._types.completion.chunk import Chunk
from langtail_nb._types.completion.tool_call import ToolCallDelta, valid_prefix


class CallSoFar:
    """One call, as far as it has come.

    A piece of its arguments is what follows, as documented; seen are also the text so far in each piece, and
    a whole object in place of an empty or an earlier one. What is written on after a whole object in one
    piece is junk.
    """

    def __init__(self) -> None:
        self.id, self.name = "", ""
        self.legacy = self.is_custom = False
        self._pairs = HalfCharacters()
        self._joined = ""
        # All of the arguments so far, as long as each piece could be that.
        self._all_so_far: str | None = ""

    @property
    def arguments(self) -> str:
        """JSON text as the model wrote it."""
        if self.is_settled or is_json(self._joined):
            return self._joined
        assert self._all_so_far is not None
        better = is_json(self._all_so_far) or not may_go_on(self._joined)
        return self._all_so_far if better else self._joined

    @property
    def is_settled(self) -> bool:
        """Whether the arguments so far stay the beginning of what they become, unless all is replaced."""
        return self._all_so_far is None or self._all_so_far == self._joined

    @property
    def is_whole(self) -> bool:
        """Whether it could be made as it is: it has a name, and its arguments are JSON or none."""
        return bool(self.name) and (not self.arguments.strip() or is_json(self.arguments))

    def repeats(self, delta: ToolCallDelta) -> bool:
        """Whether a piece that names a function says this call once more, with all of it or with nothing."""
        return delta.name == self.name and delta.arguments.strip() in ("", self.arguments.strip())

    def add(self, delta: ToolCallDelta) -> None:
        """Take a piece of the call."""
        self.id = self.id or delta.id or ""
        self._name(delta)
        self.is_custom = self.is_custom or delta.is_custom
        piece = self._pairs.mend(delta.arguments)
        if piece:
            self._write(piece)

    def _write(self, piece: str) -> None:
        before = self.arguments
        if not before or (piece.lstrip()[:1] == "{" and is_json(before)):
            self._joined = self._all_so_far = piece
        elif self._all_so_far is not None and piece.startswith(self._all_so_far):
            self._joined, self._all_so_far = self._joined + piece, piece
        else:
            is_joined = self.is_settled or may_go_on(self._joined + piece)
            self._joined, self._all_so_far = (self._joined if is_joined else before) + piece, None

    def _name(self, delta: ToolCallDelta) -> None:
        name = delta.name or ""
        if not name or name == self.name or self.arguments:
            self.name = self.name or name
        else:
            # Before the first argument it may come in pieces, or as far as it has come in each.
            self.name = name if name.startswith(self.name) else self.name + name

    def wire(self, *, repaired: bool) -> dict[str, Any]:
        """Return the call as a message holds it, without what a model wrote on after it if ``repaired``."""
        if self.is_custom:
            return {"id": self.id, "type": "custom", "custom": {"name": self.name, "input": self.arguments}}
        valid = valid_prefix(self.arguments) if repaired else None
        function = {"name": self.name, "arguments": self.arguments if valid is None else valid}
        return function if self.legacy else {"id": self.id, "type": "function", "function": function}


class Calls:
    """The calls of one message, by id, else by index, else by position: indexes may be sparse or missing.

    Some servers give each piece of a call an id of its own, or each call the same index. So another call
    begins only where a name comes, and what was there could be made as it is. A piece that comes alone and
    names nothing goes on with the last call.
    """

    def __init__(self) -> None:
        self.all: list[CallSoFar] = []
        self._by_index: dict[int, CallSoFar] = {}
        self._by_id: dict[str, CallSoFar] = {}

    def feed(self, chunk: Chunk) -> None:
        """Take the pieces in a chunk.

        Raises:
            TooMuchError: These are more calls than any message has.
        """
        is_alone = len(chunk.tool_calls) == 1
        for position, delta in enumerate(chunk.tool_calls):
            call = self._find(delta, len(self.all) - 1 if is_alone else position)
            call.legacy = call.legacy or "tool_calls" not in chunk.part
            call.add(delta)

    def _find(self, delta: ToolCallDelta, position: int) -> CallSoFar:
        found = self._by_id.get(delta.id) if delta.id else None
        if found is None:
            found = self._unless_new(delta, self._before(delta, position))
        if found is None:
            if len(self.all) >= MOST_CALLS:
                raise TooMuchError(f"more than {MOST_CALLS:,} tool calls")
            found = CallSoFar()
            self.all.append(found)
        if delta.index is not None:
            self._by_index[delta.index] = found
        if delta.id:
            self._by_id.setdefault(delta.id, found)
        return found

    def _before(self, delta: ToolCallDelta, position: int) -> CallSoFar | None:
        """Return the call that a piece may belong to."""
        if delta.index is not None:
            return self._by_index.get(delta.index)
        if delta.id:
            return self.all[-1] if self.all else None
        return self.all[position] if 0 <= position < len(self.all) else None

    @staticmethod
    def _unless_new(delta: ToolCallDelta, before: CallSoFar | None) -> CallSoFar | None:
        """Return the call that a piece goes on with, or None where it begins another."""
        if before is None or not delta.name:
            return before
        if delta.id and before.id:
            begins = before.is_whole or delta.name != before.name
        else:
            begins = bool(before.arguments.strip()) and before.is_whole and not before.repeats(delta)
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
