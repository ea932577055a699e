"""Which of several choices is the answer: the first that says anything; the others are told of."""

from __future__ import annotations

from langtail_nb._types.completion.chunk import Chunk


class AnswerChoice:
    """Tells the chunks of the answer from those of other choices.

    An index alone says little: a single choice was seen under 0 with its role and under 1 with its text. So a
    choice is another one only if it says something, too.

    Attributes:
        index: Of the answer, None until it says anything.
        are_several: Whether there is another one.
    """

    def __init__(self) -> None:
        self.index: int | None = None
        self._others: set[int] = set()
        self.are_several = False

    def begin(self) -> None:
        """Begin another completion, whose choice may bear another number."""
        self.index, self._others = None, set()

    def takes(self, chunk: Chunk) -> bool:
        """Return whether a chunk belongs to the answer."""
        choices, index = chunk.raw.get("choices"), chunk.index
        if type(choices) is list and len(choices) > 1:
            self.are_several = True
        if index is None or index == self.index:
            return True
        says_something = bool(chunk.text or chunk.reasoning or chunk.tool_calls)
        if self.index is None:
            self.index = index if says_something else None
            return True
        if says_something:
            self._others.add(index)
            self.are_several = True
        return index not in self._others
