"""A report as parts, and these as text and as HTML with the same content, in which nothing can run."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from langtail_nb._text.characters import visible, visible_line

WIDTH: Final = 79
"""Characters that every terminal shows in a line."""

_LABEL: Final = 20
_LEAST_LABEL: Final = 4
_GAP: Final = "  "
_CELL: Final = 'style="text-align:left;vertical-align:top"'
_FIGURE: Final = 'style="text-align:left;vertical-align:top;white-space:nowrap"'


@dataclass(frozen=True)
class Line:
    """A line of a grid: its cells, and what stands below them in words, in HTML beside them."""

    cells: Sequence[str]
    below: str = ""


@dataclass(frozen=True)
class Part:
    """A title, what is to be said first, a grid, and what else is to be said, a sentence each.

    Attributes:
        drawn: The column that is drawn in characters, or None.
    """

    title: str
    head: Sequence[str] = ()
    lines: Sequence[Line] = ()
    lead: Sequence[str] = ()
    notes: Sequence[str] = ()
    drawn: int | None = None


def plain(parts: Sequence[Part]) -> str:
    """Return parts as text."""
    return "\n\n".join("\n".join(_plain(part)) for part in parts)


def html(parts: Sequence[Part]) -> str:
    """Return parts as HTML; all that they hold is text."""
    return f"<div>{''.join(''.join(_html(part)) for part in parts)}</div>"


def _plain(part: Part) -> Iterator[str]:
    if part.title:
        yield from textwrap.wrap(visible_line(part.title), WIDTH)
    yield from _sentences(part.lead)
    if part.lines:
        yield from _grid(part)
    yield from _sentences(part.notes)


def _sentences(told: Sequence[str]) -> Iterator[str]:
    for one in told:
        yield from textwrap.wrap(visible_line(one), WIDTH, subsequent_indent=_GAP)


def _grid(part: Part) -> Iterator[str]:
    cells = [
        [visible_line(cell) for cell in row] for row in [part.head, *(line.cells for line in part.lines)]
    ]
    columns = range(len(part.head))
    widths = [max(len(row[column]) for row in cells) for column in columns]
    # What a line has no room for is taken from the label, which stands in a line of its own then.
    room = WIDTH - sum(widths[1:]) - len(_GAP) * len(widths[1:])
    widths[0] = min(widths[0], _LABEL, max(_LEAST_LABEL, room))
    for row, below in zip(cells, ["", *(line.below for line in part.lines)], strict=True):
        first, *others = row
        if len(first) > widths[0]:
            yield from textwrap.wrap(first, WIDTH)
            first = ""
        padded = [cell.ljust(width) for cell, width in zip([first, *others], widths, strict=True)]
        if line := _GAP.join(padded).rstrip():
            yield line
        yield from textwrap.wrap(
            visible_line(below), WIDTH, initial_indent=_GAP * 2, subsequent_indent=_GAP * 2
        )


def _html(part: Part) -> Iterator[str]:
    if part.title:
        yield f"<p><b>{_escaped(part.title)}</b></p>"
    yield from (f"<p>{_escaped(one)}</p>" for one in part.lead)
    if part.lines:
        yield "<table><thead><tr>"
        has_words = any(line.below for line in part.lines)
        yield from _cells("th", part, [*part.head, *([""] if has_words else [])])
        yield "</tr></thead><tbody>"
        for line in part.lines:
            yield "<tr>"
            yield from _cells("td", part, [*line.cells, *([line.below] if has_words else [])])
            yield "</tr>"
        yield "</tbody></table>"
    yield from (f"<p>{_escaped(note)}</p>" for note in part.notes)


def _cells(kind: str, part: Part, texts: Sequence[str]) -> Iterator[str]:
    return (_cell(kind, part, column, text) for column, text in enumerate(texts))


def _cell(kind: str, part: Part, column: int, text: str) -> str:
    # Beside a bar the cells are short, and an interval in two lines is read as two numbers.
    is_figure = part.drawn is not None and 0 < column < len(part.head)
    style = _FIGURE if is_figure else _CELL
    if column != part.drawn:
        return f"<{kind} {style}>{_escaped(text)}</{kind}>"
    # A sanitiser may take a style away, and spaces would run together then.
    drawn = _escaped(text.ljust(1)).replace(" ", "\u00a0")
    hidden = ' aria-hidden="true"' if kind == "td" else ""
    return f"<{kind} {style}{hidden}><code>{drawn}</code></{kind}>"


def _escaped(text: str) -> str:
    return escape(visible(text))
