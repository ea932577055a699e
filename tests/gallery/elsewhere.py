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

from tests import places
from tests.servers import inherited, missing

RECORDINGS = Path(".langtail/replay")
YEAR_S = 366 * 24 * 3600
LIMIT_S = 240
_NOBODY = 65534
# May read what only root may, as Python itself may lie in root's own folder; all that is made is another's.
_AS_NOBODY = (
    "setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups",
    "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search",
)  # fmt: skip
_CLOSED = Path(__file__).with_name("closed.py")


@dataclass
class Elsewhere:
    """A folder with the recordings and nothing else, and how a process is started there.

    Attributes:
        environment: The variables of the process; its kernels have them too.
        user: What stands before a command so that another user runs it, empty for this one.
    """

    folder: Path
    environment: dict[str, str]
    user: tuple[str, ...] = ()

    def copy(self, notebook: Path) -> Path:
        """Return a copy of a notebook in the folder."""
        copied = self.folder / "work" / notebook.name
        shutil.copyfile(notebook, copied)
        if self.user:
            os.chown(copied, _NOBODY, _NOBODY)
        return copied

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run Python there to its end."""
        return subprocess.run(
            [*self.user, sys.executable, *command],
            env=self.environment, cwd=self.folder / "work", timeout=LIMIT_S, capture_output=True,
            encoding="utf-8", check=False,
        )  # fmt: skip

    @property
    def tried(self) -> str:
        """What was tried of the network, a line each."""
        path = Path(self.environment["GALLERY_TRIED"])
        return path.read_text(encoding="utf-8") if path.exists() else ""


@contextmanager
def elsewhere(
    folder: Path, *, ahead_s: float = 0, user: tuple[str, ...] = (), path: Path | None = None
) -> Iterator[Elsewhere]:
    """Prepare a folder: the recordings, and a home in which every kernel finds the network closed.

    Args:
        ahead_s: How far ahead the clock of its kernels is.
        user: What stands before a command so that another user runs it, empty for this one.
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
    if user:
        for root, _, files in [*os.walk(folder), *os.walk(sockets)]:
            for name in ("", *files):
                os.chown(Path(root) / name, _NOBODY, _NOBODY)
    try:
        yield Elsewhere(folder, environment, user)
    finally:
        shutil.rmtree(sockets, ignore_errors=True)


def other_user() -> tuple[str, ...]:
    """Return what makes another user run a command, empty where this one may not have that."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("setpriv") is None:
        return ()
    command = [*_AS_NOBODY, sys.executable, "-c", "import langtail_nb"]
    environment = {**inherited(), "PYTHONPATH": str(places.ROOT)}
    tried = subprocess.run(command, env=environment, cwd="/", capture_output=True, check=False)
    return _AS_NOBODY if tried.returncode == 0 else ()


def older_kernel(folder: Path) -> Path:
    """Return a folder with ipykernel 6, to come before the one that is installed."""
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder)]
    done = subprocess.run(
        [*command, "ipykernel<7", "nest_asyncio"],
        env=inherited(), capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    if done.returncode:
        missing(f"ipykernel 6, which pip cannot fetch here ({done.stderr.strip()[-200:]}),")
    return folder
