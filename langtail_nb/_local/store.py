"""Threads and their messages in one SQLite file.

All work is done by one thread of its own, so that a slow disk never holds up a stream. What is deleted
is only marked so, as Langtail does.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from langtail_nb._local.assumed import PROJECT_ID
from langtail_nb._local.pieces import Message
from langtail_nb._local.projects import iso_time
from langtail_nb._local.refusals import bad_request, no_message, no_thread, server_error

JSON = dict[str, Any]
T = TypeVar("T")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS threads (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, created_at REAL NOT NULL,
    deleted_at REAL, metadata TEXT, create_log TEXT);
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, thread_id TEXT NOT NULL,
    created_at REAL NOT NULL, deleted_at REAL, content TEXT NOT NULL, metadata TEXT);
CREATE INDEX IF NOT EXISTS messages_of_thread ON messages (thread_id, seq);
"""
_BUSY_TIMEOUT_S = 2.0


class StoreError(Exception):
    """A database that cannot be used; the message is one line that names the file."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: how many, after which id, and which end first."""

    limit: int
    after: str | None = None
    newest_first: bool = False


class Store:
    """The threads of one database file, or of this process alone where no file is given."""

    def __init__(self, path: Path | None) -> None:
        self._name = str(path) if path else ":memory:"
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="langtail-store")
        try:
            self._connection = self._worker.submit(self._open).result()
        except sqlite3.Error as exc:
            self._worker.shutdown()
            raise StoreError(f"the thread database {self._name} cannot be used: {exc}") from exc

    async def create_thread(self, metadata: JSON | None = None, create_log: JSON | None = None) -> JSON:
        """Return a new thread."""
        return await self._run(lambda: self._create_thread(metadata, create_log))

    async def thread(self, thread_id: str) -> JSON:
        """Return a thread. Raises a 404 where there is none."""
        return await self._run(lambda: _thread_object(self._thread(thread_id)))

    async def threads(self, page: Page) -> tuple[list[JSON], bool]:
        """Return one page of threads, and whether more follow."""
        return await self._run(lambda: self._page("threads", "1 = ?", 1, page, _thread_object))

    async def update_thread(self, thread_id: str, metadata: JSON) -> JSON:
        """Replace a thread's metadata, all of it; return the thread."""
        return await self._run(lambda: self._update("threads", thread_id, metadata))

    async def delete_thread(self, thread_id: str) -> None:
        """Mark a thread and its messages deleted."""
        await self._run(lambda: self._delete_thread(thread_id))

    async def history(self, thread_id: str) -> list[Message]:
        """Return what a model is given of a thread: all its messages, oldest first."""
        return await self._run(lambda: self._history(thread_id))

    async def append(
        self, thread_id: str, messages: Sequence[Message], metadata: JSON | None = None
    ) -> list[JSON]:
        """Add messages to a thread, all or none; return them as the API shows them."""
        return await self._run(lambda: self._append(thread_id, messages, metadata))

    async def messages(self, thread_id: str, page: Page) -> tuple[list[JSON], bool]:
        """Return one page of a thread's messages, and whether more follow."""

        def read() -> tuple[list[JSON], bool]:
            self._thread(thread_id)
            return self._page("messages", "thread_id = ?", thread_id, page, _message_object)

        return await self._run(read)

    async def message(self, thread_id: str, message_id: str) -> JSON:
        """Return one message. Raises a 404 where thread or message is missing."""
        return await self._run(lambda: _message_object(self._message(thread_id, message_id)))

    async def update_message(self, thread_id: str, message_id: str, metadata: JSON) -> JSON:
        """Replace a message's metadata; return the message."""

        def write() -> JSON:
            self._message(thread_id, message_id)
            return self._update("messages", message_id, metadata)

        return await self._run(write)

    async def delete_message(self, thread_id: str, message_id: str) -> None:
        """Mark a message deleted."""

        def write() -> None:
            self._message(thread_id, message_id)
            with self._connection:
                self._connection.execute(
                    "UPDATE messages SET deleted_at = ? WHERE id = ?", (time.time(), message_id)
                )

        await self._run(write)

    def close(self) -> None:
        """Close the file."""
        self._worker.submit(self._connection.close)
        self._worker.shutdown()

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, work)
        except sqlite3.OperationalError as exc:
            raise server_error(503, f"The thread database is not available: {exc}") from exc
        except sqlite3.Error as exc:
            raise server_error(500, f"The thread database failed: {exc}") from exc

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._name, timeout=_BUSY_TIMEOUT_S)
        connection.row_factory = sqlite3.Row
        # With a write-ahead log NORMAL loses a turn only when the machine dies, not when this process does.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_SCHEMA)
        return connection

    def _create_thread(self, metadata: JSON | None, create_log: JSON | None) -> JSON:
        thread_id = str(uuid.uuid4())
        row = (thread_id, time.time(), _packed(metadata), _packed(create_log))
        with self._connection:
            self._connection.execute(
                "INSERT INTO threads (id, created_at, metadata, create_log) VALUES (?, ?, ?, ?)", row
            )
        return _thread_object(self._thread(thread_id))

    def _thread(self, thread_id: str) -> sqlite3.Row:
        row = self._one("SELECT * FROM threads WHERE id = ? AND deleted_at IS NULL", thread_id)
        if row is None:
            raise no_thread()
        return row

    def _message(self, thread_id: str, message_id: str) -> sqlite3.Row:
        self._thread(thread_id)
        query = "SELECT * FROM messages WHERE id = ? AND thread_id = ? AND deleted_at IS NULL"
        row = self._one(query, message_id, thread_id)
        if row is None:
            raise no_message()
        return row

    def _update(self, table: str, row_id: str, metadata: JSON) -> JSON:
        if table == "threads":
            self._thread(row_id)
        with self._connection:
            self._connection.execute(
                f"UPDATE {table} SET metadata = ? WHERE id = ?", (_packed(metadata), row_id)
            )
        row = self._one(f"SELECT * FROM {table} WHERE id = ?", row_id)
        assert row is not None
        return _thread_object(row) if table == "threads" else _message_object(row)

    def _delete_thread(self, thread_id: str) -> None:
        self._thread(thread_id)
        now = time.time()
        with self._connection:
            self._connection.execute("UPDATE threads SET deleted_at = ? WHERE id = ?", (now, thread_id))
            query = "UPDATE messages SET deleted_at = ? WHERE thread_id = ? AND deleted_at IS NULL"
            self._connection.execute(query, (now, thread_id))

    def _history(self, thread_id: str) -> list[Message]:
        self._thread(thread_id)
        query = "SELECT content FROM messages WHERE thread_id = ? AND deleted_at IS NULL ORDER BY seq"
        return [json.loads(row["content"]) for row in self._connection.execute(query, (thread_id,))]

    def _append(self, thread_id: str, messages: Sequence[Message], metadata: JSON | None) -> list[JSON]:
        self._thread(thread_id)
        ids = [str(uuid.uuid4()) for _ in messages]
        rows = [
            (row_id, thread_id, time.time(), _packed(message), _packed(metadata))
            for row_id, message in zip(ids, messages, strict=True)
        ]
        with self._connection:
            self._connection.executemany(
                "INSERT INTO messages (id, thread_id, created_at, content, metadata) VALUES (?, ?, ?, ?, ?)",
                rows,
            )
        return [_message_object(self._message(thread_id, row_id)) for row_id in ids]

    def _page(
        self, table: str, where: str, value: object, page: Page, show: Callable[[sqlite3.Row], JSON]
    ) -> tuple[list[JSON], bool]:
        order, beyond = ("DESC", "<") if page.newest_first else ("ASC", ">")
        query, values = f"SELECT * FROM {table} WHERE {where} AND deleted_at IS NULL", [value]
        if page.after is not None:
            query += f" AND seq {beyond} ?"
            values.append(self._position(table, where, value, page.after))
        rows = self._connection.execute(
            f"{query} ORDER BY seq {order} LIMIT ?", (*values, page.limit + 1)
        ).fetchall()
        return [show(row) for row in rows[: page.limit]], len(rows) > page.limit

    def _position(self, table: str, where: str, value: object, row_id: str) -> int:
        # A deleted item still marks a place, so that a client can delete while it pages.
        row = self._one(f"SELECT seq FROM {table} WHERE {where} AND id = ?", value, row_id)
        if row is None:
            raise bad_request(f"after: no item {row_id!r} in this list", "after")
        return int(row["seq"])

    def _one(self, query: str, *values: object) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._connection.execute(query, values).fetchone()
        return row


def _thread_object(row: sqlite3.Row) -> JSON:
    return {
        "id": row["id"],
        "createdAt": iso_time(row["created_at"]),
        "deletedAt": None,
        "projectId": PROJECT_ID,
        "createLog": _unpacked(row["create_log"]),
        "metadata": _unpacked(row["metadata"]),
    }


def _message_object(row: sqlite3.Row) -> JSON:
    return {
        "id": row["id"],
        "threadId": row["thread_id"],
        "createdAt": iso_time(row["created_at"]),
        "deletedAt": None,
        "content": json.loads(row["content"]),
        "requestLogId": None,
        "requestLog": None,
        "metadata": _unpacked(row["metadata"]),
    }


def _packed(value: JSON | None) -> str | None:
    # Escaped, because a lone surrogate is legal in JSON and cannot be stored as UTF-8.
    return None if value is None else json.dumps(value)


def _unpacked(text: str | None) -> JSON | None:
    value: JSON | None = None if text is None else json.loads(text)
    return value
