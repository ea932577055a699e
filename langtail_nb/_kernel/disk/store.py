"""Everything kept on disk: the turns of conversations and the names of threads; trials in ``trials``.

A paid answer is written here before it is shown. The contents of a call with ``do_not_record`` are not
written; its thread id is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from langtail_nb._kernel.disk.database import opened, shrink
from langtail_nb._kernel.disk.folder import STORE, file_in, folder, found_in
from langtail_nb._kernel.disk.held_database import HeldDatabase
from langtail_nb._kernel.disk.kept import Kept, new_turn, written
from langtail_nb._kernel.disk.own_rows import OwnRows
from langtail_nb._kernel.disk.query import Query
from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._kernel.disk.stored import COLUMNS, StoredThread, StoredTurn, thread_of, turn_of
from langtail_nb._text.characters import mended

if TYPE_CHECKING:
    import sqlite3

Opening = Callable[[Path], AbstractContextManager["sqlite3.Connection"]]


class Pruned(NamedTuple):
    """What was removed and what stays: calls, and bytes on disk."""

    removed: int
    freed: int
    left: int
    size: int


class Store:
    """The project's ``store.sqlite``; each call opens and closes it, so kernels and processes share it.

    Args:
        is_apart: Whether only what this process wrote is read, numbered from 1 and without its times: so a
            notebook shows the same whatever was here before.
    """

    def __init__(self, is_apart: Callable[[], bool] = lambda: False) -> None:
        self._told: list[str] = []
        self._is_apart, self._own = is_apart, OwnRows()
        self._since = time.time()

    def take_told(self) -> list[str]:
        """Return what is to be told of the folder since the last time."""
        told, self._told = self._told, []
        return told

    def begin_turn(
        self, *, source: str, base_url: str, target: str, thread: str | None, request: dict[str, Any] | None
    ) -> Kept:
        """Keep that a call is about to be sent, and return it."""
        turn = new_turn(source=source, base_url=base_url, target=target, thread=thread, request=request)
        self.keep(turn)
        return turn

    def keep(self, turn: Kept) -> None:
        """Bring the disk up to what is known of a call.

        Raises:
            StoreError: It cannot be written.
        """
        with turn.lock:
            self._keep(turn)

    def open_turn(self, turn: Kept, thread_id: str | None) -> None:
        """Keep the thread id, known before the first chunk."""
        turn.open(thread_id)
        self.keep(turn)

    def note_turn(self, turn: Kept, reply: dict[str, Any]) -> None:
        """Keep an answer as far as it has come, in case it comes no further; nothing once it has ended."""
        text = written(reply)
        with turn.lock:
            if not turn.has_ended:
                turn.reply, turn.state = text, "partial"
                self._keep(turn)

    def end_turn(
        self, turn: Kept, *, thread_id: str | None, reply: dict[str, Any] | None, state: str
    ) -> None:
        """Keep the answer; ``state`` is ``done``, ``partial`` or ``failed``.

        Raises:
            StoreError: It cannot be written.
        """
        text = written(reply)
        with turn.lock:
            turn.thread_id, turn.reply = thread_id or turn.thread_id, text
            turn.state, turn.has_ended = state, True
            self._keep(turn)

    def _keep(self, turn: Kept) -> None:
        turn.folder = turn.folder or folder().absolute()
        with self._open(turn.folder) as database:
            # Both: in a store that was begun anew meanwhile the number is another call's.
            changed = database.execute(
                "UPDATE turns SET thread_id = ?, reply = ?, state = ? WHERE id = ? AND at = ?",
                (*storable(turn.thread_id, turn.reply, turn.state), turn.id, turn.at),
            ).rowcount
            if not changed:
                turn.id = inserted(database, turn)
                self._own.add(turn.folder, turn.id)

    def version(self) -> object:
        """Return something that is another after each change, by whichever process."""
        path = _found()
        # SQLite takes the second one away whenever nobody has the store open.
        return path and [_stat(file) for file in (path, path.with_name(f"{STORE}-wal"))] + [self._is_apart()]

    def recent(self, assistant: str, *, limit: int = 50) -> list[StoredTurn]:
        """Return the newest turns of an assistant (workspace/project/assistant), newest first.

        Trials of sweeps are not among them: hundreds of a kind would leave no room for others.
        """
        return self.find(Query(assistant, trials=False), limit=limit)

    def turn(self, number: int) -> StoredTurn | None:
        """Return the turn of this number, or None."""
        return next(iter(self.find(Query(ids=[number]), limit=1)), None)

    def newest_on(self, thread_id: str) -> StoredTurn | None:
        """Return the newest turn of a thread, or None."""
        return next(iter(self.find(Query(thread_id=thread_id), limit=1)), None)

    def find(self, query: Query, *, limit: int | None = None) -> list[StoredTurn]:
        """Return the turns that a query finds, newest first, at most ``limit``."""
        most = -1 if limit is None else limit
        rows = self._select(COLUMNS, self._read_as(query), "ORDER BY id DESC LIMIT :most", most=most)
        found = [turn_of(row) for row in rows]
        if not self._is_apart():
            return found
        place = folder().absolute()
        return [turn._replace(id=self._own.number(place, turn.id), at=0.0) for turn in found]

    def count(self, query: Query) -> int:
        """Return how many turns a query finds."""
        return sum(number for (number,) in self._select("count(*)", self._read_as(query)))

    def _read_as(self, query: Query) -> Query:
        """Return a query as it is read: where only what this process wrote is, its ids are numbers here."""
        if not self._is_apart():
            return query
        place = folder().absolute()
        if query.ids is None:
            return replace(query, ids=self._own.ids(place))
        return replace(query, ids=[self._own.id_of(place, number) for number in query.ids])

    def own(self, query: Query) -> Query:
        """Return the query for turns that were begun through this store alone, so by this kernel."""
        if self._is_apart():
            return query
        own = self._own.ids(folder().absolute())
        ids = own if query.ids is None else set(own).intersection(query.ids)
        return replace(query, ids=list(ids), since=self._since)

    def _select(self, what: str, query: Query, end: str = "", **more: object) -> list[Any]:
        condition, values = query.written()
        values |= more
        path = _found()
        if path is None:
            return []
        with opened(path) as database:
            query.teach(database)
            given = dict(zip(values, storable(*values.values()), strict=True))
            statement = f"SELECT {what} FROM turns WHERE {condition} {end}"  # noqa: S608 - constants
            return database.execute(statement, given).fetchall()

    @property
    def own_trials(self) -> list[tuple[int, int]] | None:
        """The spans of turns that are trials of this process, where no others are read; None for any."""
        return self._own.trials[folder().absolute()].all() if self._is_apart() else None

    def may_read_note(self, about: str, name: str) -> bool:
        """Return whether a fact about a sweep is read: any, or only what this process kept."""
        return not self._is_apart() or (about, name) in self._own.notes

    def know_note(self, about: str, name: str) -> None:
        """Know a fact about a sweep as one of this process."""
        self._own.notes.add((about, name))

    def know_trials(self, where: Path | None, turns: Iterable[int]) -> None:
        """Know trials as those of this process, by their turns in a folder; None for the current one."""
        self._own.trials[where or folder().absolute()].add(turns)

    def name_thread(self, base_url: str, assistant: str, name: str, thread_id: str) -> None:
        """Keep which thread a name stands for; it keeps those that it stood for before."""
        self._own.name(thread_id)
        with self.writing() as database:
            database.execute(
                "INSERT OR REPLACE INTO threads VALUES (?,?,?,?,?)",
                (*storable(base_url, assistant, name, thread_id), time.time()),
            )

    def forget_thread(self, base_url: str, thread_id: str) -> None:
        """Drop every name of a thread."""
        if (path := _found()) is not None:
            with opened(path) as database:
                database.execute(
                    "DELETE FROM threads WHERE base_url = ? AND thread_id = ?", storable(base_url, thread_id)
                )

    def threads(self, base_url: str, assistant: str) -> list[StoredThread]:
        """Return the threads of an assistant that have or had a name, newest first."""
        query = (
            "SELECT name, thread_id, at FROM threads WHERE base_url = ? AND assistant = ? ORDER BY at DESC"
        )
        found = [thread_of(row) for row in self.read(query, (base_url, assistant))]
        return [one for one in found if not self._is_apart() or self._own.has_named(one.thread_id)]

    def prune(self, before: float) -> Pruned:
        """Remove the calls that were made before a moment, in seconds since 1970, of every assistant."""
        path = _found()
        if path is None:
            return Pruned(0, 0, 0, 0)
        size = _size(path)
        with opened(path) as database:
            # Overwritten, not only let go of.
            database.execute("PRAGMA secure_delete = ON")
            is_older = "at < ? AND typeof(at) IN ('real', 'integer')"
            removed = database.execute(f"DELETE FROM turns WHERE {is_older}", (before,)).rowcount  # noqa: S608
            database.execute("DELETE FROM trials WHERE turn NOT IN (SELECT id FROM turns)")
            (left,) = database.execute("SELECT count(*) FROM turns").fetchone()
        if removed:
            # Where that cannot be now, the room is used for the calls that come.
            with suppress(StoreError):
                shrink(path)
        return Pruned(removed, max(0, size - _size(path)), left, _size(path))

    def read(self, query: str, values: Sequence[object]) -> list[Any]:
        """Return the rows of a query; none where there is no store yet."""
        path = _found()
        if path is None:
            return []
        with opened(path) as database:
            return database.execute(query, storable(*values)).fetchall()

    def writing(
        self, where: Path | None = None, held: HeldDatabase | None = None
    ) -> AbstractContextManager[sqlite3.Connection]:
        """Open the store for one transaction, made where it is missing.

        Args:
            where: The folder that it is in; None for that of the working directory.
            held: What keeps it open for the next one; None closes it.
        """
        return self._open(where or folder(), opened if held is None else held.opened)

    @contextmanager
    def _open(self, where: Path, opened_at: Opening = opened) -> Iterator[sqlite3.Connection]:
        """Open the store for writing, made where it is missing."""
        path, told = file_in(where, STORE)
        self._told += told
        with opened_at(path) as database:
            yield database


def inserted(database: sqlite3.Connection, turn: Kept) -> int:
    """Put a call into the store, and return its number."""
    cursor = database.execute(
        "INSERT INTO turns (at, source, base_url, target, thread_id, thread, request, reply, state)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        storable(
            turn.at, turn.source, turn.base_url, turn.target, turn.thread_id, turn.thread, turn.request,
            turn.reply, turn.state,
        ),
    )  # fmt: skip
    return int(cursor.lastrowid or 0)


def _found() -> Path | None:
    """Return the store where there is one, to be read; nothing is made for that.

    Raises:
        StoreError: The working directory is gone, or the file is none of ours.
    """
    return found_in(folder(), STORE)


def _stat(file: Path) -> tuple[Path, int, int]:
    try:
        found = file.stat()
    except OSError:
        return file, 0, 0
    return file, found.st_mtime_ns, found.st_size


def _size(path: Path) -> int:
    return sum(_stat(file)[2] for file in (path, path.with_name(f"{STORE}-wal")))


def storable(*values: object) -> list[object]:
    """Return values as SQLite takes them."""
    return [_storable_one(value) for value in values]


def _storable_one(value: object) -> object:
    if isinstance(value, str):
        return mended(value)  # half a character, which UTF-8 cannot say
    # A number that a user typed may be larger than any that SQLite can hold; no row has it.
    return min(value, 2**63 - 1) if isinstance(value, int) else value
