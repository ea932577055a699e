"""What one run, the life of a kernel, has done with its recordings."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from langtail_nb._replay.counting import Counting

JOURNAL: Final = "LANGTAIL_NB_REPLAY_JOURNAL"
"""Names a file in which the kernels of one pytest run note what they do, a line each."""

Did = Literal["played", "recorded", "missing"]


@dataclass
class Run:
    """One run.

    Attributes:
        played: Keys of the exchanges that were played.
        recorded: Keys of those that were recorded.
        missing: Keys of those that were asked for and are not there.
        counting: Numbers equal calls.
        threads: What the server calls the threads of the recording in this run.
    """

    played: set[str] = field(default_factory=set)
    recorded: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)
    counting: Counting = field(default_factory=Counting)
    threads: dict[str, str] = field(default_factory=dict)

    def did(self, what: Did, key: str) -> None:
        """Note what became of the exchange of a key, here and in the journal, if there is one."""
        if what == "missing":
            self.missing.append(key)
        else:
            (self.played if what == "played" else self.recorded).add(key)
        _note(f"{what} {key}")

    def uses(self, folder: Path) -> None:
        """Note in the journal where the recordings are."""
        _note(f"folder {folder}")

    @property
    def used(self) -> set[str]:
        """The keys that were played or recorded."""
        return self.played | self.recorded


def note_ran(path: str) -> None:
    """Note in the journal that a notebook or a file of tests ran."""
    _note(f"ran {path}")


def _note(line: str) -> None:
    path = os.environ.get(JOURNAL)
    if not path:
        return
    # A journal that cannot be written costs a report of pytest's, and no answer.
    with suppress(OSError):
        handle = os.open(path, os.O_APPEND | os.O_WRONLY)
        try:
            os.write(handle, f"{line}\n".encode())
        finally:
            os.close(handle)
