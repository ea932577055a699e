"""What the last whole run under pytest used, kept beside the recordings and out of git."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from langtail_nb._replay.files import lines_of, replace

LAST_RUN: Final = ".last-run"
_FILE: Final = "file "


@dataclass(frozen=True, slots=True)
class LastRun:
    """What is known of it.

    Attributes:
        used: The keys that it used, and those that were recorded since.
        files: The notebooks and tests that ran to their end, and when each had been changed, in nanoseconds.
    """

    used: frozenset[str] = frozenset()
    files: Mapping[Path, int] = field(default_factory=dict)

    def covers(self, path: Path) -> bool:
        """Return whether a notebook or a test ran, and is as it was then."""
        changed = _changed(path)
        return changed is not None and self.files.get(path) == changed


def last_run(folder: Path) -> LastRun:
    """Return what is known of the last whole run; nothing where there was none."""
    used, files = set(), {}
    for line in lines_of(folder / LAST_RUN):
        if line.startswith(_FILE):
            changed, _, name = line.removeprefix(_FILE).partition(" ")
            files[Path(os.path.normpath(folder / name))] = int(changed) if changed.isdigit() else -1
        else:
            used.add(line.strip())
    return LastRun(frozenset(used), files)


def note_run(folder: Path, used: set[str], *, ran: Iterable[Path], whole: bool) -> None:
    """Keep what a run used.

    Args:
        ran: The notebooks and tests that it ran.
        whole: Whether that was all there is to run; else its keys are added to those of earlier runs.
    """
    lines = sorted(used)
    if whole:
        names = ((_changed(path), os.path.relpath(path, folder)) for path in ran)
        lines += sorted(f"{_FILE}{changed} {name}" for changed, name in names if changed is not None)
    else:
        lines += lines_of(folder / LAST_RUN)
    with suppress(OSError):
        replace(folder / LAST_RUN, "".join(f"{line}\n" for line in dict.fromkeys(lines)))


def note_recorded(folder: Path, key: str) -> None:
    """Keep that an exchange was recorded since: the run could not have used it."""
    with suppress(OSError):
        handle = os.open(folder / LAST_RUN, os.O_APPEND | os.O_WRONLY)
        try:
            os.write(handle, f"{key}\n".encode())
        finally:
            os.close(handle)


def forget_run(folder: Path) -> None:
    """Know nothing of it any more, as where keys have become others."""
    with suppress(OSError):
        (folder / LAST_RUN).unlink()


def _changed(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
