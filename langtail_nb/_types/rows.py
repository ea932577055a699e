"""A table of any kind in, a list of rows out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from langtail_nb._errors import ConfigurationError
from langtail_nb._types.json_value import mapping_of
from langtail_nb._types.plain_form import UnsendableError, listed, plain_form, shortened

Row = dict[str, Any]


class Table(NamedTuple):
    """The rows of a table, and its index where it has one, as pandas does."""

    rows: list[Row]
    index: Any = None


def table_of(table: Any) -> Table:
    """Return the rows of a table, as :func:`rows_of` does, and its index."""
    index = getattr(table, "index", None) if _is_frame(table) else None
    return Table(rows_of(table), index if hasattr(index, "names") else None)


def rows_of(table: Any) -> list[Row]:
    """Return the rows of a table, each a dict by column.

    Args:
        table: A list of dicts or of what counts as one, a dict of lists, or a frame of pandas, polars,
            pyarrow, DuckDB or any other library that narwhals reads.

    Raises:
        ConfigurationError: It is none of these, its columns differ in length, or a column's name is no text.
    """
    try:
        if _is_frame(table):
            rows = _from_frame(table)
        else:
            rows = _from_columns(table) if isinstance(table, Mapping) else plain_form(table)
    except UnsendableError as exc:
        raise ConfigurationError(f"rows: {exc}") from exc
    if not isinstance(rows, list):
        raise ConfigurationError(f"rows must be a list of dicts or a DataFrame, not {type(table).__name__}")
    return [_row(number, row) for number, row in enumerate(rows, 1)]


def _is_frame(table: Any) -> bool:
    kind = type(table)
    if isinstance(table, Mapping | Sequence) or kind.__module__.partition(".")[0] in ("numpy", "builtins"):
        return False
    # Of the class: asking a lazy one for its columns may start its work.
    return any(hasattr(kind, one) for one in ("__dataframe__", "columns", "column_names"))


def _from_frame(table: Any) -> list[Row]:
    import narwhals  # for frames only, with libraries that cost more than it

    try:
        frame = narwhals.from_native(table)
    except TypeError:
        form: list[Row] = plain_form(table)
        return form
    except Exception as exc:  # of whatever library, such as two columns of one name
        return _unreadable(table, exc)
    whole = frame.collect() if isinstance(frame, narwhals.LazyFrame) else frame
    columns = [_items(column) for column in whole.iter_columns()]
    return [dict(zip(whole.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def _items(column: Any) -> list[Any]:
    # Of the library itself where it can: narwhals gives short floats with all the digits of long ones.
    native = column.to_native()
    if hasattr(native, "tolist") or hasattr(native, "to_list"):
        return list(listed(native))
    return list(shortened(column.to_list(), str(column.dtype)))


def _unreadable(table: Any, exc: Exception) -> list[Row]:
    names = [str(name) for name in getattr(table, "columns", ())]
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise UnsendableError(f"a {type(table).__name__} with two columns named {twice[0]!r}") from exc
    raise UnsendableError(
        f"a {type(table).__name__} cannot be read: {str(exc).partition(chr(10))[0]}"
    ) from exc


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
