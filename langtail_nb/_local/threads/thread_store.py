"""The threads of one database file, for an event loop.

All work is done by one thread of its own, so that a slow disk or another process never holds up a stream.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from langtail_nb._local.protocol.engine import Message
from langtail_nb._local.threads.database import BUSY_TIMEOUT_S, connect, refusal_of, wait_at_most
from langtail_nb._local.threads.tables import Listing, ListPage, Tables

JSON = dict[str, Any]
T = TypeVar("T")


class ThreadStore:
    """`Tables` on a thread of their own. A locked database is a 503, one that fails otherwise a 500.

    Raises:
        DatabaseError: The file cannot be used.
    """

    def __init__(self, path: Path | None) -> None:
        self._name = str(path) if path else "in memory"
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="langtail-store")
        try:
            self._connection = self._worker.submit(connect, path).result()
        except BaseException:
            self._worker.shutdown()
            raise
        self._tables = Tables(self._connection)

    async def open(self, thread_id: str | None, messages: Sequence[Message]) -> tuple[str, list[Message]]:
        """Add messages to a thread, a new one where none is named; return its id and what it held before."""
        return await self._run(lambda: self._tables.open(thread_id, messages))

    async def create_thread(self, metadata: JSON | None, create_log: JSON | None) -> JSON:
        """Return a new thread."""
        return await self._run(lambda: self._tables.create_thread(metadata, create_log))

    async def thread(self, thread_id: str) -> JSON:
        """Return a thread."""
        return await self._run(lambda: self._tables.thread(thread_id))

    async def threads(self, page: ListPage) -> Listing:
        """Return one page of the threads."""
        return await self._run(lambda: self._tables.threads(page))

    async def summaries(self, page: ListPage) -> Listing:
        """Return one page of the threads, each with its ``length`` and its ``first`` message."""
        return await self._run(lambda: self._tables.summaries(page))

    async def update_thread(self, thread_id: str, metadata: JSON) -> JSON:
        """Replace a thread's metadata; return the thread."""
        return await self._run(lambda: self._tables.update_thread(thread_id, metadata))

    async def delete_thread(self, thread_id: str) -> None:
        """Mark a thread and its messages deleted."""
        await self._run(lambda: self._tables.delete_thread(thread_id))

    async def append(
        self, thread_id: str, messages: Sequence[Message], metadata: JSON | None = None
    ) -> list[JSON]:
        """Add messages to a thread, all or none; return them as the API shows them."""
        return await self._run(lambda: self._tables.append(thread_id, messages, metadata))

    async def messages(self, thread_id: str, page: ListPage) -> Listing:
        """Return one page of a thread's messages."""
        return await self._run(lambda: self._tables.messages(thread_id, page))

    async def message(self, thread_id: str, message_id: str) -> JSON:
        """Return a message."""
        return await self._run(lambda: self._tables.message(thread_id, message_id))

    async def update_message(self, thread_id: str, message_id: str, metadata: JSON) -> JSON:
        """Replace a message's metadata; return the message."""
        return await self._run(lambda: self._tables.update_message(thread_id, message_id, metadata))

    async def delete_message(self, thread_id: str, message_id: str) -> None:
        """Mark a message deleted."""
        await self._run(lambda: self._tables.delete_message(thread_id, message_id))

    def close(self) -> None:
        """Close the file."""
        self._worker.submit(self._connection.close)
        self._worker.shutdown()

    async def _run(self, work: Callable[[], T]) -> T:
        until = time.monotonic() + BUSY_TIMEOUT_S

        def patient() -> T:
            # What it waited for those before it counts too, or the last of many would wait for minutes.
            wait_at_most(self._connection, until - time.monotonic())
            return work()

        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, patient)
        except (sqlite3.Error, UnicodeDecodeError) as exc:
            raise refusal_of(self._name, exc) from exc
