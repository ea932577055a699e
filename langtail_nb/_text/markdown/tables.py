"""Tables, one line for each row."""

import re

from langtail_nb._text.markdown.inlines import inline_markdown

_DELIMITER_CELL = re.compile(r"\s*:?-+:?\s*$")
_PIPE = re.compile(r"\\.|\|")
_PIPE_OR_SPAN = re.compile(r"\\.|(`+)(?!`).*?(?<!`)\1(?!`)|\$[^\s$](?:[^$]*[^\s$])?\$(?![\w$])|\|")
_LONGEST_ROW = 10_000


def is_table(lines: list[str], at: int) -> bool:
    """Return whether a table begins on line ``at``: a row, then as many cells of dashes."""
    if at + 1 >= len(lines):
        return False
    row = lines[at + 1].strip()
    if "-" not in row or "|" not in row or row.strip("|:- \t"):
        return False
    cells, header = _split(row), lines[at]
    widths = len(_split(header)), len(_split(header, whole_spans=True))
    return len(cells) in widths and all(map(_DELIMITER_CELL.match, cells))


def table(rows: list[str], definitions: dict[str, str]) -> list[str]:
    """Return the lines of a table.

    Args:
        rows: Its lines: names, dashes, then the others, which may have too few or too many cells.
        definitions: Addresses by label, for reference links.
    """
    dashes = [cell.strip() for cell in _split(rows[1])]
    width = len(dashes)
    written = [_row(_fit(_cells(row, width), width), definitions) for row in (rows[0], *rows[2:])]
    return [written[0], "| " + " | ".join(dashes) + " |", *written[1:]]


def _row(cells: list[str], definitions: dict[str, str]) -> str:
    shown = (inline_markdown(cell.replace("\\|", "|"), definitions, cell=True) for cell in cells)
    return "| " + " | ".join(text.replace("|", "&#124;") for text in shown) + " |"


def _fit(cells: list[str], width: int) -> list[str]:
    """Return just ``width`` cells; what is too much stays readable in the last."""
    if len(cells) > width:
        cells = [*cells[: width - 1], " | ".join(cells[width - 1 :])]
    return cells + [""] * (width - len(cells))


def _cells(row: str, width: int) -> list[str]:
    """Return the cells, not cut at pipes inside code or formulas, unless that leaves too few.

    GitHub cuts there; models rarely escape those pipes.
    """
    kept = _split(row, whole_spans=True)
    return kept if len(kept) >= width else _split(row)


def _split(row: str, *, whole_spans: bool = False) -> list[str]:
    """Return what stands between the pipes."""
    row = row.strip()
    row = row[1:] if row.startswith("|") else row
    pattern = _PIPE_OR_SPAN if whole_spans and len(row) < _LONGEST_ROW else _PIPE
    cells, start = [], 0
    for found in pattern.finditer(row):
        if found[0] == "|":
            cells.append(row[start : found.start()].strip())
            start = found.end()
    last = row[start:].strip()
    return [*cells, last] if last or not cells else cells
