"""What people see when something is in the way stands in the index, where the search looks first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

ERRORS = "reference/errors"
HEAD = "you see"


def setup(app: Sphinx) -> dict[str, Any]:
    """Look through each page once it is read."""
    app.add_transform(_Seen)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class _Seen(SphinxTransform):
    """Puts into the index the terms of the page of errors, and the first column of tables under "you see"."""

    default_priority = 500

    def apply(self, **_: Any) -> None:
        for place in [*self._terms(), *_cells(self.document)]:
            entries = [("single", text, _identified(place, text), "main", None) for text in _texts(place)]
            place.insert(0, addnodes.index(entries=entries))

    def _terms(self) -> Iterator[nodes.Element]:
        return self.document.findall(nodes.term) if self.env.docname == ERRORS else iter(())


def _cells(document: nodes.document) -> Iterator[nodes.Element]:
    for table in document.findall(nodes.tgroup):
        heads = list(table.findall(nodes.thead))
        if heads and next(heads[0].findall(nodes.entry)).astext() == HEAD:
            for row in next(table.findall(nodes.tbody)).findall(nodes.row):
                yield next(row.findall(nodes.entry))


def _texts(place: nodes.Element) -> list[str]:
    """Return what is quoted, or all that is said where that is more than quotes with commas between."""
    quoted = [one.astext() for one in place.findall(nodes.literal)]
    said = place.astext()
    for one in quoted:
        said = said.replace(one, "", 1)
    return [one.replace(";", ",") for one in (place.astext(),) if said.strip(" ,\n")] or quoted


def _identified(place: nodes.Element, text: str) -> str:
    name = f"seen-{nodes.make_id(text)}"
    if name not in place["ids"]:
        place["ids"].append(name)
    return name
