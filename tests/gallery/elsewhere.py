"""A folder, a user and a kernel other than those with which a notebook was recorded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import places
from tests.servers import inherited

RECORDINGS = Path(".langtail/replay")
YEAR_S = 366 * 24 * 3600
LIMIT_S = 240
_NOBODY = 65534
_CLOSED = Path(__file__).with_name("closed.py")


@dataclass
class Elsewhere:
    """A folder with the recordings and nothing else, and how a process is started there.

    Attributes:
        environment: The variables of the process; its kernels have them too.
        user: The id of its user; None for this one.
    """

    folder: Path
    environment: dict[str, str]
    user: int | None = None

    def copy(self, notebook: Path) -> Path:
        """Return a copy of a notebook in the folder."""
        copied = self.folder / "work" / notebook.name
        shutil.copyfile(notebook, copied)
        return copied

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run Python there to its end."""
        return subprocess.run(
            [sys.executable, *command],
            env=self.environment, cwd=self.folder / "work", timeout=LIMIT_S, capture_output=True,
            encoding="utf-8", check=False, **_as(self.user),
        )  # fmt: skip

    @property
    def tried(self) -> str:
        """What was tried of the network, a line each."""
        path = Path(self.environment["GALLERY_TRIED"])
        return path.read_text(encoding="utf-8") if path.exists() else ""


@contextmanager
def elsewhere(
    folder: Path, *, ahead_s: float = 0, user: int | None = None, path: Path | None = None
) -> Iterator[Elsewhere]:
    """Prepare a folder: the recordings, and a home in which every kernel finds the network closed.

    Args:
        ahead_s: How far ahead the clock of its kernels is.
        user: Whose it is; None for this one's.
        path: Holds packages that come before those of the environment.
    """
    home, startup = folder / "home", folder / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    home.mkdir()
    shutil.copy(_CLOSED, startup)
    shutil.copytree(places.NOTEBOOKS / RECORDINGS, folder / "work" / RECORDINGS)
    # The path of a socket has 107 bytes at most.
    sockets = Path(tempfile.mkdtemp(prefix="kernels-"))
    first = [str(one) for one in (path, places.ROOT) if one is not None]
    environment = {
        **inherited("JUPYTER_PATH", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"),
        "HOME": str(home),
        "USER": "somebody",
        "LOGNAME": "somebody",
        "TZ": "Asia/Tokyo",
        "IPYTHONDIR": str(folder / "ipython"),
        "OWN_SOCKETS": str(sockets),
        "PYTHONPATH": os.pathsep.join([*first, os.environ.get("PYTHONPATH", "")]),
        "GALLERY_TRIED": str(folder / "tried.txt"),
        "GALLERY_AHEAD_S": str(ahead_s),
        "LANGTAIL_NB_REPLAY": "only",
    }
    if user is not None:
        for root, _, files in [*os.walk(folder), *os.walk(sockets)]:
            for name in ("", *files):
                os.chown(Path(root) / name, user, user)
    try:
        yield Elsewhere(folder, environment, user)
    finally:
        shutil.rmtree(sockets, ignore_errors=True)


def other_user() -> int | None:
    """Return another user's id, where this one may act as another who can read the package; else None."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    command = [sys.executable, "-c", "import langtail_nb"]
    environment = {**inherited(), "PYTHONPATH": str(places.ROOT)}
    try:
        subprocess.run(command, env=environment, cwd="/", capture_output=True, check=True, **_as(_NOBODY))
    except (OSError, subprocess.CalledProcessError):
        return None  # Python itself may lie in root's own folder
    return _NOBODY


def older_kernel(folder: Path) -> Path:
    """Return a folder with ipykernel 6, to come before the one that is installed."""
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder)]
    done = subprocess.run(
        [*command, "ipykernel<7", "nest_asyncio"],
        env=inherited(), capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.fail(f"ipykernel 6 cannot be fetched: {done.stderr[-500:]}")
    return folder


def _as(user: int | None) -> dict[str, object]:
    return {} if user is None else {"user": user, "group": user, "extra_groups": []}
