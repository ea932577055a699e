"""One conversation, as this kernel sees it.

It has the server's id, once the first answer gave one, and the turns that cells made. A fork is a thread
whose earlier turns the server has not seen yet: they go along, as messages, with its first call.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._kernel.execution import Execution
from langtail_nb._types.messages import Message


@dataclass(slots=True, eq=False)
class Thread:
    """One conversation. ``number`` counts the threads of this kernel, from 1; 0 for one that stays apart.

    Attributes:
        id: The server's id, or None until the first answer.
        forked_from: The thread whose first turns this one repeats, or None.
    """

    number: int
    name: str | None = None
    id: str | None = None
    turns: list[Turn] = field(default_factory=list)
    forked_from: Thread | None = field(default=None, repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def label(self) -> str:
        """Its name, or ``thread 3``."""
        return self.name or (f"thread {self.number}" if self.number else "a thread apart")

    @property
    def length(self) -> str:
        """How many turns it has, in words: ``1 turn``, ``3 turns``."""
        return f"{len(self.turns)} turn{'s' * (len(self.turns) != 1)}"

    def history(self) -> list[Message]:
        """Return all messages of the turns so far."""
        return [message for turn in self.turns for message in (*turn.sent, *turn.received)]

    def replay(self) -> list[Message]:
        """Return the messages that the server has not seen yet: the history of a fork without an id."""
        return [] if self.id is not None else self.history()

    def turn_of(self, execution: Execution) -> int | None:
        """Return the turn, from 1, that an earlier run of the same cell made here, or None."""
        made = (turn.made_by for turn in self.turns)
        return next((n for n, by in enumerate(made, 1) if execution.repeats(by)), None)
