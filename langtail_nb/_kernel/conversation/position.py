"""Where a call goes: behind which turn of which thread."""

from __future__ import annotations

from dataclasses import dataclass

from langtail_nb._kernel.conversation.thread import Thread


@dataclass(frozen=True, slots=True)
class Position:
    """Where a call goes: behind so many turns of a thread, or to a conversation that it opens."""

    thread: Thread | None = None
    behind: int = 0

    @property
    def forks(self) -> bool:
        """Whether something else follows there, so that the call begins a branch."""
        return self.thread is not None and self.behind < len(self.thread.turns)
