"""Files beside a notebook that are called as modules are: none of them runs in what the package starts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from langtail_nb._local.engines.weights import ModelError, fetch_model
from tests.kernels import kernel as start_kernel
from tests.places import PROJECT
from tests.servers import end, inherited

NAMES = ("queue", "token", "html", "secrets", "h11", "starlette", "uvicorn", "httpx", "platformdirs", "pip",
         "sqlite3", "calendar", "tools", "keyring")  # fmt: skip
CANARY = "lt-real-key-0123456789"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A notebook's folder; what is imported from it leaves a line, and breaks."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    log = tmp_path / "ran"
    for name in NAMES:
        (folder / f"{name}.py").write_text(
            f"import os, sys\n"
            f"open({str(log)!r}, 'a').write(f'{name} in {{sys.orig_argv}} {{sorted(os.environ)}}\\n')\n"
            f"raise ImportError('taken from beside the notebook: {name}')\n"
        )
    return folder


def ran(folder: Path) -> list[str]:
    log = folder.parent / "ran"
    return log.read_text().splitlines() if log.exists() else []


def environment(folder: Path) -> dict[str, str]:
    return {
        "LANGTAIL_NB_HOME": str(folder.parent / "kept"),
        "LANGTAIL_API_KEY": CANARY,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


def test_the_files_run_where_nothing_keeps_them_out(folder):
    """Or the other tests would see nothing for another reason."""
    ended = subprocess.run(
        [sys.executable, "-c", "import h11"], cwd=folder, capture_output=True, check=False, timeout=60
    )

    assert ended.returncode != 0
    # From Python 3.13 on, what shows the error imports more.
    assert [one for one in ran(folder) if one.startswith("h11 ")] == ran(folder)[:1] != []


def test_local_and_the_cells_after_it_run_none(folder):
    with start_kernel(sys.executable, env=environment(folder), cwd=str(folder)) as kernel:
        before = ran(folder)
        for code in ("%load_ext langtail_nb", "%langtail", "%langtail local --engine echo"):
            done = kernel.run(code)
            assert done.status == "ok", done.errors
        answer = kernel.run("%%langtail\nHello")
        assert "user: Hello" in answer.text, answer.errors

        assert ran(folder) == before


def test_a_notebook_still_imports_what_stands_beside_it(folder):
    (folder / "mine.py").write_text("VALUE = 4711")
    with start_kernel(sys.executable, env=environment(folder), cwd=str(folder)) as kernel:
        kernel.run("%load_ext langtail_nb")
        kernel.run("%langtail local --engine echo")
        assert kernel.run("import mine; print(mine.VALUE)").text == "4711\n"
        assert "4711" in kernel.run("%%langtail -v x:=__import__('mine').VALUE --dry-run\nHello").text


@pytest.mark.parametrize("started", ["-m", "script"])
def test_serve_runs_none(folder, started):
    script = "from langtail_nb._cli.main import main; raise SystemExit(main())"
    start = ["-m", "langtail_nb"] if started == "-m" else ["-P", "-c", script]
    process = subprocess.Popen(
        [sys.executable, *start, "serve", "--engine", "echo", "--port", "0", "--project", str(PROJECT)],
        env={**inherited(), **environment(folder)},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        end(process)

    assert line.startswith("listening on ")
    assert ran(folder) == []


def test_a_demo_runs_none(folder):
    """Its server, and a kernel whose working directory the folder is."""
    ended = subprocess.run(
        [sys.executable, "-m", "langtail_nb", "demo", "--headless", "--engine", "echo", "--folder", "."],
        env={**inherited(), **environment(folder)}, cwd=folder, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    assert "calls, " in ended.stdout
    assert ran(folder) == []


def test_pip_is_not_taken_from_beside_a_notebook_and_knows_no_key(folder, tmp_path, monkeypatch):
    """A pip that is on its path by the user's own will notes what it was given."""
    own = tmp_path / "own" / "pip"
    own.mkdir(parents=True)
    noted = tmp_path / "noted"
    (own / "__init__.py").write_text("")
    (own / "__main__.py").write_text(
        f"import json, os, sys; open({str(noted)!r}, 'w').write(json.dumps([sys.path, dict(os.environ)]))"
    )
    monkeypatch.setenv("PYTHONPATH", f":{own.parent}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("LANGTAIL_NB_MODEL", raising=False)
    for name in ("LANGTAIL_API_KEY", "OPENAI_API_KEY", "LANGTAIL_NB_SERVE_KEY"):
        monkeypatch.setenv(name, CANARY)
    monkeypatch.chdir(folder)

    with pytest.raises(ModelError, match="pip could not fetch"):
        fetch_model(lambda fraction: None)

    path, variables = json.loads(noted.read_text())
    assert CANARY not in json.dumps(variables)
    assert not {"", ".", str(folder)} & set(path)
    assert ran(folder) == []
