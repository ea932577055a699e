"""The forms in which a model's reasoning arrives, read as text and merged for replay.

Source: Langtail's JavaScript SDK, 0.16.16: ``reasoning`` (text, an object or a list of objects),
``reasoning_content`` (text) and OpenRouter's ``reasoning_details`` (a list), whole or in pieces. Ollama says
``thinking``, LiteLLM adds ``thinking_blocks``, Copilot says ``reasoning_text``; Mistral puts parts of the
type ``thinking`` into the content. Of what stands in the text itself, see ``opening_thought``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from langtail_nb._types.completion.members import Members

_NAMES: Final = (
    "reasoning_details", "reasoning", "reasoning_content", "reasoning_text", "thinking", "thinking_blocks",
)  # fmt: skip
_WORDS: Final = ("text", "summary")
_THINKING: Final = ("thinking", "reasoning")


def reasoning_text(part: Mapping[str, Any]) -> str:
    """Return what a message, or a piece of one, says of the model's reasoning; ``""`` if nothing readable.

    ``reasoning_details`` comes first where several forms say the same.
    """
    for name in _NAMES:
        if name in part and (text := _text(part[name])):
            return text
    content = part.get("content")
    return _text([item for item in content if _is_thought(item)]) if isinstance(content, list) else ""


def _text(value: Any) -> str:
    return "".join(map(_words, value if isinstance(value, list) else [value]))


def _words(item: Any) -> str:
    if isinstance(item, Mapping):
        found = (_text(item[name]) for name in (*_WORDS, *_THINKING) if item.get(name))
        return next(filter(None, found), "")
    return item if isinstance(item, str) else ""


def _is_thought(part: Any) -> bool:
    return isinstance(part, Mapping) and part.get("type") in _THINKING


MEMBERS: Final = frozenset(_NAMES)
"""The members of a message that hold reasoning."""


class ReasoningMerger:
    """Puts the pieces of one message's reasoning together again, as the provider wants them back.

    Models that think before they call a tool reject a history whose reasoning lost its signature.
    """

    def __init__(self) -> None:
        self._items: list[Members] = []
        self._details: list[Members] = []
        self._others = Members()

    def feed(self, part: Mapping[str, Any]) -> None:
        """Take the reasoning members of one piece."""
        for item in _listed(part.get("reasoning")):
            _merge(self._items, {"type": "text", "text": item} if isinstance(item, str) else item)
        for item in _listed(part.get("reasoning_details")):
            if not isinstance(item, str):
                _merge(self._details, item)
        self._others.add({name: part[name] for name in _NAMES[2:] if part.get(name)})

    def members(self) -> dict[str, Any]:
        """Return the members to put into the message; ``reasoning`` is always a list, as requests need it."""
        found = {
            "reasoning": [item.plain() for item in self._items],
            "reasoning_details": [item.plain() for item in self._details],
            **self._others.plain(),
        }
        return {name: value for name, value in found.items() if value}


def _listed(value: Any) -> list[Any]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, Mapping) or (isinstance(item, str) and item)]


def _merge(items: list[Members], piece: Mapping[str, Any]) -> None:
    """Append ``piece``, or continue the last item with it where both are parts of one text."""
    if items and _continues(items[-1], piece):
        items[-1].add(piece)
    else:
        items.append(Members(piece))


def _continues(last: Members, piece: Mapping[str, Any]) -> bool:
    if last.get("type") != piece.get("type") or last.get("index") != piece.get("index"):
        return False
    # A signature closes the text it signs; a piece that holds nothing else brings that signature.
    return any(name in piece for name in (*_WORDS, "signature")) and not last.get("signature")
