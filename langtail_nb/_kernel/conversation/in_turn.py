"""One call at a time in a conversation, and an interrupt that ends the wait."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from langtail_nb._errors import Interrupted
from langtail_nb._kernel.interrupts import Interrupts

# A lock wait without a limit cannot be interrupted on Windows, and would not see that one came elsewhere.
_LONGEST_WAIT_S = 0.2


@contextmanager
def in_turn(lock: threading.Lock, interrupts: Interrupts) -> Iterator[None]:
    """Hold a lock, waited for so that an interrupt ends the wait.

    Raises:
        Interrupted: The user stopped the cell before its turn came.
    """
    while not lock.acquire(timeout=_LONGEST_WAIT_S):
        if interrupts.count:
            raise Interrupted("stopped while waiting for an earlier call on this thread; nothing was sent")
    try:
        if interrupts.count:
            raise Interrupted("stopped before anything was sent")
        yield
    finally:
        lock.release()
