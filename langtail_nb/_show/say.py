"""What commands answer: short text and tables, as Markdown where a notebook shows it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display

from langtail_nb._text import markdown as _markdown
from langtail_nb._text.characters import encodable, visible, visible_line


def in_notebook() -> bool:
    """Return whether outputs go to a front end and not to a terminal."""
    return getattr(get_ipython(), "kernel", None) is not None


def say(*lines: str) -> None:
    """Show plain sentences, one a line."""
    show("\n".join(lines), "  \n".join(_markdown.inline(line) for line in lines))


def warn(*lines: str) -> None:
    """Write plain sentences to stderr, one a line: what went wrong, where no output tells it."""
    encoding = getattr(sys.stderr, "encoding", None)
    for line in lines:
        print(f"langtail-nb: {encodable(visible_line(line), encoding)}", file=sys.stderr)


def note(*lines: str) -> None:
    """Tell beside a value what is worth knowing: as an output where there are any, as stderr is red there.

    Elsewhere stdout is the program's own, which may be read by another.
    """
    if lines and in_notebook():
        say(*lines)
    else:
        warn(*lines)


def show(plain: str, rich: str, *, kind: str = "text/markdown") -> None:
    """Show Markdown that is already safe, or its plain twin in a terminal, control characters as pictures.

    Args:
        kind: "text/html" where it is HTML instead.
    """
    if in_notebook():
        display({"text/plain": plain, kind: rich}, raw=True)
    else:
        print(visible(plain))


def table(head: Sequence[str], rows: Sequence[Sequence[Any]], *, title: str = "") -> tuple[str, str]:
    """Return a table as plain text and as safe Markdown."""
    cells = [["" if value is None else str(value) for value in row] for row in rows]
    return _plain(head, cells, title), _rows(head, cells, title)


def _plain(head: Sequence[str], cells: list[list[str]], title: str) -> str:
    flat = [[" ".join(cell.split()) for cell in row] for row in [list(head), *cells]]
    widths = [max(len(row[column]) for row in flat) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in flat
    ]
    body = lines if any(head) else lines[1:]
    return "\n".join([title, *body] if title else body)


def _rows(head: Sequence[str], cells: list[list[str]], title: str) -> str:
    lines = [_row([_markdown.inline(cell) for cell in head]), _row([":--"] * len(head))]
    lines += [_row([_markdown.inline(cell).replace("|", "\\|") for cell in row]) for row in cells]
    return "\n".join(([f"**{_markdown.inline(title)}**", ""] if title else []) + lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
