"""A file given new bytes in one step, so that whoever reads it meanwhile sees the old ones or the new."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path


def replace_file(path: Path, data: bytes, written_at: datetime | None = None) -> None:
    """Write a file whole or not at all; one that is there keeps its permissions.

    Args:
        path: Where it belongs.
        data: What it is to hold.
        written_at: The time it is to bear; None for now.

    Raises:
        OSError: It cannot be written; what was there is there.
    """
    _replace(path, data, written_at, lambda: None)


def _replace(path: Path, data: bytes, written_at: datetime | None, check: Callable[[], object]) -> None:
    """Write a file; ``check`` is called at the last moment, and may raise."""
    # Hidden and of no known form: a server that reads the folder at this moment must not see half a file.
    new = path.with_name(f".new-{secrets.token_hex(8)}.tmp")
    try:
        new.write_bytes(data)
        with suppress(OSError):
            new.chmod(path.stat().st_mode & 0o7777)
        if written_at is not None:
            nanoseconds = round(written_at.timestamp() * 1000) * 1_000_000
            with suppress(OSError, OverflowError):  # a date that this file system cannot hold
                os.utime(new, ns=(nanoseconds, nanoseconds))
        check()
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


class ChangedMeanwhile(Exception):
    """Somebody else wrote the file since it was read."""


def replace_unchanged(path: Path, data: bytes, old: bytes | None) -> None:
    """Write a file as :func:`replace_file` does, if it still holds what it held; a link stays one.

    Of two that write like this one writes and the other is told, whatever processes they are in. An editor
    knows nothing of our lock: what it writes between the last look and the replacement, which is the next
    call of the system, is lost.

    Args:
        path: Where it belongs.
        data: What it is to hold.
        old: What it held when it was read; None where it was not there.

    Raises:
        ChangedMeanwhile: It holds something else by now, and is left as it is.
        OSError: It cannot be written.
    """
    path = Path(os.path.realpath(path))

    def check() -> None:
        now = path.read_bytes() if path.exists() else None
        if now != old:
            raise ChangedMeanwhile

    with _alone(path.parent):
        _replace(path, data, None, check)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep others of our kind out of a folder; where a system has no such lock, only the look remains."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
