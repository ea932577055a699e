"""Everything kept on disk: the turns of conversations and the names of threads.

A paid answer is written here before it is shown. The contents of a call with ``do_not_record`` are not
written; its thread id is.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from langtail_nb._kernel.folder import StoreError, folder, make_folder

_SCHEMA = """
CREATE TABLE IF NOT EXISTS turns (
  id INTEGER PRIMARY KEY, at REAL NOT NULL, source TEXT NOT NULL, base_url TEXT NOT NULL,
  target TEXT NOT NULL, thread_id TEXT, thread TEXT, request TEXT, reply TEXT, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS threads (
  base_url TEXT NOT NULL, assistant TEXT NOT NULL, name TEXT NOT NULL, thread_id TEXT NOT NULL,
  at REAL NOT NULL, PRIMARY KEY (base_url, assistant, name));
PRAGMA user_version = 1;
"""


class StoredThread(NamedTuple):
    """A named thread of an earlier or this kernel."""

    name: str
    thread_id: str
    at: float


class Kept(NamedTuple):
    """Where a call is kept: the row and its file, whatever the working directory is when the answer comes."""

    path: Path
    id: int


class StoredTurn(NamedTuple):
    """One call as it was kept: by a cell, a panel or a function, answered or not.

    Attributes:
        at: When it was sent, seconds since 1970.
        source: ``cell``, ``ask``, ``panel`` or ``compare``.
        request: Its body; None where its contents were not to be recorded.
        reply: What came back, as :meth:`Store.end_turn` was given it.
        state: ``sent``, ``open``, ``done``, ``partial`` or ``failed``.
    """

    id: int
    at: float
    source: str
    base_url: str
    target: str
    request: dict[str, Any] | None
    reply: dict[str, Any] | None
    state: str


class Store:
    """The project's ``store.sqlite``; each call opens and closes it, so kernels and processes share it."""

    def begin_turn(
        self, *, source: str, base_url: str, target: str, thread: str | None, request: dict[str, Any] | None
    ) -> Kept:
        """Keep that a call is about to be sent, and return where."""
        path = _path()
        with self._open(path) as database:
            cursor = database.execute(
                "INSERT INTO turns (at, source, base_url, target, thread, request, state)"
                " VALUES (?, ?, ?, ?, ?, ?, 'sent')",
                (time.time(), source, base_url, target, thread, _dump(request)),
            )
            return Kept(path, int(cursor.lastrowid or 0))

    def open_turn(self, turn: Kept, thread_id: str | None) -> None:
        """Keep the thread id, known before the first chunk."""
        with self._open(turn.path) as database:
            database.execute(
                "UPDATE turns SET thread_id = ?, state = 'open' WHERE id = ?", (thread_id, turn.id)
            )

    def end_turn(
        self, turn: Kept, *, thread_id: str | None, reply: dict[str, Any] | None, state: str
    ) -> None:
        """Keep the answer; ``state`` is ``done``, ``partial`` or ``failed``.

        Raises:
            StoreError: It cannot be written, or the call is not there any more.
        """
        with self._open(turn.path) as database:
            cursor = database.execute(
                "UPDATE turns SET thread_id = coalesce(?, thread_id), reply = ?, state = ? WHERE id = ?",
                (thread_id, _dump(reply), state, turn.id),
            )
            if cursor.rowcount != 1:
                raise StoreError(f"the call is not in {turn.path} any more; its answer is not on disk")

    def version(self) -> object:
        """Return something that is another after each change, by whichever process."""
        if not _exists():
            return None
        path = _path()
        # SQLite takes the second one away whenever nobody has the store open.
        return [_stat(file) for file in (path, path.with_name("store.sqlite-wal"))]

    def recent(self, assistant: str, *, limit: int = 50) -> list[StoredTurn]:
        """Return the newest turns of an assistant (workspace/project/assistant), newest first."""
        # Only the environment follows: with a project key the assistant may be called as a workspace is.
        is_its_own = "substr(target, 1, length(?1) + 1) = ?1 || '/'"
        ends_there = "instr(substr(target, length(?1) + 2), '/') = 0"
        return self._turns(f"{is_its_own} AND {ends_there}", assistant, limit)

    def turn(self, number: int) -> StoredTurn | None:
        """Return the turn of this number, or None."""
        return next(iter(self._turns("id = ?1", number, 1)), None)

    def _turns(self, condition: str, *values: object) -> list[StoredTurn]:
        if not _exists():
            return []
        query = (
            "SELECT id, at, source, base_url, target, request, reply, state FROM turns"
            f" WHERE {condition} ORDER BY id DESC LIMIT ?2"
        )
        with self._open() as database:
            rows = database.execute(query, [_storable(value) for value in values]).fetchall()
        return [
            StoredTurn(number, at, source, base_url, target, _load(request), _load(reply), state)
            for number, at, source, base_url, target, request, reply, state in rows
        ]

    def name_thread(self, base_url: str, assistant: str, name: str, thread_id: str) -> None:
        """Keep which thread a name stands for; the newest wins."""
        with self._open() as database:
            database.execute(
                "INSERT OR REPLACE INTO threads VALUES (?,?,?,?,?)",
                (base_url, assistant, name, thread_id, time.time()),
            )

    def forget_thread(self, base_url: str, thread_id: str) -> None:
        """Drop every name of a thread."""
        with self._open() as database:
            database.execute(
                "DELETE FROM threads WHERE base_url = ? AND thread_id = ?", (base_url, thread_id)
            )

    def threads(self, base_url: str, assistant: str) -> list[StoredThread]:
        """Return the named threads of an assistant, newest first."""
        if not _exists():
            return []
        query = (
            "SELECT name, thread_id, at FROM threads WHERE base_url = ? AND assistant = ? ORDER BY at DESC"
        )
        with self._open() as database:
            return [StoredThread(*row) for row in database.execute(query, (base_url, assistant))]

    @contextmanager
    def _open(self, path: Path | None = None) -> Iterator[sqlite3.Connection]:
        path = path or _path()
        try:
            database = sqlite3.connect(path, timeout=2)
            try:
                with database:
                    if database.execute("PRAGMA user_version").fetchone()[0] == 0:
                        database.execute("PRAGMA journal_mode = WAL")
                        database.executescript(_SCHEMA)
                    yield database
            finally:
                database.close()
        except sqlite3.Error as exc:
            raise StoreError(f"cannot use {path}: {exc}") from exc


def _path() -> Path:
    return make_folder().absolute() / "store.sqlite"


def _stat(file: Path) -> tuple[Path, int, int]:
    try:
        found = file.stat()
    except FileNotFoundError:
        return file, 0, 0
    return file, found.st_mtime_ns, found.st_size


def _storable(value: object) -> object:
    # A number that a user typed may be larger than any that SQLite can hold; no row has it.
    return min(value, 2**63 - 1) if isinstance(value, int) else value


def _dump(value: dict[str, Any] | None) -> str | None:
    # Escaped, because a lone surrogate is legal in JSON and cannot be stored as UTF-8.
    return None if value is None else json.dumps(value)


def _load(text: str | None) -> dict[str, Any] | None:
    value = None if text is None else json.loads(text)
    return value if isinstance(value, dict) else None


def _exists() -> bool:
    try:
        return (folder() / "store.sqlite").exists()
    except OSError as exc:
        raise StoreError(f"cannot look for stored threads: {exc.strerror or exc}") from exc
