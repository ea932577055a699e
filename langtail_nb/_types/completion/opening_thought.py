"""What a model thinks aloud at the start of its text, between ``<think>`` and ``</think>``.

Source: DeepSeek R1, Qwen 3 and what serves them without a parser for reasoning (vLLM, Ollama, llama.cpp);
Gemini says ``<thought>`` there, others ``<thinking>``.
"""

from __future__ import annotations

from typing import Final, Literal

_MARKS: Final = ("<think>", "<thinking>", "<thought>")
_LONGEST_BLANK: Final = 1000


class OpeningThought:
    """Parts a text into what was thought and what was said, as it comes; each character comes out once.

    White space around the marks is left out, but for that before the closing one.

    Attributes:
        state: ``unknown`` until it is clear how the text opens, ``thinking`` until the mark is closed, then
            ``closed``; ``text`` where no mark opens it.
    """

    def __init__(self) -> None:
        self.state: Literal["unknown", "thinking", "closed", "text"] = "unknown"
        self._held = ""
        self._closing = ""
        self._has_thought = self._has_said = False

    def feed(self, piece: str) -> tuple[str, str]:
        """Return what a piece of the text adds to the thought, and what to the text."""
        if self.state == "unknown":
            return self._opened(self._held + piece)
        if self.state == "thinking":
            return self._thought(self._held + piece)
        return "", piece if self.state == "text" else self._said(piece)

    def end(self) -> None:
        """Take the text as it is unless the mark was closed: nothing follows."""
        if self.state in ("unknown", "thinking"):
            self.state = "text"

    def _opened(self, text: str) -> tuple[str, str]:
        begins = text.lstrip()
        mark = next((mark for mark in _MARKS if begins.startswith(mark)), None)
        if mark is not None:
            self.state, self._closing, self._held = "thinking", f"</{mark[1:]}", ""
            return self._thought(begins[len(mark) :])
        if any(mark.startswith(begins) for mark in _MARKS) and len(text) < _LONGEST_BLANK:
            self._held = text
            return "", ""
        self.state = "text"
        return "", text

    def _thought(self, text: str) -> tuple[str, str]:
        thought, mark, rest = text.partition(self._closing)
        if not self._has_thought:
            thought = thought.lstrip()
        if mark:
            self.state = "closed"
            return thought, self._said(rest)
        # The end may be the beginning of the mark.
        cut = thought.find("<", max(len(thought) - len(self._closing) + 1, 0))
        cut = len(thought) if cut < 0 else cut
        self._held, self._has_thought = thought[cut:], self._has_thought or cut > 0
        return thought[:cut], ""

    def _said(self, piece: str) -> str:
        said = piece if self._has_said else piece.lstrip()
        self._has_said = self._has_said or bool(said)
        return said
