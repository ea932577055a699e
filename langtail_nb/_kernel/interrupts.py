"""The user's interrupt while a cell waits: it stops the network call, and nothing else."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any


class Interrupts:
    """Counts SIGINTs while it is open, in place of the KeyboardInterrupt that could land anywhere.

    The first one calls :attr:`stop`, if that is set; the second raises KeyboardInterrupt, for whoever sees
    no end. Outside the main thread (a subshell) it counts nothing, since no signal arrives there.

    Attributes:
        count: SIGINTs so far.
        stop: Must only schedule: it runs inside the signal handler, where taking a lock that the main
            thread holds would hang the kernel (seen with ``Event.set`` and ``Queue.put``).
    """

    def __init__(self) -> None:
        self.count = 0
        self.stop: Callable[[], object] | None = None
        self._before: Any = None

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _on_signal(self, signum: int, frame: FrameType | None) -> None:
        self.count += 1
        if self.count > 1:
            raise KeyboardInterrupt
        if self.stop is not None:
            self.stop()
