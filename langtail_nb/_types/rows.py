"""A table of any kind in, a list of rows out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langtail_nb._errors import ConfigurationError

Row = dict[str, Any]


def rows_of(table: Any) -> list[Row]:
    """Return the rows of a table, each a dict by column.

    Args:
        table: A list of dicts, a dict of lists, a pandas or polars DataFrame, or a pyarrow Table.

    Raises:
        ConfigurationError: It is none of these, its columns differ in length, or a column's name is no text.
    """
    if isinstance(table, Mapping):
        rows = _from_columns(table)
    elif hasattr(table, "to_dicts"):  # polars
        rows = table.to_dicts()
    elif hasattr(table, "to_pylist"):  # pyarrow
        rows = table.to_pylist()
    elif hasattr(table, "to_dict") and hasattr(table, "columns"):  # pandas
        rows = table.to_dict("records")
    elif isinstance(table, Sequence) and not isinstance(table, str | bytes):
        rows = list(table)
    else:
        raise ConfigurationError(f"rows must be a list of dicts or a DataFrame, not {type(table).__name__}")
    return [_row(number, row) for number, row in enumerate(rows, 1)]


def is_missing(value: Any) -> bool:
    """Return whether a value of a table says that there is none: None, NaN, NaT or pandas' NA."""
    if value is None:
        return True
    if isinstance(value, str | Mapping | Sequence):
        return False
    try:
        # A value that does not equal itself; pandas' NA has no answer at all.
        return bool(value != value)
    except (TypeError, ValueError):
        return type(value).__name__ == "NAType"


def _from_columns(columns: Mapping[Any, Any]) -> list[Row]:
    lengths = {name: _length(name, column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise ConfigurationError(f"rows as a dict of lists need lists of one length; {told}")
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _length(name: Any, column: Any) -> int:
    try:
        if not isinstance(column, str | bytes | bytearray | Mapping | set | frozenset):
            return len(column)
    except TypeError:  # no length, as that of an array without dimensions
        pass
    kind = type(column).__name__
    raise ConfigurationError(f"rows as a dict of lists: {name} is of type {kind}, not a list")


def _row(number: int, row: Any) -> Row:
    if not isinstance(row, Mapping):
        raise ConfigurationError(f"row {number} must be a dict, not {type(row).__name__}")
    if odd := [name for name in row if not isinstance(name, str)]:
        raise ConfigurationError(f"row {number} has a column named {odd[0]!r}; names must be text")
    return dict(row)
