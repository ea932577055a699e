"""Run every notebook from the top with the real model, and keep the outputs in its file.

    python .ci/notebooks.py [NAME...]

A widget's view and state are not kept: without its kernel the one reads "model not found", and the other is
a copy of the package's code. What stays of a panel is its receipt.
"""

import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
VIEW = "application/vnd.jupyter.widget-view+json"


def run(path: Path) -> None:
    """Execute one notebook and write it back."""
    book = nbformat.read(path, as_version=4)
    client = NotebookClient(
        book, kernel_name="python3", timeout=120, record_timing=False, store_widget_state=False,
        allow_errors=False,
    )  # fmt: skip
    client.execute()
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if VIEW not in output.get("data", {})]
            for output in cell.outputs:
                _name_the_readers_folder(output.get("data", {}))
    path.write_text(nbformat.writes(book) + "\n", encoding="utf-8")
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} KB")


def _name_the_readers_folder(data: dict[str, str]) -> None:
    """Put a reader's folder in place of this run's, which `%langtail` names."""
    for kind in ("text/plain", "text/markdown"):
        if kind in data:
            data[kind] = re.sub(r"(kept in[ |]+)\S+", r"\1.langtail", data[kind])


for name in [name for name in os.environ if name.startswith("LANGTAIL_")]:
    del os.environ[name]
wanted = sys.argv[1:]
for notebook in sorted(NOTEBOOKS.glob("*.ipynb")):
    if not wanted or notebook.name in wanted:
        # Each in a home of its own: what another asked is no run of this one's reader.
        with tempfile.TemporaryDirectory() as home:
            os.environ |= {"LANGTAIL_NB_HOME": home, "LANGTAIL_NB_LIVE": "0"}
            run(notebook)
