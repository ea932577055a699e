"""Answers that are on their way, put on disk while they grow, by a thread that may wait for the disk."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Lock, Thread
from typing import Final

EVERY_S: Final = 1.0
"""Seconds from one note to the next; what a kernel that is killed loses of an answer is little more."""

_log = logging.getLogger("langtail_nb")


class Notes:
    """The newest note on each of several things, taken about once a second.

    Neither the thread that paints nor the network's may wait for a disk: they leave a job here, in place of
    the one before it. The thread ends where nothing is left for a second.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._jobs: dict[object, Callable[[], object]] = {}
        self._worker: Thread | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no job waits."""
        with self._lock:
            return not self._jobs

    def put(self, about: object, job: Callable[[], object]) -> None:
        """Have a job done soon, on a thread of its own, unless another one about the same comes before."""
        with self._lock:
            self._jobs[about] = job
            # After a fork it is there and not alive.
            if self._worker is None or not self._worker.is_alive():
                self._worker = Thread(target=self._work, name="langtail_nb notes", daemon=True)
                self._worker.start()

    def drop(self, about: object) -> None:
        """Leave a job undone that has not begun."""
        with self._lock:
            self._jobs.pop(about, None)

    def _work(self) -> None:
        while True:
            time.sleep(EVERY_S)
            with self._lock:
                jobs, self._jobs = list(self._jobs.values()), {}
                if not jobs:
                    self._worker = None
                    return
            for job in jobs:
                _do(job)


def _do(job: Callable[[], object]) -> None:
    try:
        job()
    except Exception as exc:  # the end of a thread's stack; the next note may be taken
        _log.error("a note of an answer ended in an error", exc_info=exc)
