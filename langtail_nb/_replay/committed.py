"""The recordings as they are committed: those of git's HEAD."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from langtail_nb._replay.exchange_line import Recorded, read

_LIMIT_S: Final = 30.0


class NoGit(Exception):
    """There is nothing to compare with; the message is one line."""


def committed(folder: Path) -> dict[str, Recorded]:
    """Return the exchanges of a folder as they are committed, by key; a line that cannot be read is left out.

    Raises:
        NoGit: Git is missing, or the folder is in no repository that has a commit.
    """
    if not folder.is_dir():
        raise NoGit(f"nothing is recorded in {folder.name}")
    found: dict[str, Recorded] = {}
    for name in _git(folder, "ls-tree", "-z", "--name-only", "HEAD").split("\0"):
        if name.endswith(".jsonl"):
            # Not "show": no filter of the repository has a say.
            for line in _git(folder, "cat-file", "blob", f"HEAD:./{name}").split("\n"):
                _add(line, name.removesuffix(".jsonl"), found)
    return found


def _add(line: str, place: str, found: dict[str, Recorded]) -> None:
    try:
        one = read(line, place)
    except ValueError:
        return
    found[one.key] = one


def _git(folder: Path, *words: str) -> str:
    try:
        ran = subprocess.run(  # noqa: S603 - a list of arguments, and no shell
            ["git", "-C", str(folder), *words],  # noqa: S607 - the user's own git
            capture_output=True, check=False, timeout=_LIMIT_S, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except FileNotFoundError:
        raise NoGit("git is not installed, so there is nothing to compare with") from None
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise NoGit(f"git cannot be asked: {exc}") from None
    if ran.returncode:
        why = ran.stderr.decode(errors="replace").strip().split("\n")[0]
        raise NoGit(f"nothing is committed that the recordings could be compared with: {why}")
    return ran.stdout.decode(errors="replace")
