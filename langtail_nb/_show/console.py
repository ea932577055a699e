"""``jupyter console``, which ignores every update of a display: of an answer that grows, nothing is seen."""

from __future__ import annotations

import os
import subprocess
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Final

_NAMES: Final = ("jupyter-console", "jupyter_console")
_PROGRAMS: Final = ("", ".py", ".exe")


def is_console() -> bool:
    """Return whether ``jupyter console`` started this kernel; one that joined it later cannot be told.

    Its requests say nothing of it (seen with jupyter-console 6.6).
    """
    names = map(PurePath, _command(os.getppid()))
    return any(name.stem in _NAMES and name.suffix in _PROGRAMS for name in names)


@lru_cache(1)
def _command(process: int) -> list[str]:
    """Return the words that a process was started with; nothing where they cannot be read."""
    try:
        return os.fsdecode(Path(f"/proc/{process}/cmdline").read_bytes()).split("\0")
    except OSError:
        return _asked_of_ps(process)


def _asked_of_ps(process: int) -> list[str]:
    """Return the same where there is no ``/proc``, as on macOS."""
    asked = ["/bin/ps", "-o", "command=", "-p", str(process)]
    try:
        return subprocess.run(asked, capture_output=True, text=True, timeout=2, check=False).stdout.split()  # noqa: S603
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return []
