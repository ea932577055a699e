"""Jobs on a thread that may wait, one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock


class InTurn:
    """Does jobs aside in the order in which they are given: what was asked last is told last.

    Args:
        aside: Does something on a thread that may wait.
    """

    def __init__(self, aside: Callable[[Callable[[], object]], object]) -> None:
        self._aside = aside
        self._jobs: deque[Callable[[], object]] = deque()
        self._lock = Lock()

    def __call__(self, job: Callable[[], object]) -> None:
        """Do a job once those before it are over."""
        with self._lock:
            self._jobs.append(job)
            is_first = len(self._jobs) == 1
        if is_first:
            self._aside(self._work)

    def _work(self) -> None:
        try:
            self._jobs[0]()
        finally:
            with self._lock:
                self._jobs.popleft()
                goes_on = bool(self._jobs)
            if goes_on:
                self._aside(self._work)
