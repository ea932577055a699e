"""Which stored calls are wanted, as SQLite reads it; what somebody typed is never part of a statement."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from langtail_nb._kernel.disk.stored import COLUMNS, StoredTurn, turn_of

_SAYS: Final = "langtail_says"


@dataclass(frozen=True, slots=True)
class Query:
    """What calls must be to be found; a query that says nothing finds them all.

    Attributes:
        assistant: Theirs, ``workspace/project/assistant``; None for any.
        sources: Who made them; empty for anyone.
        failed: Whether they have no whole answer; None for either.
        trials: Whether they are those of maps and sweeps; None for either.
        ids: Their numbers; None for any.
        thread_id: The thread they went to; None for any.
        since: The earliest moment at which they were made, in seconds since 1970.
        before: They are older than the call of this number.
        words: Each of these stands in ``text_of`` them, whatever its case.
    """

    assistant: str | None = None
    sources: tuple[str, ...] = ()
    failed: bool | None = None
    trials: bool | None = None
    ids: Iterable[int] | None = None
    thread_id: str | None = None
    since: float | None = None
    before: int | None = None
    words: tuple[str, ...] = ()
    text_of: Callable[[StoredTurn], str] = str

    def written(self) -> tuple[str, dict[str, object]]:
        """Return the condition, and the values that its names stand for."""
        found = list(self._conditions())
        values = {name: value for _, given in found for name, value in given.items()}
        return " AND ".join(condition for condition, _ in found) or "1", values

    def _conditions(self) -> Iterator[tuple[str, dict[str, object]]]:
        if self.assistant is not None:
            # Only the environment follows: with a project key the assistant may be called as a workspace is.
            is_its_own = "substr(target, 1, length(:assistant) + 1) = :assistant || '/'"
            ends_there = "instr(substr(target, length(:assistant) + 2), '/') = 0"
            yield f"{is_its_own} AND {ends_there}", {"assistant": self.assistant}
        if self.sources:
            yield "source IN (SELECT value FROM json_each(:sources))", {"sources": json.dumps(self.sources)}
        if self.failed is not None:
            yield f"state {'<>' if self.failed else '='} 'done'", {}
        if self.trials is not None:
            is_trial = "EXISTS (SELECT 1 FROM trials WHERE turn = turns.id)"
            yield is_trial if self.trials else f"NOT {is_trial}", {}
        if self.ids is not None:
            yield "id IN (SELECT value FROM json_each(:ids))", {"ids": json.dumps(list(self.ids))}
        if self.thread_id is not None:
            yield "thread_id = :thread_id", {"thread_id": self.thread_id}
        if self.since is not None:
            yield "at >= :since", {"since": self.since}
        if self.before is not None:
            yield "id < :before", {"before": self.before}
        # Last: it reads the whole call, and SQLite looks at it only where the others hold.
        if self.words:
            yield f"{_SAYS}({COLUMNS})", {}

    def teach(self, database: sqlite3.Connection) -> None:
        """Let a connection know the function that the condition calls."""
        words = [word.casefold() for word in self.words]

        def says(*row: Any) -> bool:
            text = self.text_of(turn_of(row)).casefold()
            return all(word in text for word in words)

        database.create_function(_SAYS, len(COLUMNS.split(",")), says)
