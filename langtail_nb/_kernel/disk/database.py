"""The file beneath the store: opened, made or left alone by its version, and its errors in one line each."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from langtail_nb._kernel.disk.store_error import StoreError

SCHEMA_VERSION: Final = 2
"""What this version writes; a file with a higher one is left as it is."""

_BUSY_S: Final = 2.0
_RETRY_S: Final = 0.05
_TURNS = """CREATE TABLE IF NOT EXISTS turns (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, source TEXT NOT NULL, base_url TEXT NOT NULL,
    target TEXT NOT NULL, thread_id TEXT, thread TEXT, request TEXT, reply TEXT, state TEXT NOT NULL)"""
# Every thread that a name stood for; the newest is the one that it stands for.
_THREADS = """CREATE TABLE IF NOT EXISTS threads (
    base_url TEXT NOT NULL, assistant TEXT NOT NULL, name TEXT NOT NULL, thread_id TEXT NOT NULL,
    at REAL NOT NULL, PRIMARY KEY (base_url, assistant, name, thread_id))"""
# One for each turn that was a trial: the hash it is found by, and those of what the hash is made of.
_TRIALS = (
    """CREATE TABLE IF NOT EXISTS trials (
    turn INTEGER PRIMARY KEY, key TEXT NOT NULL, at REAL NOT NULL, place TEXT NOT NULL, target TEXT NOT NULL,
    setting TEXT NOT NULL, row TEXT NOT NULL, parts TEXT NOT NULL, repeat INTEGER NOT NULL, model TEXT,
    prompt_tokens INTEGER, completion_tokens INTEGER, latency_s REAL, waited_s REAL, thread_id TEXT,
    state TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS trials_by_key ON trials (key)",
    "CREATE INDEX IF NOT EXISTS trials_by_row ON trials (row)",
    "CREATE INDEX IF NOT EXISTS trials_by_thread ON trials (thread_id) WHERE thread_id IS NOT NULL",
    """CREATE TABLE IF NOT EXISTS notes (
    about TEXT NOT NULL, name TEXT NOT NULL, at REAL NOT NULL, value TEXT, PRIMARY KEY (about, name))""",
)
_VERSION = f"PRAGMA user_version = {SCHEMA_VERSION}"
_SCHEMA = (_TURNS, _THREADS, *_TRIALS, _VERSION)
# What brings a store of an earlier version up to this one, by the version that it has.
_STEPS: Final = {
    1: (
        "ALTER TABLE threads RENAME TO threads_of_1",
        _THREADS,
        "INSERT INTO threads SELECT base_url, assistant, name, thread_id, at FROM threads_of_1",
        "DROP TABLE threads_of_1",
        *_TRIALS,
        _VERSION,
    )
}
# They fail where another program's tables have these names.
_PROBES_OF_1 = (
    "SELECT id, at, source, base_url, target, thread_id, thread, request, reply, state FROM turns LIMIT 0",
    "SELECT base_url, assistant, name, thread_id, at FROM threads LIMIT 0",
)
_PROBES = (
    *_PROBES_OF_1,
    "SELECT turn, key, at, place, target, setting, row, parts, repeat, model, prompt_tokens,"
    " completion_tokens, latency_s, waited_s, thread_id, state FROM trials LIMIT 0",
    "SELECT about, name, at, value FROM notes LIMIT 0",
)
_MOVE: Final = "move it away to start anew"
_WHY: Final = {
    sqlite3.SQLITE_BUSY: "another process has it locked",
    sqlite3.SQLITE_LOCKED: "another process has it locked",
    sqlite3.SQLITE_FULL: "there is no room on its disk",
    sqlite3.SQLITE_READONLY: "it cannot be written",
    sqlite3.SQLITE_CANTOPEN: "its folder cannot be written",
    sqlite3.SQLITE_CORRUPT: f"it is damaged; {_MOVE}",
    sqlite3.SQLITE_NOTADB: f"it is no database; {_MOVE}",
    sqlite3.SQLITE_ERROR: f"it is laid out as no version does it; {_MOVE}",
}


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database at ``path`` for one transaction.

    Raises:
        StoreError: It cannot be used, or a newer version made it; one line that names it.
    """
    with told_in_one_line(path):
        database = connected(path)
        try:
            with database:
                yield database
        finally:
            database.close()


@contextmanager
def told_in_one_line(path: Path) -> Iterator[None]:
    """Say what SQLite raises as one line that names the file.

    Raises:
        StoreError: It raised something.
    """
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as exc:
        raise StoreError(f"cannot use {path}: {_why(exc)}") from exc


def shrink(path: Path) -> None:
    """Give the room of what was deleted back to the disk.

    Raises:
        StoreError: Somebody else uses the file, or there is no room to write it anew.
    """
    with opened(path) as database:
        database.execute("VACUUM")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def connected(path: Path, *, of_one_thread: bool = True) -> sqlite3.Connection:
    """Return a connection to a database of this version, made one where it is empty.

    Args:
        of_one_thread: Whether only the thread that opens it may use it.

    Raises:
        StoreError: A newer version made it.
        sqlite3.Error: It cannot be used.
    """
    until = time.monotonic() + _BUSY_S
    while True:
        database = sqlite3.connect(path, timeout=_BUSY_S, check_same_thread=of_one_thread)
        try:
            # The bytes of a text may be of any encoding, where another program wrote them.
            database.text_factory = lambda data: data.decode("utf-8", "replace")
            _prepare(database, path)
            return database
        except sqlite3.Error as exc:
            database.close()
            # Two kernels that begin a store at once: SQLite does not wait where both change its mode.
            if _code(exc) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        except BaseException:
            database.close()
            raise
        time.sleep(_RETRY_S)


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path} was made by a newer version of langtail-nb: upgrade it, or move the file away"
        )
    if not version:
        database.execute("PRAGMA journal_mode = WAL")
        _carry_out(database, version, _SCHEMA)
    elif version < SCHEMA_VERSION:
        # Looked at first: of another layout, it is left as it is.
        _probe(database, _PROBES_OF_1)
        _carry_out(database, version, _STEPS[version])
    _probe(database, _PROBES)


def _probe(database: sqlite3.Connection, probes: Iterable[str]) -> None:
    for probe in probes:
        database.execute(probe)


def _carry_out(database: sqlite3.Connection, version: int, statements: Iterable[str]) -> None:
    """Make the tables of this version, unless another kernel did it first."""
    database.execute("BEGIN IMMEDIATE")
    # In one transaction, so that no kernel that is killed leaves half of it.
    (now,) = database.execute("PRAGMA user_version").fetchone()
    if now == version:
        for statement in statements:
            database.execute(statement)
    database.commit()


def _why(exc: sqlite3.Error | UnicodeDecodeError) -> str:
    """Return SQLite's words, and in plain ones what that means and what to do."""
    if isinstance(exc, UnicodeDecodeError):
        # SQLite tells of a damaged file in the file's own words, which Python cannot read.
        return _WHY[sqlite3.SQLITE_CORRUPT]
    told = _WHY.get(_code(exc) or -1)
    return f"{exc} ({told})" if told else str(exc)


def _code(exc: sqlite3.Error) -> int | None:
    extended: int | None = getattr(exc, "sqlite_errorcode", None)
    return None if extended is None else extended & 0xFF
