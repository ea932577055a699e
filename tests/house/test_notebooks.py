"""Every notebook runs from the top and teaches what is true; `tests/gallery` compares what it shows."""

from __future__ import annotations

import json
import re
import tomllib

import nbclient
import nbformat
import pytest

from tests import places

NOTEBOOKS = sorted(places.NOTEBOOKS.glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path, kind="code"):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


# It reads members of answers in JSON, which an echo has none of; the gate runs it with the real model.
NEEDS_THE_MODEL = {"07-from-a-table"}


@pytest.mark.parametrize(
    "path", [path for path in NOTEBOOKS if path.stem not in NEEDS_THE_MODEL], ids=lambda path: path.stem
)
def test_only_cells_marked_for_it_fail(path, sample_environment, monkeypatch, tmp_path):
    """With nothing recorded, and a server that answers otherwise than the model."""
    for name, value in sample_environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("LANGTAIL_NB_HOME")
    (tmp_path / ".langtail" / "replay").mkdir(parents=True)
    book = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(book, timeout=180, kernel_name="python3", resources=where).execute()

    failed = [
        cell for cell in book.cells if any(out.output_type == "error" for out in cell.get("outputs", ()))
    ]
    assert [cell.metadata.get("tags") for cell in failed] == [["raises-exception"]] * len(failed)


@each_notebook
def test_it_is_committed_as_run_from_the_top_in_one_go(path):
    code = cells(path)

    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert all("execution" not in cell.metadata for cell in code)


@each_notebook
def test_it_says_what_will_be_seen_and_starts_the_local_server_before_it_asks(path):
    first = nbformat.read(path, as_version=4).cells[0]
    sources = [cell.source for cell in cells(path)]
    starts = [number for number, source in enumerate(sources) if "%langtail local" in source]
    asks = [n for n, source in enumerate(sources) if re.search(r"^%%langtail\b(?!_)|\blt\.\w+\(", source)]

    assert first.cell_type == "markdown"
    assert sources[0].startswith("%load_ext langtail_nb")
    assert starts[0] < asks[0]


@each_notebook
def test_it_names_no_key_no_folder_and_no_machine(path):
    text = path.read_text(encoding="utf-8")

    assert not re.search(r"(/home/|/root|/Users/|/tmp|C:\\\\)", text)
    assert not re.search(r"https?://(?!127\.0\.0\.1)", text.replace("http&#58;", "http:"))


def test_every_notebook_is_in_the_wheel_with_its_recordings():
    project = tomllib.loads((places.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]

    names = [*(path.name for path in NOTEBOOKS), ".langtail/replay"]
    assert shipped == {f"notebooks/{name}": f"langtail_nb/_notebooks/{name}" for name in names}


@each_notebook
def test_every_cell_has_an_id_of_its_own(path):
    ids = [cell["id"] for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]

    assert len(set(ids)) == len(ids)
