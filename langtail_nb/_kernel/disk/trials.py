"""Trials on disk: answers that are found again by the hash of what was asked.

The contents stand in the turns, as those of every call; beside each stands what a plan has to know of it.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from langtail_nb._kernel.disk.held_database import HeldDatabase
from langtail_nb._kernel.disk.kept import Kept, written
from langtail_nb._kernel.disk.store import Store, inserted, storable
from langtail_nb._kernel.disk.stored import COLUMNS, StoredTurn, turn_of

_NEAREST: Final = 200
# That a trial stands in one of the spans of turns that are given.
_IN_SPANS: Final = (
    " AND EXISTS (SELECT 1 FROM json_each(?) AS span"
    " WHERE turn BETWEEN json_extract(span.value, '$[0]') AND json_extract(span.value, '$[1]'))"
)
_AT_ONCE: Final = 500


class Mark(NamedTuple):
    """What a trial is found by.

    Attributes:
        key: The hash of all that decides the answer, and the repeat.
        setting: The hash of what is alike in all rows.
        row: The hash of the row, kept columns included.
        parts: A short hash of each member of the key, by its name.
    """

    key: str
    place: str
    target: str
    setting: str
    row: str
    parts: Mapping[str, str]
    repeat: int


@dataclass(frozen=True, slots=True)
class NewTrial:
    """A trial that is over, about to be kept.

    Attributes:
        request: The body that was sent.
        reply: What came, as :func:`runs.record` returns it; None where nothing did.
        thread_id: The thread that is to be deleted on the server, or None.
        state: ``done``, or ``failed`` where the call did not get through; ``split`` is one of them by now
            that nobody can say what it answers to.
    """

    mark: Mark
    source: str
    base_url: str
    request: dict[str, Any]
    reply: dict[str, Any] | None
    at: float
    waited_s: float
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    latency_s: float | None
    thread_id: str | None
    state: str


class StoredTrial(NamedTuple):
    """A trial as a plan sees it, without its contents.

    Attributes:
        turn: The number of its turn, where its contents are.
        at: When the answer came, seconds since 1970.
    """

    turn: int
    key: str
    at: float
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    latency_s: float | None
    waited_s: float


class StoredSetting(NamedTuple):
    """A setting that answered something: its hash, and a trial with the turn that it is in and its parts."""

    turn: int
    setting: str
    parts: Mapping[str, str]


class Trials:
    """The trials in a store."""

    def __init__(self, store: Store, where: Path | None = None) -> None:
        self._store, self._where = store, where

    def find(self, keys: Iterable[str]) -> dict[str, StoredTrial]:
        """Return the newest answered trial of each key that has one."""
        condition, spans = self._may_be_read()
        rows = self._store.read(
            "SELECT turn, key, at, model, prompt_tokens, completion_tokens, latency_s, waited_s"  # noqa: S608 - constants
            " FROM trials WHERE key IN (SELECT value FROM json_each(?)) AND state = 'done'"
            f"{condition} ORDER BY at",
            [json.dumps(list(keys)), *spans],
        )
        found = [_trial(row) for row in rows]
        return {trial.key: trial for trial in found if trial is not None}

    def failed(self, keys: Iterable[str]) -> set[str]:
        """Return the keys whose newest call did not get through."""
        condition, spans = self._may_be_read()
        rows = self._store.read(
            "SELECT key, state FROM trials"  # noqa: S608 - constants
            f" WHERE key IN (SELECT value FROM json_each(?)){condition} ORDER BY at",
            [json.dumps(list(keys)), *spans],
        )
        newest = {key: state for key, state in rows if isinstance(key, str)}
        return {key for key, state in newest.items() if state == "failed"}

    def read(self, turns: Sequence[int]) -> dict[int, StoredTurn]:
        """Return the contents of trials by the numbers of their turns."""
        found: dict[int, StoredTurn] = {}
        for begin in range(0, len(turns), _AT_ONCE):
            rows = self._store.read(
                f"SELECT {COLUMNS} FROM turns WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608 - constants
                [json.dumps(list(turns[begin : begin + _AT_ONCE]))],
            )
            found |= {turn.id: turn for turn in map(turn_of, rows)}
        return found

    def keep(self, trials: Sequence[NewTrial], held: HeldDatabase | None = None) -> None:
        """Keep trials, all or none; they are on disk when this returns.

        Args:
            held: What keeps the store open for those that follow.

        Raises:
            StoreError: They are not.
        """
        turns = [(trial, _turn_of(trial)) for trial in trials]
        numbers = []
        with self._store.writing(self._where, held) as database:
            for trial, turn in turns:
                numbers.append(number := inserted(database, turn))
                database.execute(
                    "INSERT INTO trials (turn, key, at, place, target, setting, row, parts, repeat, model,"
                    " prompt_tokens, completion_tokens, latency_s, waited_s, thread_id, state)"
                    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                    _values(number, trial),
                )
        self._store.know_trials(self._where, numbers)

    def disown(self, keys: Iterable[str], *, since: float) -> None:
        """Find trials no more that were made since a moment: nobody knows what was deployed by then."""
        with self._store.writing(self._where) as database:
            database.execute(
                "UPDATE trials SET state = 'split' WHERE at >= ? AND key IN (SELECT value FROM json_each(?))",
                [since, json.dumps(list(keys))],
            )

    def left_threads(self, place: str) -> list[str]:
        """Return the ids of threads of trials that were not deleted on the server yet."""
        rows = self._store.read(
            "SELECT DISTINCT thread_id FROM trials WHERE thread_id IS NOT NULL AND place = ?", [place]
        )
        return [thread for (thread,) in rows if isinstance(thread, str)]

    def forget_threads(self, ids: Iterable[str]) -> None:
        """Know that threads are deleted on the server."""
        with self._store.writing(self._where) as database:
            database.execute(
                "UPDATE trials SET thread_id = NULL WHERE thread_id IN (SELECT value FROM json_each(?))",
                [json.dumps(list(ids))],
            )

    def near(self, target: str, row: str) -> list[dict[str, str]]:
        """Return the parts of the newest trials of a target, those of a row first."""
        condition, spans = self._may_be_read()
        rows = self._store.read(
            "SELECT parts FROM trials WHERE target = ? AND state = 'done'"  # noqa: S608 - constants
            f"{condition} ORDER BY row = ? DESC, at DESC LIMIT ?",
            [target, *spans, row, _NEAREST],
        )
        return [_parts(text) for (text,) in rows]

    def newest(self) -> int:
        """Return the number of the newest trial's turn, 0 where there is none."""
        return next((turn for (turn,) in self._store.read("SELECT max(turn) FROM trials", []) if turn), 0)

    def settings(self, target: str, *, after: int = 0) -> list[StoredSetting]:
        """Return the settings that answered anything of a target, each with its newest trial.

        Args:
            after: Only those in trials behind the turn of this number.
        """
        rows = self._store.read(
            "SELECT max(turn), setting, parts FROM trials"
            " WHERE turn > ? AND target = ? AND state = 'done' GROUP BY setting",
            [after, target],
        )
        return [StoredSetting(turn, str(setting), _parts(parts)) for turn, setting, parts in rows]

    def settings_tried(self, target: str, rows: Iterable[str]) -> set[str]:
        """Return the hashes of the settings that answered any of these rows."""
        condition, spans = self._may_be_read()
        found = self._store.read(
            "SELECT DISTINCT setting FROM trials"  # noqa: S608 - constants
            " WHERE row IN (SELECT value FROM json_each(?)) AND target = ? AND state = 'done'"
            f"{condition}",
            [json.dumps(list(rows)), target, *spans],
        )
        return {setting for (setting,) in found if isinstance(setting, str)}

    def note(self, about: str, name: str, value: Any) -> None:
        """Keep a fact about a sweep or a row: that a table was shown, a mark that somebody gave."""
        with self._store.writing(self._where) as database:
            database.execute(
                "INSERT OR REPLACE INTO notes VALUES (?,?,?,?)",
                storable(about, name, time.time(), json.dumps(value)),
            )
        self._store.know_note(about, name)

    def noted(self, about: str) -> dict[str, tuple[float, Any]]:
        """Return the facts about a sweep or a row, each with its time."""
        rows = self._store.read("SELECT name, at, value FROM notes WHERE about = ?", [about])
        mine = [row for row in rows if self._store.may_read_note(about, str(row[0]))]
        return {str(name): (_number(at) or 0.0, _decoded(value)) for name, at, value in mine}

    def _may_be_read(self) -> tuple[str, list[str]]:
        """Return the condition for trials that may be read, and what its placeholder stands for."""
        own = self._store.own_trials
        return ("", []) if own is None else (_IN_SPANS, [json.dumps(own)])


def _turn_of(trial: NewTrial) -> Kept:
    return Kept(
        trial.source,
        trial.base_url,
        trial.mark.target,
        None,
        written(trial.request),
        at=trial.at,
        thread_id=trial.thread_id,
        reply=written(trial.reply),
        state=trial.state,
    )


def _values(number: int, trial: NewTrial) -> list[object]:
    mark = trial.mark
    return storable(
        number, mark.key, trial.at, mark.place, mark.target, mark.setting, mark.row,
        json.dumps(dict(mark.parts)), mark.repeat, trial.model, trial.prompt_tokens, trial.completion_tokens,
        trial.latency_s, trial.waited_s, trial.thread_id, trial.state,
    )  # fmt: skip


def _trial(row: Sequence[Any]) -> StoredTrial | None:
    turn, key, at, model, prompt, completion, latency, waited = row
    if not isinstance(key, str) or _number(at) is None:
        return None
    return StoredTrial(
        turn, key, float(at), model if isinstance(model, str) else None, _count(prompt), _count(completion),
        _number(latency), _number(waited) or 0.0,
    )  # fmt: skip


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _parts(text: Any) -> dict[str, str]:
    value = _decoded(text)
    found = value if isinstance(value, dict) else {}
    return {str(name): one for name, one in found.items() if isinstance(one, str)}


def _decoded(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
