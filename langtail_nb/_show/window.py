"""How much of a very long answer is shown while it still grows."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

# A front end renders the whole of a display at every frame, and each character of a long text takes it
# longer: JupyterLab 4.6 needs some thirty times as long for 400 KB as for 40. Frames that it cannot keep up
# with wait in line, and the last one behind them all.
_WINDOW: Final = 50_000
# The beginning moves in steps, so that what is being read does not move with every frame.
_STEP: Final = 10_000
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$", re.MULTILINE)


class Window(NamedTuple):
    """The end of a text.

    Attributes:
        above: How many characters stand above it.
        text: The end itself; within code it begins with a fence of its own.
    """

    above: int
    text: str


def window(text: str) -> Window:
    """Return the end of a text that grows; all of it as long as it is not very long."""
    if len(text) <= _WINDOW + _STEP:
        return Window(0, text)
    start = (len(text) - _WINDOW) // _STEP * _STEP
    # A paragraph's beginning, else a line's, else wherever that is.
    marks = ((mark, text.find(mark, start, start + _STEP)) for mark in ("\n\n", "\n", " "))
    place = next((found + len(mark) for mark, found in marks if found >= 0), start)
    return Window(place, _open_fence(text[:place]) + text[place:])


def _open_fence(text: str) -> str:
    """Return the line that opens the code in which a text ends; nothing where it ends in none."""
    opened: re.Match[str] | None = None
    for found in _FENCE.finditer(text):
        if opened is None:
            opened = found
        elif found[1].startswith(opened[1]) and not found[2].strip():
            opened = None
    return "" if opened is None else f"{opened[0].strip()}\n"
