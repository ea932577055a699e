"""The conversations of one assistant."""

from __future__ import annotations

import threading

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.conversation.place import Place
from langtail_nb._kernel.conversation.reading_back import recognised
from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._text.near import near


class Conversations:
    """The threads of one assistant at one base URL, and the current one among them.

    ``lock`` is held while a call finds its thread, so that two calls never open one name twice.
    """

    def __init__(self) -> None:
        self.threads: list[Thread] = []
        self.current: Thread | None = None
        self.lock = threading.Lock()

    def new(self, name: str | None = None) -> Thread:
        """Return a thread without turns, which becomes current and the holder of its name."""
        return self.select(Thread(self._next_number(), name))

    def select(self, thread: Thread) -> Thread:
        """Make ``thread`` current; one that was dropped is listed again."""
        if thread not in self.threads:
            self.threads.append(thread)
        self.current = thread
        return thread

    def leave(self) -> None:
        """Let the next call begin a thread; those there are stay listed."""
        self.current = None

    def named(self, name: str) -> Thread | None:
        """Return the newest thread with this name, label or id, or None."""
        return next((t for t in reversed(self.threads) if name in (t.name, t.id, t.label)), None)

    def fork(self, thread: Thread, before: int) -> Thread:
        """Return a new current thread with the turns of ``thread`` before turn ``before``, from 1.

        A branch of a thread that stays apart stays apart.

        Raises:
            ConfigurationError: There is no such turn.
        """
        branch = self.branch(thread, before)
        return self.select(branch) if branch.number else branch

    def branch(self, thread: Thread, before: int) -> Thread:
        """Return what :meth:`fork` would make current; nothing changes.

        Raises:
            ConfigurationError: There is no such turn.
        """
        if not 1 <= before <= len(thread.turns) + 1:
            raise ConfigurationError(f"{thread.label} has {thread.length}; there is no turn {before}")
        number = self._next_number() if thread.number else 0
        return Thread(number, thread.name, turns=thread.turns[: before - 1], forked_from=thread)

    def adopt(self, thread_id: str, turns: list[Turn], name: str | None = None) -> Thread:
        """Return the thread that the server holds with these turns, now current.

        One that this kernel has already keeps what it knows of its turns: which cell made each.
        """
        known = next((t for t in self.threads if t.id == thread_id), None)
        if known is None:
            return self.select(Thread(self._next_number(), name, thread_id, turns))
        known.turns = recognised(turns, known.turns)
        known.name = known.name or name
        return self.select(known)

    def drop(self, thread: Thread, *, back_to: Thread | None = None) -> None:
        """Forget a thread that the server does not hold; if it was current, ``back_to`` is, where listed."""
        self.threads = [t for t in self.threads if t is not thread]
        if self.current is thread:
            self.current = back_to if back_to in self.threads else None

    def holder(self, place: Place) -> Thread:
        """Return the thread that a turn is gone on from: the current one if it has it, else its own."""
        current = self.current
        return current if current is not None and place.turn in current.turns else place.thread

    def require(self, name: str | None) -> Thread:
        """Return the thread of this name, or the current one for None.

        Raises:
            ConfigurationError: There is none; lists near matches.
        """
        thread = self.current if name is None else self.named(name)
        if thread is None and name is None:
            raise ConfigurationError("there is no current thread yet; run a %%langtail cell first")
        if thread is None:
            hint = near(name or "", [t.label for t in self.threads])
            raise ConfigurationError(
                f"no thread {name!r} in this kernel{hint}; %langtail thread list --all shows all"
            )
        return thread

    def visible(self, *, every: bool) -> list[Thread]:
        """Return the threads, newest last; without ``every`` only those not replaced by a fork of theirs."""
        replaced = [] if every else [t.forked_from for t in self.threads]
        return [t for t in self.threads if t is self.current or t not in replaced]

    def _next_number(self) -> int:
        return max((t.number for t in self.threads), default=0) + 1
