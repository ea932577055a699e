"""Where a call that answers tool calls belongs."""

from __future__ import annotations

from dataclasses import dataclass

from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._kernel.conversation.turn import Turn


@dataclass(slots=True, eq=False)
class Place:
    """A turn on a thread.

    A prompt's turn stands on no thread; the one here then has no turns.
    """

    base_url: str
    thread: Thread
    turn: Turn
