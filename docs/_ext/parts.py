"""The parts of the site whose pages are those that lie in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_DOCS: Final = Path(__file__).parents[1]


def start() -> str:
    """Return the list of the first pages."""
    return _part("Start", "start*")


def tutorials() -> str:
    """Return the list of the notebooks."""
    return _part("Tutorials", "tutorials/*")


def how_to() -> str:
    """Return the list of the tasks."""
    return _part("How to", "how-to/*")


def explanation() -> str:
    """Return the list of the explanations."""
    return _part("Explanation", "explanation/*")


def coming_from() -> str:
    """Return the list of what others are used to."""
    return _part("Coming from", "coming-from/*")


def _part(title: str, pattern: str) -> str:
    pages = sorted(
        path.relative_to(_DOCS).with_suffix("").as_posix()
        for path in _DOCS.glob(pattern)
        if path.suffix in (".md", ".ipynb")
    )
    return "\n".join([f"```{{toctree}}\n:caption: {title}\n:maxdepth: 1\n", *pages, "```\n"]) if pages else ""
