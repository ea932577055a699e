"""What each row of ``--rows`` asks: the cell's body filled from it, or a column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._line import fill
from langtail_nb._line.options import Options
from langtail_nb._text.near import near
from langtail_nb._types.json_value import text_of
from langtail_nb._types.rows import Row, table_of


def message_of(shell: Any, options: Options) -> Any:
    """Return what the rows ask: a text for each, the name of a column, or None where they send no message.

    Raises:
        ConfigurationError: The body names what is no column, or ``--message`` does.
    """
    data = table_of(options.rows).rows
    body = options.body if options.body is not None and options.body.strip() else None
    if body is not None:
        given = {name: text for name, text in options.variables.items() if text is not None}
        names = shell.user_ns if options.fill else {}
        return [_filled(body, row, given, names) for row in data]
    if options.message is not None:
        _check_column(options.message, data)
    return options.message


def _filled(body: str, row: Row, given: Mapping[str, str], namespace: Mapping[str, Any]) -> str | None:
    """Return the body for a row: ``{{name}}`` is its column, else ``-v``; None where its value is missing."""
    names = fill.names_in(body)
    texts = {name: text_of(row[name], name) for name in names if name in row}
    known = {**given, **{name: text for name, text in texts.items() if text is not None}}
    if any(text is None and name not in known for name, text in texts.items()):
        return None
    if unknown := [name for name in names if name not in known and name not in namespace]:
        raise ConfigurationError(
            f"{{{{{unknown[0]}}}}} is no column of the rows{near(unknown[0], [*row, *known])}; "
            f"there are {', '.join(list(row)[:8])}"
        )
    return fill.fill(body, known, namespace)[0]


def _check_column(name: str, data: list[Row]) -> None:
    if data and not any(name in row for row in data):
        raise ConfigurationError(f"--message {name} is no column of the rows; there are {', '.join(data[0])}")
