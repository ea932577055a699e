"""A database that stays open from one transaction to the next."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from langtail_nb._kernel.disk.database import connected, told_in_one_line


class HeldDatabase:
    """Opens a database once for many transactions, used by one thread at a time.

    Opening it takes longer than most transactions, and with its last connection SQLite writes all that is new
    to the disk once more.
    """

    def __init__(self) -> None:
        self._database: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    @contextmanager
    def opened(self, path: Path) -> Iterator[sqlite3.Connection]:
        """Open the database at ``path`` for one transaction, anew only where the last one failed.

        Raises:
            StoreError: It cannot be used, or a newer version made it; one line that names it.
        """
        with told_in_one_line(path):
            database = self._at(path)
            try:
                with database:
                    yield database
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Close it; the next transaction opens it again."""
        database, self._database = self._database, None
        if database is not None:
            database.close()

    def _at(self, path: Path) -> sqlite3.Connection:
        # Somebody may have moved or deleted the file: what is written to the old one would be lost.
        if self._database is None or _file_at(path) != self._file:
            self.close()
            self._database = connected(path, of_one_thread=False)
            self._file = _file_at(path)
        return self._database


def _file_at(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
