"""A table that was pasted, as spreadsheets and files write one, into rows."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from typing import Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._types.rows import Row

_MOST: Final = 5_000_000


def rows_in(text: str) -> list[Row]:
    """Return the rows of a text whose first line names the columns, parted by tabs, commas or semicolons.

    Raises:
        ConfigurationError: It is no such table; says what to do.
    """
    if len(text) > _MOST:
        raise ConfigurationError("this table is too long to be pasted: give it as lt.panel(rows=df)")
    found = [line for line in _lines(text.strip("\n\r\ufeff")) if any(cell.strip() for cell in line)]
    head, *lines = found or [[]]
    columns = [cell.strip() for cell in head]
    if not lines:
        raise ConfigurationError("paste a table with its first line: the names of the columns, then the rows")
    if twice := [name for name, count in Counter(columns).items() if count > 1 or not name]:
        told = f"two columns named {twice[0]!r}" if twice[0] else "a column without a name"
        raise ConfigurationError(f"the first line of the table has {told}")
    for number, line in enumerate(lines, 1):
        if len(line) > len(columns):
            raise ConfigurationError(
                f"row {number} has {len(line)} values for {len(columns)} columns; quote texts with commas"
            )
    # A spreadsheet leaves out cells at the end that are empty.
    return [dict(zip(columns, [*line, *[""] * (len(columns) - len(line))], strict=True)) for line in lines]


def _lines(text: str) -> Sequence[list[str]]:
    first = text.partition("\n")[0]
    # Of one column only, whose texts may hold commas.
    delimiter = max("\t;,", key=first.count) if any(mark in first for mark in "\t;,") else "\t"
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as exc:
        raise ConfigurationError(f"this is no table: {exc}") from exc
