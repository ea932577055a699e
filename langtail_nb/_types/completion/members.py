"""Members of a message that come in pieces: what the next one adds to what is there."""

from __future__ import annotations

from typing import Any, Final

# Texts that arrive once are names, kinds and times; these are written piece by piece.
_WRITTEN: Final = frozenset(
    ("refusal", "transcript", "data", "reasoning_content", "reasoning_text", "thinking", "text")
)


def merged(earlier: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return the members of an object with those of its next piece."""
    return earlier | {
        name: joined(earlier.get(name), value, is_written=name in _WRITTEN)
        for name, value in more.items()
        if value is not None
    }


def joined(earlier: Any, more: Any, *, is_written: bool = True) -> Any:
    """Return a value with its next piece: text and lists go on, objects are merged, the rest is replaced.

    Args:
        is_written: Whether it is a text that comes piece by piece. A list that holds all so far replaces.
    """
    if isinstance(earlier, str) and isinstance(more, str):
        return earlier + more if is_written else more
    if isinstance(earlier, list) and isinstance(more, list):
        return more if more[: len(earlier)] == earlier else earlier + more
    if isinstance(earlier, dict) and isinstance(more, dict):
        return merged(earlier, more)
    return more
