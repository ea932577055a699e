"""One branch of a conversation, as this kernel sees it.

It has the server's id, once the first answer gave one, and the turns that cells made. A fork is a thread
whose earlier turns the server has not seen yet: they go along, as messages, with its first call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from langtail_nb._http.transport import Earlier
from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._kernel.execution import Execution
from langtail_nb._types.messages import Message


@dataclass(slots=True, eq=False, weakref_slot=True)
class Thread:
    """One thread. ``number`` counts those of an assistant in this kernel, from 1; 0 for one that stays apart.

    Attributes:
        id: The server's id, or None until the first answer.
        forked_from: The thread whose first turns this one repeats, or None.
        before: The turn, from 1, before which it was forked.
        of: Whose number it is, where another assistant goes on with it, too; else empty.
        lock: Held while a call goes to it, or to a branch of it.
    """

    number: int
    name: str | None = None
    id: str | None = None
    turns: list[Turn] = field(default_factory=list)
    forked_from: Thread | None = field(default=None, repr=False)
    before: int = 1
    of: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def label(self) -> str:
        """Its name, or ``thread 3``."""
        if self.name or not self.number:
            return self.name or "a thread apart"
        return f"thread {self.number}{' of ' * bool(self.of)}{self.of}"

    @property
    def length(self) -> str:
        """How many turns it has, in words: ``1 turn``, ``3 turns``."""
        return f"{len(self.turns)} turn{'s' * (len(self.turns) != 1)}"

    @property
    def newest(self) -> Turn | None:
        """The last turn that it holds, whose variables are the defaults of the next; None where none is."""
        return next((turn for turn in reversed(self.turns) if not turn.is_lost), None)

    def history(self) -> list[Message]:
        """Return all messages of the turns so far."""
        return [message for turn in self.turns for message in turn.messages]

    def earlier(self) -> Callable[[], list[Earlier]]:
        """Return what tells of the turns that are here now."""
        turns = tuple(self.turns)
        return lambda: [turn.earlier for turn in turns]

    def replay(self) -> list[Message]:
        """Return the messages that the server has not seen yet: the history of a fork without an id."""
        return [] if self.id is not None else self.history()

    def branch(self, number: int, behind: int) -> Thread:
        """Return a thread with the first ``behind`` turns of this one."""
        return Thread(
            number, self.name, turns=self.turns[:behind], forked_from=self, before=behind + 1, lock=self.lock
        )

    def turn_of(self, execution: Execution) -> int | None:
        """Return the turn, from 1, that an earlier run of the same cell made here, or None."""
        made = (turn.made_by for turn in self.turns)
        return next((n for n, by in enumerate(made, 1) if execution.repeats(by)), None)

    def stand_in(self, turn: Turn) -> Turn | None:
        """Return a turn where it is here, else the last one that its cell made here, or None."""
        if turn in self.turns:
            return turn
        return next((one for one in reversed(self.turns) if one.is_of_the_cell_of(turn)), None)
