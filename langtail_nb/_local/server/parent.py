"""Ending together with whoever started this process, however that one ends."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable

_POLL_S = 0.5


def watch_parent(stop: Callable[[], None]) -> None:
    """Call ``stop`` once stdin reaches its end or the parent process has gone.

    Both are watched: a parent that is killed closes the pipe, unless a process it forked still holds it.
    """
    parent = os.getppid()
    for watch in (_stdin_ends, lambda: _parent_goes(parent)):
        threading.Thread(target=_then, args=(watch, stop), daemon=True, name="langtail-parent").start()


def _then(watch: Callable[[], None], stop: Callable[[], None]) -> None:
    watch()
    stop()


def _stdin_ends() -> None:
    # Unbuffered: a buffered reader's lock, held by this daemon thread, aborts the interpreter as it ends.
    while os.read(sys.stdin.fileno(), 1024):
        pass


def _parent_goes(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_S)
