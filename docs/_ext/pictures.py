"""Pictures that have a dark twin: the page shows the one that goes with its colours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform


def setup(app: Sphinx) -> dict[str, Any]:
    """Put a twin beside each picture before the pictures are collected."""
    app.add_transform(_Twins)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class _Twins(SphinxTransform):
    """Beside ``panel.png`` comes ``panel-dark.png`` where it lies there; pages name the first alone.

    The classes are furo's, which hides one of the two.
    """

    default_priority = 500

    def apply(self, **_: Any) -> None:
        folder = Path(self.env.doc2path(self.env.docname)).parent
        for picture in list(self.document.findall(nodes.image)):
            given = Path(picture["uri"])
            dark = given.with_name(f"{given.stem}-dark{given.suffix}")
            if "://" in picture["uri"] or not (folder / dark).is_file():
                continue
            twin = picture.deepcopy()
            twin["uri"] = dark.as_posix()
            twin["classes"].append("only-dark")
            picture["classes"].append("only-light")
            picture.parent.insert(picture.parent.index(picture) + 1, twin)
