"""The recordings of a project: one file for each target, one line for each exchange."""

from __future__ import annotations

import dataclasses
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from langtail_nb._replay.exchange_line import Recorded, read, written
from langtail_nb._replay.files import lines_of, replace, stamp
from langtail_nb._replay.last_run import LAST_RUN, forget_run, note_recorded
from langtail_nb._replay.locking import locked
from langtail_nb._replay.rekeying import rekeyed

_MOST_OF_A_FILE: Final = 20_000_000
_ATTRIBUTES: Final = """\
# Two branches that recorded other cells merge: the order of lines means nothing.
*.jsonl merge=union
vary.txt merge=union
"""
_VARY: Final = "vary.txt"
_IGNORED: Final = f".lock\n{LAST_RUN}\n"
_SECRET: Final = re.compile(
    r"\b(?:sk|lt|pk|rk)-[A-Za-z0-9_-]{16,}|\bgh[pousr]_[A-Za-z0-9]{30,}|\bAKIA[0-9A-Z]{16}\b"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bAIza[0-9A-Za-z_-]{35}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\b[Bb]earer [A-Za-z0-9._~+/-]{20,}"
)


class _Written:
    """What stands in a file, its lines made once: a sweep writes the file again and again.

    Attributes:
        stamp: Of the file as it was written; it is another where somebody else has written to it.
    """

    def __init__(self, exchanges: dict[str, Recorded]) -> None:
        self.exchanges: dict[str, Recorded] = {}
        self.stamp: object = None
        self.content = ""
        self._lines: dict[str, tuple[Recorded, tuple[Any, ...], str]] = {}
        self.become(exchanges)

    def become(self, exchanges: dict[str, Recorded]) -> None:
        """Take these in the place of what was there."""
        self.exchanges, old, self._lines = exchanges, self._lines, {}
        for key, one in exchanges.items():
            known = old.get(key)
            is_same = known is not None and known[0] is one
            self._lines[key] = known if known and is_same else (one, one.order, f"{written(one)}\n")
        self.content = "".join(
            line for _, _, line in sorted(self._lines.values(), key=lambda known: known[1])
        )

    def line(self, one: Recorded) -> str:
        """Return the line of an exchange."""
        return self._lines[one.key][2]


class Recording:
    """All recordings of one folder, read when first asked for.

    Args:
        folder: Need not exist.
        check: Raises where nothing may be written into the folder.

    """

    def __init__(self, folder: Path, check: Callable[[Path], object] = lambda path: None) -> None:
        self.folder, self._check = folder, check
        self._told: list[str] = []
        self._taken = 0
        self._vary: tuple[str, ...] | None = None
        self._lines: dict[str, Recorded] | None = None
        self._dirty: dict[str, set[str]] = {}
        self._written: dict[str, _Written] = {}
        self._guard, self._writing = threading.Lock(), threading.Lock()

    @property
    def exchanges(self) -> list[Recorded]:
        """All that is recorded, file by file."""
        return list(self._by_key().values())

    def find(self, key: str) -> Recorded | None:
        """Return the exchange of a key, or None."""
        return self._by_key().get(key)

    def has_thread(self, thread_id: str) -> bool:
        """Return whether an answer that is recorded came in this thread, called as it is here."""
        return any(one.answer.thread and one.thread == thread_id for one in self.exchanges)

    def forget(self) -> None:
        """Read the files anew when next asked."""
        with self._guard:
            self._lines = self._vary = None

    def tell(self, sentence: str) -> None:
        """Have a sentence told, once."""
        if sentence not in self._told:
            self._told.append(sentence)

    def take_told(self) -> list[str]:
        """Return what is to be told of the files since the last time."""
        told = self._told[self._taken :]
        self._taken += len(told)
        return told

    @property
    def files(self) -> list[Path]:
        """The files, by name."""
        with suppress(OSError):
            return sorted(path for path in self.folder.glob("*.jsonl") if path.is_file())
        return []

    @property
    def vary(self) -> tuple[str, ...]:
        """The variables that do not count, as they are kept beside the files, a line each."""
        if self._vary is None:
            lines = lines_of(self.folder / _VARY)
            self._vary = tuple(sorted({line.strip() for line in lines if not line.startswith("#")}))
        return self._vary

    def leave_out(self, names: Iterable[str]) -> int:
        """Let more variables count no more; return of how many exchanges the key is another now.

        Raises:
            OSError: The files cannot be written.
        """
        self.forget()
        old = self.vary
        new = tuple(sorted({*old, *names}))
        exchanges = self.exchanges
        again = rekeyed(exchanges, old, new)
        with self._writing:
            self._make()
            replace(self.folder / _VARY, "".join(f"{name}\n" for name in new))
            for place in {one.asked.place for one in again}:
                # Its own lines, since those of a key may have become another's.
                mine = {one.key: one for one in again if one.asked.place == place}
                self._rewrite(place, lambda found, mine=mine: mine)  # type: ignore[misc]
        forget_run(self.folder)
        self.forget()
        return sum(one.key != was.key for one, was in zip(again, exchanges, strict=True))

    def put(self, recorded: Recorded) -> Recorded:
        """Keep an exchange on disk in the place of the one with its key; return the one that is kept.

        Where the old one differs in times and ids alone, it stays.

        Raises:
            OSError: It cannot be written; the file is as it was.
        """
        lines = self._by_key()
        with self._guard:
            old = lines.get(recorded.key)
            if old is not None and recorded.turn is None:
                # A trial may ask what a turn asked; whoever misses that turn looks for it by its place.
                recorded = dataclasses.replace(recorded, conversation=old.conversation, turn=old.turn)
            if old is not None and recorded.says_the_same_as(old):
                return old
            lines[recorded.key] = recorded
            self._dirty.setdefault(recorded.asked.place, set()).add(recorded.key)
        # Those that wait meanwhile go with the next writing, all together.
        with self._writing:
            self._write_dirty()
        note_recorded(self.folder, recorded.key)
        return recorded

    def remove(self, keys: Iterable[str]) -> None:
        """Remove exchanges from their files.

        Raises:
            OSError: A file cannot be written.
        """
        gone = set(keys)
        places = {one.asked.place for one in self.exchanges if one.key in gone}
        with self._writing:
            for place in places:
                self._rewrite(
                    place, lambda found: {key: one for key, one in found.items() if key not in gone}
                )
        self.forget()

    def _write_dirty(self) -> None:
        with self._guard:
            dirty, self._dirty = self._dirty, {}
        for place, keys in dirty.items():
            new = {key: one for key in keys if (one := self._by_key().get(key)) is not None}
            try:
                self._rewrite(place, lambda found, new=new: found | new)  # type: ignore[misc]
            except OSError:
                with self._guard:
                    for key in keys:
                        self._dirty.setdefault(place, set()).add(key)
                raise

    def _rewrite(self, place: str, change: Callable[[dict[str, Recorded]], dict[str, Recorded]]) -> None:
        self._make()
        path = self.folder / f"{place}.jsonl"
        with locked(self.folder / ".lock"):
            there = self._written.get(place)
            if there is None or there.stamp != stamp(path):
                there = _Written({one.key: one for one in self._read(path)})
            there.become(change(there.exchanges))
            replace(path, there.content)
            there.stamp, self._written[place] = stamp(path), there
        self._warn(path, there, change({}).values())

    def _make(self) -> None:
        self._check(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        attributes = self.folder / ".gitattributes"
        if not attributes.exists():
            replace(attributes, _ATTRIBUTES)
            replace(self.folder / ".gitignore", _IGNORED)

    def _warn(self, path: Path, there: _Written, new: Iterable[Recorded]) -> None:
        size = len(there.content)
        if size > _MOST_OF_A_FILE:
            self.tell(f"{path.name} is {size / 1e6:.0f} MB; --do-not-record leaves calls out")
        for one in new:
            if found := _SECRET.search(there.line(one)):
                self.tell(
                    f"{path.name} holds what looks like a secret, {found[0][:6]}…; look before you commit it"
                )

    def _by_key(self) -> dict[str, Recorded]:
        with self._guard:
            if self._lines is None:
                self._lines = {}
                for path in self.files:
                    for one in self._read(path):
                        self._lines[one.key] = one
            return self._lines

    def _read(self, path: Path) -> Iterator[Recorded]:
        """Yield the exchanges of a file, of several with one key the last."""
        found: dict[str, tuple[Recorded, str]] = {}
        for number, line in enumerate(lines_of(path), 1):
            try:
                one = read(line, path.stem)
            except ValueError as exc:
                self.tell(f"{path.name}, line {number}, cannot be read: {str(exc)[:100]}")
                continue
            if one.key in found and found[one.key][1] != line:
                self.tell(f"{path.name} has two answers for {one.key}; the later is played")
            found[one.key] = one, line
        yield from (one for one, _ in found.values())
