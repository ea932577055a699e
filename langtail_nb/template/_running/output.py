"""The text of one rendering, and how much work and text it may be."""

from __future__ import annotations

from typing import Final

from langtail_nb.template._language.nodes import TemplateError

MAX_STEPS: Final = 1_000_000
"""Tags and arguments that one rendering may visit before it is refused, besides what the length of
template and variables allows. Loops within loops and partials that double reach it."""
MAX_CHARACTERS: Final = 2**26
"""Length of text that one rendering may produce before it is refused."""


class Output:
    """What was printed so far; ``steps`` is what may be done in all."""

    def __init__(self, steps: int) -> None:
        self._pieces: list[str] = []
        self._steps_left = steps
        self._characters = 0

    @property
    def text(self) -> str:
        """All that was printed."""
        return "".join(self._pieces)

    @property
    def pieces(self) -> int:
        """How many pieces were printed, to take back from here on."""
        return len(self._pieces)

    def emit(self, text: str) -> None:
        """Print a text.

        Raises:
            TemplateError: It is too much.
        """
        self._pieces.append(text)
        self._characters += len(text)
        self.count(1)
        if self._characters > MAX_CHARACTERS:
            raise TemplateError("The template prints too much.")

    def count(self, steps: int) -> None:
        """Note that work is done.

        Raises:
            TemplateError: It is too much.
        """
        self._steps_left -= steps
        if self._steps_left < 0:
            raise TemplateError("The template takes too many steps.")

    def take(self, start: int) -> str:
        """Take back what was printed since the output had so many pieces."""
        text = "".join(self._pieces[start:])
        del self._pieces[start:]
        return text
