"""Threads and messages as rows of an SQLite database; what is deleted is only marked so, as Langtail does."""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from langtail_nb._local.protocol.assumed import PROJECT_ID
from langtail_nb._local.protocol.engine import Message
from langtail_nb._local.protocol.refusals import bad_request, no_message, no_thread
from langtail_nb._local.protocol.wire import iso_time
from langtail_nb._local.threads.database import writing

JSON = dict[str, Any]
Listing = tuple[list[JSON], bool]
"""One page of a list, and whether more follow."""

_NEW_THREAD = "INSERT INTO threads (id, created_at, metadata, create_log) VALUES (?, ?, ?, ?)"
_NEW_MESSAGE = "INSERT INTO messages (id, thread_id, created_at, content, metadata) VALUES (?, ?, ?, ?, ?)"

_COUNT_MESSAGES = "SELECT count(*) FROM messages WHERE thread_id = ? AND deleted_at IS NULL"
_FIRST_MESSAGE = """
SELECT CASE WHEN length(content) < 1000000 THEN content END FROM messages
WHERE thread_id = ? AND deleted_at IS NULL ORDER BY seq LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list: how many, after which id, and which end first."""

    limit: int
    after: str | None = None
    newest_first: bool = False


class Tables:
    """The rows, as the objects of the API. Ids that are unknown or deleted raise a 404."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.row_factory = sqlite3.Row

    def create_thread(self, metadata: JSON | None, create_log: JSON | None) -> JSON:
        """Return a new thread."""
        with writing(self._connection):
            thread_id = self._insert_thread(metadata, create_log)
        return self.thread(thread_id)

    def open(self, thread_id: str | None, messages: Sequence[Message]) -> tuple[str, list[Message]]:
        """Add messages to a thread, a new one where none is named; return its id and what it held before."""
        with writing(self._connection):
            if thread_id is None:
                thread_id, history = self._insert_thread(None, None), []
            else:
                history = self._history(thread_id)
            self._insert_messages(thread_id, messages, None)
        return thread_id, history

    def thread(self, thread_id: str) -> JSON:
        """Return a thread."""
        return _thread_object(self._thread(thread_id))

    def threads(self, page: ListPage) -> Listing:
        """Return one page of the threads."""
        return self._page("threads", "1 = ?", 1, page, _thread_object)

    def summaries(self, page: ListPage) -> Listing:
        """Return one page of the threads, each with its ``length`` and its ``first`` message.

        A first message of megabytes, such as one with images in it, is None.
        """
        threads, has_more = self.threads(page)
        return [{**thread, **self._summary(thread["id"])} for thread in threads], has_more

    def update_thread(self, thread_id: str, metadata: JSON) -> JSON:
        """Replace a thread's metadata; return the thread."""
        with writing(self._connection):
            self._thread(thread_id)
            self._connection.execute(
                "UPDATE threads SET metadata = ? WHERE id = ?", (_packed(metadata), thread_id)
            )
        return self.thread(thread_id)

    def delete_thread(self, thread_id: str) -> None:
        """Mark a thread and its messages deleted."""
        now = time.time()
        with writing(self._connection):
            self._thread(thread_id)
            self._connection.execute("UPDATE threads SET deleted_at = ? WHERE id = ?", (now, thread_id))
            query = "UPDATE messages SET deleted_at = ? WHERE thread_id = ? AND deleted_at IS NULL"
            self._connection.execute(query, (now, thread_id))

    def append(self, thread_id: str, messages: Sequence[Message], metadata: JSON | None) -> list[JSON]:
        """Add messages to a thread, all or none; return them."""
        with writing(self._connection):
            self._thread(thread_id)
            ids = self._insert_messages(thread_id, messages, metadata)
        return [self.message(thread_id, message_id) for message_id in ids]

    def messages(self, thread_id: str, page: ListPage) -> Listing:
        """Return one page of a thread's messages."""
        self._thread(thread_id)
        return self._page("messages", "thread_id = ?", thread_id, page, _message_object)

    def message(self, thread_id: str, message_id: str) -> JSON:
        """Return a message."""
        self._thread(thread_id)
        query = "SELECT * FROM messages WHERE id = ? AND thread_id = ? AND deleted_at IS NULL"
        row = self._one(query, message_id, thread_id)
        if row is None:
            raise no_message()
        return _message_object(row)

    def update_message(self, thread_id: str, message_id: str, metadata: JSON) -> JSON:
        """Replace a message's metadata; return the message."""
        with writing(self._connection):
            self.message(thread_id, message_id)
            query = "UPDATE messages SET metadata = ? WHERE id = ?"
            self._connection.execute(query, (_packed(metadata), message_id))
        return self.message(thread_id, message_id)

    def delete_message(self, thread_id: str, message_id: str) -> None:
        """Mark a message deleted."""
        with writing(self._connection):
            self.message(thread_id, message_id)
            query = "UPDATE messages SET deleted_at = ? WHERE id = ?"
            self._connection.execute(query, (time.time(), message_id))

    def _thread(self, thread_id: str) -> sqlite3.Row:
        row = self._one("SELECT * FROM threads WHERE id = ? AND deleted_at IS NULL", thread_id)
        if row is None:
            raise no_thread()
        return row

    def _summary(self, thread_id: str) -> JSON:
        counted = self._one(_COUNT_MESSAGES, thread_id)
        first = self._one(_FIRST_MESSAGE, thread_id)
        return {"length": counted[0] if counted else 0, "first": _unpacked(first[0]) if first else None}

    def _history(self, thread_id: str) -> list[Message]:
        self._thread(thread_id)
        query = "SELECT content FROM messages WHERE thread_id = ? AND deleted_at IS NULL ORDER BY seq"
        return [json.loads(row["content"]) for row in self._connection.execute(query, (thread_id,))]

    def _insert_thread(self, metadata: JSON | None, create_log: JSON | None) -> str:
        thread_id = str(uuid.uuid4())
        row = (thread_id, time.time(), _packed(metadata), _packed(create_log))
        self._connection.execute(_NEW_THREAD, row)
        return thread_id

    def _insert_messages(
        self, thread_id: str, messages: Sequence[Message], metadata: JSON | None
    ) -> list[str]:
        ids = [str(uuid.uuid4()) for _ in messages]
        rows = [
            (row_id, thread_id, time.time(), _packed(message), _packed(metadata))
            for row_id, message in zip(ids, messages, strict=True)
        ]
        self._connection.executemany(_NEW_MESSAGE, rows)
        return ids

    def _page(
        self, table: str, where: str, value: object, page: ListPage, show: Callable[[sqlite3.Row], JSON]
    ) -> Listing:
        order, beyond = ("DESC", "<") if page.newest_first else ("ASC", ">")
        query, values = f"SELECT * FROM {table} WHERE {where} AND deleted_at IS NULL", [value]  # noqa: S608
        if page.after is not None:
            query += f" AND seq {beyond} ?"
            values.append(self._position(table, where, value, page.after))
        query += f" ORDER BY seq {order} LIMIT ?"
        rows = self._connection.execute(query, (*values, page.limit + 1)).fetchall()
        return [show(row) for row in rows[: page.limit]], len(rows) > page.limit

    def _position(self, table: str, where: str, value: object, row_id: str) -> int:
        # A deleted item still marks a place, so that a client can delete while it pages.
        row = self._one(f"SELECT seq FROM {table} WHERE {where} AND id = ?", value, row_id)  # noqa: S608
        if row is None:
            raise bad_request(f"after: no item {row_id!r} in this list", "after")
        return int(row["seq"])

    def _one(self, query: str, *values: object) -> sqlite3.Row | None:
        try:
            row: sqlite3.Row | None = self._connection.execute(query, values).fetchone()
        except UnicodeEncodeError:
            # Half a surrogate is legal in JSON; SQLite cannot be asked for it, and no id has one.
            return None
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
