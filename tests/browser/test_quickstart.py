"""The quickstart in JupyterLab, as a newcomer runs it."""

from __future__ import annotations

import json
import shutil

import nbformat
import pytest

from langtail_nb._local.engines.weights import find_model
from tests.places import QUICKSTART
from tests.servers import missing

pytestmark = [pytest.mark.browser, pytest.mark.model]


def test_every_cell_of_the_quickstart_runs_and_only_the_marked_one_fails(lab):
    """JupyterLab goes on after the cell that is marked to fail."""
    if find_model() is None:
        missing("the model (langtail-nb model)")
    shutil.copyfile(QUICKSTART, lab.server.root / QUICKSTART.name)

    with lab.open_file(QUICKSTART.name) as notebook:
        notebook.run()
        saved = notebook.save()

    code = [
        cell for cell in nbformat.reads(json.dumps(saved), as_version=4).cells if cell.cell_type == "code"
    ]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    failed = [cell for cell in code if any(out.output_type == "error" for out in cell.outputs)]
    assert [cell.metadata.tags for cell in failed] == [["raises-exception"]]
    asked = [cell for cell in code if cell.source.split()[0] == "%%langtail"]
    assert [len(cell.outputs) for cell in asked] == [1] * len(asked)


def test_the_follow_up_of_the_quickstart_runs_again_as_its_text_says(lab):
    """After Run All: back in its conversation, whose newest branch is thread 2, before its turn."""
    if find_model() is None:
        missing("the model (langtail-nb model)")
    shutil.copyfile(QUICKSTART, lab.server.root / QUICKSTART.name)
    cells = nbformat.read(QUICKSTART, as_version=4).cells
    text = next(n for n, cell in enumerate(cells) if "Run that last cell a second time" in cell.source)
    last = max(n for n, cell in enumerate(cells[:text]) if cell.cell_type == "code")

    with lab.open_file(QUICKSTART.name) as notebook:
        notebook.run()
        notebook.page.evaluate(SELECT, last)
        notebook.command("notebook:run-cell")
        notebook.settle()
        (output,) = notebook.outputs(last)
        below = notebook.output(last).inner_text()

    assert cells[last].source == "%%langtail\nAnd what does it cost?"
    assert "Delivery costs 4 dollars" in output["data"]["text/plain"]
    assert "back in thread 2, forked before turn 2; thread 4 is no longer current" in below
    assert "thread 5, turn 2" in below


SELECT = "n => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = n; }"
