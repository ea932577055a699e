"""The notebooks as tutorials: copied beside the pages before they are read."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

FOLDER = "tutorials"
_DOCS = Path(__file__).parents[1]


def setup(app: Sphinx) -> dict[str, Any]:
    """Copy the notebooks before the pages are looked for."""
    app.connect("builder-inited", _copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _copy(app: Sphinx) -> None:
    """Write each notebook and its pictures where they differ; what is left of others is taken away."""
    target = Path(app.srcdir, FOLDER)
    target.mkdir(exist_ok=True)
    files: dict[str, bytes] = {}
    for path in sorted(Path(app.srcdir).parent.glob("notebooks/*.ipynb")):
        files |= _files_of(path)
    for left in target.iterdir():
        if left.name not in files:
            left.unlink()
    for name, content in files.items():
        copy = target / name
        # Left alone where it is the same, so that Sphinx does not read it again.
        if not copy.exists() or copy.read_bytes() != content:
            copy.write_bytes(content)


def _files_of(path: Path) -> dict[str, bytes]:
    """Return a notebook, and the pictures attached to its cells as files beside it, by their names."""
    book = json.loads(path.read_text(encoding="utf-8"))
    pictures: dict[str, bytes] = {}
    for cell in book["cells"]:
        for name, data in cell.pop("attachments", {}).items():
            own = f"{path.stem}-{name}"
            pictures[own] = b64decode("".join(next(iter(data.values()))))
            twin = Path(name).with_stem(f"{Path(name).stem}-dark")  # a notebook has room for one of the two
            if (_DOCS / twin).is_file():
                pictures[f"{path.stem}-{twin}"] = (_DOCS / twin).read_bytes()
            cell["source"] = "".join(cell["source"]).replace(f"attachment:{name}", own)
    return {path.name: json.dumps(book, ensure_ascii=False, indent=1).encode(), **pictures}
