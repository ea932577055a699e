"""The part of the site whose pages are those that lie in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_DOCS: Final = Path(__file__).parents[1]


def tutorials() -> str:
    """Return the list of the notebooks, whose names begin with their number."""
    books = sorted(path.stem for path in _DOCS.glob("tutorials/*.ipynb"))
    pages = [f"tutorials/{name}" for name in books]
    return "\n".join(["```{toctree}", ":caption: Tutorials", ":maxdepth: 1", "", *pages, "```", ""])
