"""The one folder of a project in which this package keeps files."""

from __future__ import annotations

import os
from pathlib import Path

from langtail_nb._errors import LangtailError

FOLDER = ".langtail"


_SPARE_RECORDINGS = """\
# Recordings are meant to be committed, the rest is this machine's own.
*
!.gitignore
!replay/
!replay/**
"""


class StoreError(LangtailError):
    """The store could not be read or written; no answer is lost by it, but this one is not on disk."""


def folder() -> Path:
    """Return the folder for this project's files, whether it exists or not.

    ``LANGTAIL_NB_HOME`` if set, else ``.langtail`` in the nearest ancestor of the working directory that
    has one, else in the working directory.

    Raises:
        OSError: The working directory is gone.
    """
    if home := os.environ.get("LANGTAIL_NB_HOME"):
        return Path(os.path.expanduser(home))
    here = Path.cwd()
    found = (parent / FOLDER for parent in (here, *here.parents) if (parent / FOLDER).is_dir())
    return next(found, here / FOLDER)


def make_folder() -> Path:
    """Return the folder, made with mode 0700 and a ``.gitignore`` if it was not there.

    Raises:
        StoreError: It cannot be made; names the folder.
    """
    path = Path(FOLDER)
    try:
        path = folder()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        ignore = path / ".gitignore"
        if not ignore.exists():
            ignore.write_text(_SPARE_RECORDINGS, encoding="utf-8")
    except OSError as exc:
        raise StoreError(f"cannot keep files in {path}: {exc.strerror or exc}") from exc
    return path
