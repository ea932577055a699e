"""Record the notebooks with the real model, play them, and keep in their files what was shown then.

    python .ci/gallery.py [NOTEBOOK...]     record these, or all
    python .ci/gallery.py --play            record none: write the outputs that the recordings give

Each is recorded in a fresh kernel, in a folder of its own with nothing in it. What was recorded goes into
``notebooks/.langtail/replay/``, where a line stays that differs in times alone. Then all are played from
there, since two notebooks may share an answer, and what none of them used is removed.

A widget's view is not kept: without its kernel it reads "model not found". What stays of a panel is its
receipt.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from langtail_nb._replay.as_text import answer_text
from langtail_nb._replay.exchange_line import Recorded
from langtail_nb._replay.recording import Recording
from langtail_nb._replay.tested import Tested

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
RECORDINGS = Path(".langtail/replay")
LIMIT_S = 300
VIEW = "application/vnd.jupyter.widget-view+json"
# As JupyterLab writes it, without the version of somebody's Python.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}


def executed(path: Path, folder: Path) -> Any:
    """Return a notebook as it is after a run from the top in a folder, in a fresh kernel.

    The kernel has the variables of this process.
    """
    book = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": str(folder)}}
    NotebookClient(
        book, kernel_name="python3", timeout=LIMIT_S, record_timing=False, store_widget_state=False,
        resources=where,
    ).execute()  # fmt: skip
    for cell in book.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if VIEW not in output.get("data", {})]
    book.metadata = nbformat.from_dict(METADATA)
    return book


def written(book: Any) -> str:
    """Return the text of a notebook's file."""
    return f"{nbformat.writes(book)}\n"


def record(path: Path, kept: Recording) -> None:
    """Run one notebook with the real model, and keep what was asked and answered with the rest."""
    with _folder() as folder, _doing("record"):
        executed(path, folder)
        found = Recording(folder / RECORDINGS).exchanges
        for sentence in _changed(found, kept):
            print(f"{path.name}: {sentence}")
        for one in found:
            kept.put(one)
    print(f"{path.name}: {len(found)} exchanges")


def play(path: Path) -> None:
    """Run one notebook from the recordings, and keep its outputs in its file."""
    with _folder() as folder:
        shutil.copytree(NOTEBOOKS / RECORDINGS, folder / RECORDINGS, dirs_exist_ok=True)
        path.write_text(written(executed(path, folder)), encoding="utf-8", newline="\n")
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} KB")


def _drop_doubles(kept: Recording) -> None:
    """Keep the later of two lines with one key, as merging two branches leaves them."""
    by_key = {one.key: one for one in kept.exchanges}
    lines = [line for file in kept.files for line in file.read_text(encoding="utf-8").splitlines()]
    count = Counter(json.loads(line)["key"] for line in lines)
    doubles = [key for key in by_key if count[key] > 1]
    kept.remove(doubles)
    for key in doubles:
        kept.put(by_key[key])


def _changed(found: Iterable[Recorded], kept: Recording) -> Iterator[str]:
    """Say which answers are others than those that are kept, and may be shown by another notebook."""
    for one in found:
        old = kept.find(one.key)
        if old is not None and answer_text(one) != answer_text(old):
            yield f"another answer for {one.asked.place} {one.key}"


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="langtail-gallery-") as name:
        (Path(name) / RECORDINGS).mkdir(parents=True)
        yield Path(name)


@contextmanager
def _doing(mode: str) -> Iterator[None]:
    os.environ["LANGTAIL_NB_REPLAY"] = mode
    try:
        yield
    finally:
        del os.environ["LANGTAIL_NB_REPLAY"]


def main(names: list[str]) -> None:
    """Record and play what is named."""
    # Nothing that this shell knows is shown; live frames are for those who watch.
    for name in [name for name in os.environ if name.startswith("LANGTAIL_")]:
        del os.environ[name]
    os.environ["LANGTAIL_NB_LIVE"] = "0"
    books = sorted(NOTEBOOKS.glob("*.ipynb"))
    wanted = [] if names == ["--play"] else [path for path in books if not names or path.name in names]
    if unknown := set(names) - {path.name for path in books} - {"--play"}:
        sys.exit(f"no notebook is called {', '.join(sorted(unknown))}")
    kept = Recording(NOTEBOOKS / RECORDINGS)
    _drop_doubles(kept)
    for path in wanted:
        record(path, kept)
    playing = Tested("only")
    try:
        for path in books:
            play(path)
        used = {*playing.replayed}
    finally:
        playing.end()
    unused = [one.key for one in kept.exchanges if one.key not in used]
    kept.remove(unused)
    (kept.folder / ".lock").unlink(missing_ok=True)
    print(f"{len(used)} exchanges played, {len(unused)} that none used removed")


if __name__ == "__main__":
    main(sys.argv[1:])
