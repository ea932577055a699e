"""Files beside each other in a folder of recordings: read line by line, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

_LONGEST_LINE: Final = 64_000_000


def lines_of(path: Path) -> list[str]:
    """Return the lines of a file that are not blank; none of one that cannot be read."""
    try:
        content = path.read_bytes()
    except OSError:
        return []
    lines = content.split(b"\n")
    return [line.decode(errors="replace") for line in lines if line.strip() and len(line) <= _LONGEST_LINE]


def replace(path: Path, content: str) -> None:
    """Write a file whole or not at all.

    Raises:
        OSError: It cannot be written; it is as it was.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # As git makes files: recordings are meant to be read by others.
        os.chmod(name, _mode_of(path))
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def stamp(path: Path) -> object:
    """Return what is another once somebody has written to a file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _mode_of(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return 0o644
