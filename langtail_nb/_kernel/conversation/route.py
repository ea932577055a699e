"""Which thread the options of a call name."""

from __future__ import annotations

from dataclasses import dataclass

from langtail_nb._kernel.conversation.place import Place
from langtail_nb._kernel.execution import Execution


@dataclass(frozen=True, slots=True)
class Route:
    """What the options say of the thread: a name, a new one, one that stays apart; else nothing.

    ``after`` is the turn whose tool calls are answered, which goes before all of these.
    """

    name: str | None = None
    new: bool = False
    apart: bool = False
    after: Place | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """A call that looks for its place.

    Attributes:
        assistant: Whom it asks, ``workspace/project/assistant``.
        execution: The run of the cell that makes it.
        forks: Whether a cell that runs again goes back to where it was, and forks there.
    """

    route: Route
    assistant: str
    execution: Execution
    forks: bool = True

    def repeats(self, other: Execution | None) -> bool:
        """Return whether ``other`` was an earlier run of the same cell, and that counts."""
        return self.forks and self.execution.repeats(other)
