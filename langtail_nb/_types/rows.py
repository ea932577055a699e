"""A table of any kind in, a list of rows out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._types.json_value import mapping_of
from langtail_nb._types.plain_form import UnsendableError, plain_form

Row = dict[str, Any]


def rows_of(table: Any) -> list[Row]:
    """Return the rows of a table, each a dict by column.

    Args:
        table: A list of dicts or of what counts as one, a dict of lists, or a DataFrame or Table.

    Raises:
        ConfigurationError: It is none of these, its columns differ in length, or a column's name is no text.
    """
    try:
        rows = _from_columns(table) if isinstance(table, Mapping) else plain_form(table)
    except UnsendableError as exc:
        raise ConfigurationError(f"rows: {exc}") from exc
    if not isinstance(rows, list):
        raise ConfigurationError(f"rows must be a list of dicts or a DataFrame, not {type(table).__name__}")
    return [_row(number, row) for number, row in enumerate(rows, 1)]


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
    members = mapping_of(f"row {number}", row)
    if odd := [name for name in members if not isinstance(name, str)]:
        raise ConfigurationError(f"row {number} has a column named {odd[0]!r}; names must be text")
    return members
