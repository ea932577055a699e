"""A thread with all its branches."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._kernel.conversation.turn import Turn


@dataclass(slots=True, eq=False)
class Conversation:
    """A thread with all its branches, as one assistant goes on with them.

    Attributes:
        threads: In the order in which they were made.
        last_current: The one of them that was the last to be current; None as long as there is none.
        opened: The turn that opened it, or opened it anew with ``--new-thread``; None where no call did.
        lock: Held while a call is on its way in it.
    """

    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    threads: list[Thread] = field(default_factory=list)
    last_current: Thread | None = None
    opened: Turn | None = field(default=None, repr=False)

    def turns(self) -> Iterator[Turn]:
        """Yield the turns of all branches; those that branches share once for each."""
        for thread in self.threads:
            yield from thread.turns

    def select(self, thread: Thread) -> None:
        """Make a thread the one last current, and one of its branches."""
        if thread not in self.threads:
            self.threads.append(thread)
        self.last_current = thread

    def drop(self, thread: Thread) -> None:
        """Forget a thread; the newest of the others takes its place."""
        self.threads = [one for one in self.threads if one is not thread]
        if self.last_current is thread:
            self.last_current = self.threads[-1] if self.threads else None
