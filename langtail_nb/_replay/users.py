"""The notebooks and tests of a project that may play its recordings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_MOST_ENTRIES: Final = 100_000
_MOST_BYTES: Final = 100_000_000
_ELSEWHERE: Final = {"node_modules", "site-packages", "__pycache__"}
_NAMED: Final = b"langtail"


class TooManyFiles(Exception):
    """A folder holds more than can be looked through."""


def users(folder: Path) -> list[Path]:
    """Return the notebooks and tests below a folder that name this package, by path.

    What stands in hidden folders, in environments and among installed packages is nobody's notebook.

    Raises:
        TooManyFiles: There are more files than can be looked through.
    """
    return sorted(path for path in _candidates(folder) if _names_us(path))


def _candidates(folder: Path) -> Iterator[Path]:
    seen = 0
    for place, folders, files in os.walk(folder):
        if "pyvenv.cfg" in files:
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _ELSEWHERE]
        seen += len(files) + len(folders)
        if seen > _MOST_ENTRIES:
            raise TooManyFiles(str(folder))
        yield from (Path(place, name) for name in files if _may_run(name))


def _may_run(name: str) -> bool:
    is_test = name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))
    return is_test or (name.endswith(".ipynb") and not name.startswith("."))


def _names_us(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _NAMED in file.read(_MOST_BYTES)
    except OSError:
        return False
