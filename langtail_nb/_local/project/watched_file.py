"""A file that may change while the server runs."""

from __future__ import annotations

import os
import time
from pathlib import Path

_SETTLED_NS = 1_000_000_000


class WatchedFile:
    """A file, and how it was when it was last looked at."""

    def __init__(self, path: Path) -> None:
        self._path = os.fspath(path)
        self._stamp: tuple[int, ...] | None = None
        self._content = 0
        self._is_settled = False
        self.has_changed()

    def has_changed(self) -> bool:
        """Return whether time or content differ from the last look. A file that is gone has changed, once."""
        stamp = self._stamp_now()
        if stamp == self._stamp and self._is_settled:
            return False
        # Read again while it is young: the clock of a file system may stand still between two edits.
        self._is_settled = stamp is None or time.time_ns() - stamp[0] > _SETTLED_NS
        content = self._content_now()
        changed = (stamp, content) != (self._stamp, self._content)
        self._stamp, self._content = stamp, content
        return changed

    def _stamp_now(self) -> tuple[int, ...] | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _content_now(self) -> int:
        try:
            with open(self._path, "rb") as file:
                return hash(file.read())
        except OSError:
            return 0
