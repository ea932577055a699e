"""One call at a time on a thread, and an interrupt that ends the wait."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from langtail_nb._errors import Interrupted


@contextmanager
def in_turn(lock: threading.Lock) -> Iterator[None]:
    """Hold a lock, waited for so that an interrupt ends the wait.

    Raises:
        Interrupted: The user stopped the cell before its turn came.
    """
    try:
        # Short waits: a lock wait without a limit cannot be interrupted on Windows.
        while not lock.acquire(timeout=0.2):
            pass
    except KeyboardInterrupt as exc:
        raise Interrupted(
            "stopped while waiting for an earlier call on this thread; nothing was sent"
        ) from exc
    try:
        yield
    finally:
        lock.release()
