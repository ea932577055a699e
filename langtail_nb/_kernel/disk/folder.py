"""The one folder of a project in which this package keeps files: where it is, whose, and who may read it."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from langtail_nb._environment import MalformedVariable, given
from langtail_nb._kernel.disk.project import here, root_of, upwards
from langtail_nb._kernel.disk.store_error import StoreError

FOLDER: Final = ".langtail"
HOME_VARIABLE: Final = "LANGTAIL_NB_HOME"
STORE: Final = "store.sqlite"
"""Calls of cells, panels and functions, and the names of threads."""

THREADS: Final = "local.sqlite"
"""Threads of the local server."""

_SPARE_RECORDINGS = """\
# Recordings are meant to be committed, the rest is this machine's own.
*
!.gitignore
!replay/
!replay/**
"""
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
# SQLite gives them the mode of the database, but for those that were there before.
_BESIDE_A_DATABASE: Final = ("", "-wal", "-shm", "-journal")


class Place(NamedTuple):
    """A file in the folder, and what is to be told of the folder: once, as it is mended by then."""

    path: Path
    told: list[str]


def folder() -> Path:
    """Return the folder for this user's files of this project, whether it exists or not.

    ``LANGTAIL_NB_HOME`` if set, else the nearest ``.langtail`` of this user from the working directory to the
    project's root. Where there is none, the one to make: in the root, or where that cannot be written or has
    another user's, in the working directory.

    Raises:
        StoreError: The working directory is gone, or the variable cannot be meant as it stands.
    """
    try:
        named = given(HOME_VARIABLE)
    except MalformedVariable as exc:
        raise StoreError(str(exc)) from None
    if named:
        path = Path(os.path.expanduser(named))
        return path if path.is_absolute() else here() / path
    place = here()
    to_make = [folder / FOLDER for folder in dict.fromkeys((root_of(place) or place, place))]
    there = [folder / FOLDER for folder in upwards(place)]
    found = (path for path in there if os.path.isdir(path) and belongs_to_us(path))
    return next(found, None) or next(filter(_can_be_used, to_make), to_make[0])


def in_use() -> Path:
    """Return the folder to name to the user; nothing is made.

    Raises:
        StoreError: Nothing can be kept in it; says why.
    """
    path = folder().absolute()
    if os.path.lexists(path):
        _refuse_others(path)
    return path


def belongs_to_us(path: Path) -> bool:
    """Return whether a file or folder, and the link to it where it is one, is this user's own."""
    if not hasattr(os, "geteuid"):
        return True
    try:
        return {path.lstat().st_uid, path.stat().st_uid} == {os.geteuid()}
    except OSError:
        return False


def file_in(path: Path, name: str) -> Place:
    """Return a database in the folder at ``path``, both made where they are missing, and both private.

    Raises:
        StoreError: They cannot be made, or belong to another user; names the folder.
    """
    try:
        told = _make(path)
        _make_file(path / name)
    except OSError as exc:
        raise StoreError(f"cannot keep files in {path}: {exc.strerror or exc}") from exc
    return Place(path / name, told)


def local_threads() -> Place:
    """Return the project's database of the local server, as :func:`file_in` does."""
    return file_in(folder(), THREADS)


def found_in(path: Path, name: str) -> Path | None:
    """Return a file in the folder at ``path``, to be read; None where there is none.

    Raises:
        StoreError: It is no plain file, or belongs to another user.
    """
    return path / name if _looked_at(path / name) is not None else None


def _can_be_used(path: Path) -> bool:
    if os.path.lexists(path):
        return belongs_to_us(path)
    as_it_acts = os.access in os.supports_effective_ids
    return os.access(path.parent, os.W_OK | os.X_OK, effective_ids=as_it_acts)


def _make(path: Path) -> list[str]:
    """Make the folder with mode 0700 and a ``.gitignore``; one that is there is looked at."""
    path = path.absolute()
    for missing in [one for one in reversed((path, *path.parents)) if not os.path.lexists(one)]:
        missing.mkdir(mode=0o700, exist_ok=True)
    _refuse_others(path)
    told = _made_private(path)
    _make_ignore(path / ".gitignore")
    return told


def _refuse_others(path: Path) -> None:
    if not os.path.isdir(path):
        raise StoreError(f"cannot keep files in {path}: it is no folder")
    if not belongs_to_us(path):
        raise StoreError(
            f"cannot keep files in {path}: it belongs to another user; {HOME_VARIABLE} names another folder"
        )


def _made_private(path: Path) -> list[str]:
    mode = stat.S_IMODE(path.stat().st_mode)
    if not hasattr(os, "geteuid") or not mode & _OTHERS_WRITE:
        return []
    if path.is_symlink() or mode & stat.S_ISVTX:
        # A link may lead to what somebody else relies on, and what is sticky is shared on purpose: /tmp.
        raise StoreError(
            f"cannot keep files in {path}: others may write to it; {HOME_VARIABLE} names another folder"
        )
    path.chmod(0o700)
    return [f"others could write to {path}; it is private now"]


def _make_ignore(path: Path) -> None:
    try:
        _made(path, _SPARE_RECORDINGS.encode())
    except FileExistsError:
        return


def _make_file(path: Path) -> None:
    try:
        _made(path)
    except FileExistsError:
        for suffix in _BESIDE_A_DATABASE:
            _keep_private(path.with_name(path.name + suffix))


def _made(path: Path, content: bytes = b"") -> None:
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)


def _keep_private(path: Path) -> None:
    mode = _looked_at(path)
    # Not opened: closing a file ends the locks that SQLite has on it elsewhere in this process.
    if mode is not None and mode & 0o077 and hasattr(os, "geteuid"):
        with suppress(FileNotFoundError):  # likewise
            path.chmod(0o600)


def _looked_at(path: Path) -> int | None:
    """Return the mode of a file that is ours, or None where there is none."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise StoreError(f"cannot use {path}: {exc.strerror or exc}") from exc
    # A link in a folder that comes with a clone may lead anywhere.
    if not stat.S_ISREG(found.st_mode):
        raise StoreError(f"cannot use {path}: it is no plain file")
    # By what was found: SQLite's own files beside a database may be gone at a second look.
    if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
        raise StoreError(f"cannot use {path}: it belongs to another user; move it away")
    return stat.S_IMODE(found.st_mode)
