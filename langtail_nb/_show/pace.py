"""How often something that grows is painted."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

SHORTEST_S: Final = 0.05
"""Seconds from one frame to the next, at least."""
# A front end renders the whole text again at every frame, so a fixed frame rate breaks at some length; an
# interval that grows with the frame does not. 6 µs a byte is what JupyterLab 4.6 keeps up with, and it also
# bounds the traffic to 170 KB a second. A byte of ASCII is a character; of other scripts a frame has more.
_PER_BYTE_S: Final = 6e-6
# Of a longer text each byte takes it longer, too.
_LONG: Final = 40_000
# Composing a frame holds the interpreter, and so the network thread, up.
_SHARE_OF_TIME: Final = 4


class Pace:
    """When the next frame of something that grows is due: by clock and never by token."""

    def __init__(self) -> None:
        self._due = 0.0

    @property
    def wait_s(self) -> float:
        """Seconds until the next frame is due; 0 where it is."""
        return max(0.0, self._due - time.monotonic())

    def paint(self, frame: Callable[[], int]) -> int:
        """Paint a frame, which returns how many bytes it took, and return them; the next one waits for it."""
        began = time.monotonic()
        size = frame()
        took = time.monotonic() - began
        rendering = size * _PER_BYTE_S * max(1.0, size / _LONG)
        self._due = time.monotonic() + max(SHORTEST_S, rendering, took * _SHARE_OF_TIME)
        return size
