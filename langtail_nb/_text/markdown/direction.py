"""Texts that run from right to left."""

import re
from collections.abc import Iterable

_LETTER = re.compile(r"[^\W\d_]")
_FROM_THE_RIGHT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def may_run_left(text: str) -> bool:
    """Return whether any character of a text is one of Hebrew, Arabic or their kin."""
    return not text.isascii() and _FROM_THE_RIGHT.search(text) is not None


def runs_left(texts: Iterable[str]) -> bool:
    """Return whether the first letter of texts that follow one another is one of Hebrew, Arabic or their kin.

    Source: the Unicode bidirectional algorithm, rules P2 and P3, as ``dir="auto"`` reads a block.
    """
    for text in texts:
        if found := _LETTER.search(text):
            return _FROM_THE_RIGHT.match(found[0]) is not None
    return False
