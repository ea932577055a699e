"""Members of a message that come in pieces: each costs what is new, however long it has become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

# Texts that arrive once are names, kinds and times; these are written piece by piece.
_WRITTEN: Final = frozenset((
    "refusal", "transcript", "data", "reasoning_content", "reasoning_text", "thinking", "text", "summary",
))  # fmt: skip


class Written(list[str]):
    """A text in the pieces in which it came."""


class Members:
    """The members of an object so far: text and lists go on, objects are merged, the rest is replaced.

    A list that holds all so far replaces it; null says nothing.
    """

    def __init__(self, first: Mapping[str, Any] | None = None) -> None:
        self._values: dict[str, Any] = {}
        if first is not None:
            self.add(first)

    def __bool__(self) -> bool:
        return bool(self._values)

    def get(self, name: str) -> Any:
        """Return a member as far as it has come, None where there is none."""
        return _plain(self._values.get(name))

    def add(self, piece: Mapping[str, Any]) -> None:
        """Take what the next piece of the object holds."""
        for name, value in piece.items():
            if value is not None:
                self._values[name] = _joined(self._values.get(name), value, is_written=name in _WRITTEN)

    def plain(self) -> dict[str, Any]:
        """Return them as plain JSON, a copy as far as they may still grow."""
        return {name: _plain(value) for name, value in self._values.items()}


def _joined(earlier: Any, more: Any, *, is_written: bool) -> Any:
    if isinstance(more, str) and is_written:
        return _with(earlier if isinstance(earlier, Written) else Written(), more)
    if isinstance(more, dict):
        members = earlier if isinstance(earlier, Members) else Members()
        members.add(more)
        return members
    if not isinstance(more, list):
        return more
    if not isinstance(earlier, list) or more[: len(earlier)] == earlier:
        return [*more]
    earlier += more
    return earlier


def _with(pieces: Written, piece: str) -> Written:
    pieces.append(piece)
    return pieces


def _plain(value: Any) -> Any:
    if isinstance(value, Written):
        if len(value) > 1:
            value[:] = ["".join(value)]
        return value[0] if value else ""
    if isinstance(value, Members):
        return value.plain()
    return [*value] if isinstance(value, list) else value
