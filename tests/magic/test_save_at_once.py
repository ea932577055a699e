"""Two kernels and an editor write one file at once: it is always whole, and whoever comes later is told."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from langtail_nb._project.fault import ProjectFileError
from langtail_nb._project.text_form import read_text
from tests.kernels import Kernel
from tests.kernels import kernel as start_kernel

ROUNDS = 40
LAST_LINE = "The last line of the file.\n"
SUPPORT = f"""\
+++
# Ours, since 2025.
model = "gpt-4o-mini"
+++

--- system
Edited 0 times.
{"This is a line like many others. " * 400}
{LAST_LINE}"""
SAVE = """
outcomes = []
for number in range(1, {rounds} + 1):
    one = f"{name}{{number}}"
    lt.settings.variables = {{one: "x"}}
    try:
        get_ipython().run_line_magic("langtail", f"save -v {{one}}")
        outcomes.append(["saved", one])
    except lt.ConfigurationError as exc:
        outcomes.append([str(exc), one])
"""
# As an editor does: it reads, takes its time, and puts a new file in the place of the old.
EDITOR = """
import os, re, sys
path, rounds = sys.argv[1], int(sys.argv[2])
for number in range(1, rounds + 1):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path + ".swp", "w", encoding="utf-8") as file:
        file.write(re.sub(r"Edited \\d+ times", f"Edited {number} times", text))
    os.replace(path + ".swp", path)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "project" / "support.md"
    path.parent.mkdir()
    path.write_text(SUPPORT, encoding="utf-8")
    return path


@pytest.fixture
def kernels(path: Path) -> Iterator[list[Kernel]]:
    """Two kernels whose servers serve the same folder."""
    with ExitStack() as stack:
        started = []
        for name in ("one", "two"):
            home = path.parents[1] / name
            home.mkdir()
            env = {"LANGTAIL_NB_HOME": str(home)}
            cells = stack.enter_context(start_kernel(sys.executable, env=env, cwd=str(home)))
            cells.run("%load_ext langtail_nb\nimport langtail_nb as lt")
            ran = cells.run(f"%langtail local --engine echo --project {path.parent}")
            assert ran.status == "ok", ran.errors
            started.append(cells)
        yield started


@contextmanager
def always_whole(path: Path) -> Iterator[None]:
    """Read the file over and over while the block runs: each time it is whole."""
    is_over, halves = Event(), []

    def read() -> None:
        while not is_over.is_set():
            text = path.read_text(encoding="utf-8")
            try:
                read_text(text)
            except ProjectFileError as exc:
                halves.append(str(exc))
            if not text.endswith(LAST_LINE):
                halves.append(text[-40:])

    reader = Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        is_over.set()
        reader.join()
    assert not halves


def saved_at_once(kernels: list[Kernel]) -> list[list[str]]:
    """Save one variable after the other as a default, in both kernels; return what became of each."""
    named = dict(zip(("a", "b"), kernels, strict=True))
    sent = {name: one.send(SAVE.format(rounds=ROUNDS, name=name)) for name, one in named.items()}
    for name, one in named.items():
        ran = one.finish(sent[name])
        assert ran.status == "ok", ran.errors
    return [outcome for one in kernels for outcome in ast.literal_eval(one.value("outcomes"))]


def test_no_save_of_two_kernels_undoes_the_other(path: Path, kernels: list[Kernel]) -> None:
    with always_whole(path):
        outcomes = saved_at_once(kernels)

    told = [said for said, _ in outcomes if said != "saved"]
    assert len(outcomes) == 2 * ROUNDS
    assert all("changed by somebody else meanwhile" in said for said in told)
    written = [name for said, name in outcomes if said == "saved"]
    assert sorted(read_text(path.read_bytes()).content["chatInput"]) == sorted(written)
    assert [one.name for one in path.parent.iterdir()] == ["support.md"]


def test_with_an_editor_too_the_file_is_whole_at_every_moment(path: Path, kernels: list[Kernel]) -> None:
    with always_whole(path), subprocess.Popen([sys.executable, "-c", EDITOR, str(path), "400"]) as editor:
        outcomes = [said for said, _ in saved_at_once(kernels)]

    assert editor.returncode == 0
    assert "saved" in outcomes
    assert all(told == "saved" or "changed by somebody else" in told for told in outcomes)
    assert [one.name for one in path.parent.iterdir()] == ["support.md"]
