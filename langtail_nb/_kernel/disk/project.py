"""Where the work is: the working directory, the project around it, and how far up something is looked for."""

from __future__ import annotations

import os
from itertools import takewhile
from pathlib import Path

from langtail_nb._kernel.disk.store_error import StoreError


def here() -> Path:
    """Return the working directory.

    Raises:
        StoreError: It was deleted; says what to do.
    """
    try:
        return Path.cwd()
    except OSError as exc:
        raise StoreError(
            "the working directory is gone; go to one that is there, or set LANGTAIL_NB_HOME"
        ) from exc


def root_of(place: Path) -> Path | None:
    """Return the root of the project around a place, or None: home and what is above it is never one.

    It is the folder with ``.git``, which in a worktree is a file; else the outermost with ``pyproject.toml``.
    """
    above = _below_home(place)
    with_git = [folder for folder in above if os.path.lexists(folder / ".git")]
    with_project = [folder for folder in above if os.path.isfile(folder / "pyproject.toml")]
    return next(iter([*with_git, *reversed(with_project)]), None)


def upwards(place: Path) -> list[Path]:
    """Return the folders from a place to its project's root, in which files of the project are looked for.

    With no root, up to but without home or a mount, where other people's files may begin.
    """
    root, above = root_of(place), _below_home(place)
    if root is not None:
        return above[: above.index(root) + 1]
    return list(takewhile(lambda folder: not os.path.ismount(folder), above))


def _below_home(place: Path) -> list[Path]:
    home = Path(os.path.realpath(os.path.expanduser("~")))
    return list(takewhile(lambda folder: folder != home, (place, *place.parents)))
