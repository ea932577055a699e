"""One writer at a time among the processes that use a folder."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_LONGEST_S: Final = 10.0
_PAUSE_S: Final = 0.01


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file, made where it is missing; it ends with the process, whatever happens to it.

    Raises:
        TimeoutError: Another process holds it for ten seconds.
    """
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
    try:
        _wait(handle, path)
        yield
    finally:
        os.close(handle)


def _wait(handle: int, path: Path) -> None:
    until = time.monotonic() + _LONGEST_S
    while not _take(handle):
        if time.monotonic() > until:
            raise TimeoutError(f"another process has been writing to {path.parent} for {_LONGEST_S:.0f} s")
        time.sleep(_PAUSE_S)


try:
    import fcntl
except ImportError:  # Windows
    import msvcrt

    def _take(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True
else:

    def _take(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
