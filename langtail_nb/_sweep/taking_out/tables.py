"""The trials of a run as a frame or as a file."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.results import Results
from langtail_nb._sweep.taking_out.columns import as_rows, columns_of, flat
from langtail_nb._sweep.taking_out.library import library

Place = str | os.PathLike[str]


def to_pandas(run: Results) -> Any:
    """Return a frame of pandas with a row for each trial."""
    return library("pandas", "to_pandas").DataFrame(columns_of(run))


def to_polars(run: Results) -> Any:
    """Return a frame of polars with a row for each trial."""
    return polars_of(columns_of(run))


def polars_of(columns: Mapping[str, Sequence[Any]]) -> Any:
    """Return a frame of polars; a column of mixed types that it does not take is told as text."""
    polars = library("polars", "to_polars")
    found = []
    for name, values in columns.items():
        try:
            found.append(polars.Series(name, values, strict=True))
        except (TypeError, ValueError, OverflowError, polars.exceptions.PolarsError):
            found.append(polars.Series(name, _alike(values), strict=False))
    return polars.DataFrame(found)


def to_csv(run: Results, path: Place) -> None:
    """Write a file of CSV with a row for each trial; what is no scalar stands as JSON."""
    columns = columns_of(run)
    with _writing(path) as whole, whole.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*columns])
        writer.writeheader()
        writer.writerows({name: flat(value) for name, value in row.items()} for row in as_rows(columns))


def to_jsonl(run: Results, path: Place) -> None:
    """Write a file with a JSON object for each trial, a line each."""
    with _writing(path) as whole, whole.open("w", encoding="utf-8", newline="\n") as file:
        for row in as_rows(columns_of(run)):
            record = {name: flat(value) for name, value in row.items()}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def to_parquet(run: Results, path: Place) -> None:
    """Write a file of Parquet with a row for each trial, by pyarrow or else by polars."""
    columns = {name: _alike(values) for name, values in columns_of(run).items()}
    with _writing(path) as whole:
        try:
            pyarrow = library("pyarrow", "to_parquet")
        except ConfigurationError:
            if find_spec("polars") is None:
                raise
            library("polars", "to_parquet").DataFrame(columns).write_parquet(whole)
            return
        library("pyarrow.parquet", "to_parquet").write_table(pyarrow.table(columns), whole)


def _alike(values: Sequence[Any]) -> list[Any]:
    """Return values of one type: numbers, times or truth values as they are, else all of them as text."""
    plain = [value if hasattr(value, "tzinfo") else flat(value) for value in values]
    kinds = {type(value) for value in plain if value is not None}
    if len(kinds) <= 1:
        return plain
    if kinds <= {int, float}:
        return [None if value is None else float(value) for value in plain]
    return [
        value if value is None or isinstance(value, str) else json.dumps(value, default=str)
        for value in plain
    ]


@contextmanager
def _writing(path: Place) -> Iterator[Path]:
    """Yield a place to write to, and put what is there in the file's place once it is whole."""
    target = Path(path).expanduser()
    whole = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        yield whole
        os.replace(whole, target)
    except OSError as exc:
        raise ConfigurationError(f"{target} cannot be written: {exc.strerror or exc}") from exc
    finally:
        whole.unlink(missing_ok=True)
