"""What the events of a stream have in common where they differ in their text alone, as nearly all do.

Read by what surrounds its text, a chunk costs less than its JSON does.
"""

from __future__ import annotations

import json
from typing import Final

from langtail_nb._types.completion.chunk import Chunk

_MARK: Final = "\N{INTERROBANG}place of the text\N{INTERROBANG}"
_OPENINGS: Final = ('"content":"', '"content": "')
_MOST_TRIES: Final = 4


class Frame:
    """The surroundings of the text in the events of one stream, learnt from its first ones."""

    def __init__(self) -> None:
        self._before = self._after = ""
        self._like: Chunk | None = None
        self._tries = 0

    def chunk_in(self, data: str) -> Chunk | None:
        """Return the chunk in an event that is like those before but for its text; None of any other."""
        like = self._like
        if like is None or not (data.startswith(self._before) and data.endswith(self._after)):
            return None
        text = data[len(self._before) : len(data) - len(self._after)]
        # Letters that JSON writes as they are, so that the string ends where it did before.
        if not text or not text.isprintable() or '"' in text or "\\" in text:
            return None
        return Chunk.of_text(text, data, like)

    def learn(self, data: str, chunk: Chunk) -> None:
        """Take an event, and the chunk in it, as an example; a few are looked at."""
        if not chunk.is_plain or self._tries >= _MOST_TRIES:
            return
        self._tries += 1
        for opening in _OPENINGS:
            at = data.find(f'{opening}{chunk.text}"') + len(opening)
            before, after = data[:at], data[at + len(chunk.text) :]
            if at >= len(opening) and self._holds(before, after):
                self._before, self._after, self._like = before, after, chunk

    @staticmethod
    def _holds(before: str, after: str) -> bool:
        """Return whether what stands between is the text of a chunk, and not another member of that name."""
        try:
            raw = json.loads(f"{before}{_MARK}{after}")
        except (ValueError, RecursionError):
            return False
        if not isinstance(raw, dict):
            return False
        proof = Chunk(raw)
        return proof.is_plain and proof.text == _MARK
