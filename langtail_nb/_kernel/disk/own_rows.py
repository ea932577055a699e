"""The calls that one process made, told apart from those that it found in the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from threading import Lock


class Spans:
    """Numbers that mostly follow each other, as first and last ones: a million take no more room than two."""

    def __init__(self) -> None:
        self._spans: list[tuple[int, int]] = []
        self._lock = Lock()

    def add(self, numbers: Iterable[int]) -> None:
        """Add numbers."""
        with self._lock:
            for number in sorted(numbers):
                first, last = self._spans[-1] if self._spans else (number, number - 1)
                follows = number == last + 1
                self._spans[-1:] = [(first, number)] if follows else [(first, last), (number, number)]

    def all(self) -> list[tuple[int, int]]:
        """Return the first and the last number of each span."""
        with self._lock:
            return [*self._spans]


class OwnRows:
    """The rows of a store that this process wrote, numbered from 1, and the threads that it named.

    Attributes:
        trials: The numbers of its trials' turns, by folder.
        notes: What it noted of sweeps: about which, and by what name.
    """

    def __init__(self) -> None:
        self._numbers: dict[Path, dict[int, int]] = {}
        self._threads: set[str] = set()
        self.trials: defaultdict[Path, Spans] = defaultdict(Spans)
        self.notes: set[tuple[str, str]] = set()

    def add(self, folder: Path, id: int) -> None:
        """Know a row as one of this process."""
        numbers = self._numbers.setdefault(folder, {})
        numbers.setdefault(id, len(numbers) + 1)

    def number(self, folder: Path, id: int) -> int:
        """Return which one of this process a row is, from 1; 0 for none."""
        return self._numbers.get(folder, {}).get(id, 0)

    def id_of(self, folder: Path, number: int) -> int:
        """Return the row that has a number here; 0, which no row is, where none has."""
        numbers = self._numbers.get(folder, {})
        return next((id for id, own in numbers.items() if own == number), 0)

    def ids(self, folder: Path) -> list[int]:
        """Return the rows in a folder, in order."""
        return [*self._numbers.get(folder, {})]

    def name(self, thread_id: str) -> None:
        """Know a thread as one that this process named."""
        self._threads.add(thread_id)

    def has_named(self, thread_id: str) -> bool:
        """Return whether this process named a thread."""
        return thread_id in self._threads
