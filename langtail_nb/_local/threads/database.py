"""The file beneath the threads: opened and checked, and what its errors mean in one line each."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from langtail_nb._local.protocol.refusals import Refusal, server_error

SCHEMA_VERSION: Final = 1
"""What this version writes; a file with a higher one is refused, not guessed at."""

BUSY_TIMEOUT_S: Final = 2.0
"""How long a call waits for another process that writes."""

_START_TIMEOUT_S = 4.0
_LEAST_TIMEOUT_S = 0.05
_RETRY_S = 0.05

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS threads (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, created_at REAL NOT NULL,
    deleted_at REAL, metadata TEXT, create_log TEXT)""",
    """CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, thread_id TEXT NOT NULL,
    created_at REAL NOT NULL, deleted_at REAL, content TEXT NOT NULL, metadata TEXT)""",
    "CREATE INDEX IF NOT EXISTS messages_of_thread ON messages (thread_id, seq)",
)
# They fail where another program's tables have these names.
_PROBES = (
    "SELECT seq, id, created_at, deleted_at, metadata, create_log FROM threads LIMIT 0",
    "SELECT seq, id, thread_id, created_at, deleted_at, content, metadata FROM messages LIMIT 0",
)

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_CLOSED_TO_US = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
_ANOTHER = "or name another file with --database"


class DatabaseError(Exception):
    """A database that cannot be used; the message is one line that names the file and what to do."""


def connect(path: Path | None) -> sqlite3.Connection:
    """Return a connection to a database that is whole, writable and of this version; None is one in memory.

    Statements commit themselves; `writing` puts several into one transaction.

    Raises:
        DatabaseError: The file cannot be used.
    """
    name = str(path) if path else ":memory:"
    deadline = time.monotonic() + _START_TIMEOUT_S
    while True:
        try:
            return _opened(name)
        except UnicodeDecodeError as exc:
            # SQLite tells of a damaged file in the file's own words, which Python cannot read.
            raise DatabaseError(f"the thread database {name} {_damaged('its words are no text')}") from exc
        except sqlite3.Error as exc:
            # Two servers that start at once on a new file: SQLite does not wait where both change its mode.
            if _code(exc) not in _BUSY or time.monotonic() > deadline:
                raise DatabaseError(f"the thread database {name} {_why_not(exc)}") from exc
        time.sleep(_RETRY_S)


def wait_at_most(connection: sqlite3.Connection, seconds: float) -> None:
    """Let the next statements wait so long for another process, or a moment if nothing is left to wait."""
    connection.execute(f"PRAGMA busy_timeout = {round(1000 * max(seconds, _LEAST_TIMEOUT_S))}")


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """Make the statements of a block one transaction, which no other process can step into."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def refusal_of(name: str, exc: sqlite3.Error | UnicodeDecodeError) -> Refusal:
    """Return what a failed call is answered with: 503 while another process holds the file, else 500."""
    code = sqlite3.SQLITE_CORRUPT if isinstance(exc, UnicodeDecodeError) else _code(exc)
    if code in _BUSY:
        return server_error(503, f"The thread database {name} is locked by another process; try again")
    if code in _DAMAGED:
        return server_error(500, f"The thread database {name} is damaged; stop the server and move it away")
    if code == sqlite3.SQLITE_FULL:
        return server_error(500, f"There is no room on the disk for the thread database {name}")
    return server_error(500, f"The thread database {name} failed: {exc}")


def _opened(name: str) -> sqlite3.Connection:
    if name != ":memory:":
        _make_private(name)
    connection = sqlite3.connect(name, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    # The bytes of a text may be of any encoding, where another program wrote them.
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    try:
        _prepare(connection, name)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_private(name: str) -> None:
    """Make a file that is not there so that nobody else can read it; SQLite makes those beside it alike."""
    try:
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError:
        return  # it is there, or SQLite tells why it cannot be


def _prepare(connection: sqlite3.Connection, name: str) -> None:
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise DatabaseError(f"the thread database {name} {_damaged(found)}")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise DatabaseError(
            f"the thread database {name} was written by a newer langtail-nb (schema {version}, this one "
            f"knows {SCHEMA_VERSION}); upgrade langtail-nb, {_ANOTHER}"
        )
    with writing(connection):
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        for probe in _PROBES:
            connection.execute(probe)
    # With a write-ahead log NORMAL loses a turn only when the machine dies, not when this process does.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def _why_not(exc: sqlite3.Error) -> str:
    code = _code(exc)
    if code in _BUSY:
        return f"is locked by another process; end that one, {_ANOTHER}"
    if code in _DAMAGED:
        return _damaged(str(exc))
    if code in _CLOSED_TO_US:
        return f"cannot be written ({exc}); it and its folder must be writable, {_ANOTHER}"
    return f"cannot be used ({exc}); move it away, {_ANOTHER}"


def _damaged(why: str) -> str:
    return f"is damaged or no such database ({' '.join(why.split())}); move it away to start anew, {_ANOTHER}"


def _code(exc: sqlite3.Error) -> int | None:
    extended: int | None = getattr(exc, "sqlite_errorcode", None)
    return None if extended is None else extended & 0xFF
