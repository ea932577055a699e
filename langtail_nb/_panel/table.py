"""The rows that a panel is filled from, one at a time: a message, and variables."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, TypedDict

from langtail_nb._errors import ConfigurationError
from langtail_nb._text.near import near
from langtail_nb._types.json_value import text_of
from langtail_nb._types.rows import Row

_QUESTIONS: Final = ("message", "question", "input", "text")
_MOST_NAMED: Final = 5


class Table(TypedDict):
    """The rows as the front end draws them: how many, which one stands here, from 0, and what it fills.

    ``message`` is the column that the message comes from; ``told`` says which columns are not sent.
    """

    count: int
    at: int | None
    columns: list[str]
    message: str | None
    told: str


class Rows:
    """A table, the row of it that stands in the panel, and the column that the message comes from.

    Attributes:
        at: The row that was filled in last, from 0, or None.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self.at: int | None = None
        self._rows = rows
        self._columns = list(dict.fromkeys(name for row in rows for name in row))
        self._chosen: str | None = None
        self._is_chosen = False

    @property
    def rows(self) -> Sequence[Row]:
        """All rows, as they were given."""
        return self._rows

    @property
    def columns(self) -> list[str]:
        """The names of all columns."""
        return self._columns

    def go_on_from(self, earlier: Rows) -> None:
        """Stand where another table with the same columns stood."""
        if self._columns == earlier._columns:
            self._chosen, self._is_chosen = earlier._chosen, earlier._is_chosen
            self.at = earlier.at if earlier.at is not None and earlier.at < len(self._rows) else None

    def choose(self, column: str | None) -> None:
        """Take the message from a column; None takes it from none.

        Raises:
            ConfigurationError: There is no such column.
        """
        if column is not None and column not in self._columns:
            raise ConfigurationError(f"the table has no column {column!r}{near(column, self._columns)}")
        self._chosen, self._is_chosen = column, True

    def column(self, variables: Collection[str]) -> str | None:
        """Return the column of the message: as chosen, else the first named like one that is no variable."""
        if self._is_chosen:
            return self._chosen
        return next((n for n in _QUESTIONS if n in self._columns and n not in variables), None)

    def message(self, row: int, variables: Collection[str]) -> str | None:
        """Return what a row says as the message; None where no column does."""
        column = self.column(variables)
        return None if column is None else text_of(self._rows[row].get(column), column) or ""

    def texts(
        self, row: int, variables: Collection[str] | None, known: Collection[str]
    ) -> dict[str, str | None]:
        """Return a row's values for variables as texts, None for one that is missing.

        Args:
            variables: Those of the assistant; None takes every column, as they are not known.
            known: They, and others that are set.
        """
        message = self.column(variables or ())
        found = {
            name: value
            for name, value in self._rows[row].items()
            if name in (variables or ()) or (name != message and (variables is None or name in known))
        }
        return {name: text_of(value, name) for name, value in found.items()}

    def check(self, row: object) -> None:
        """Refuse what names no row.

        Raises:
            ConfigurationError: This one.
        """
        count = len(self._rows)
        if not isinstance(row, int):
            raise ConfigurationError(f"a row is named by a whole number from 1 to {count}")
        if not 0 <= row < count:
            raise ConfigurationError(f"there is no row {row + 1}; the table has {count}")

    def section(self, variables: Collection[str] | None, known: Collection[str]) -> Table:
        """Return what the front end shows of the table."""
        message = self.column(variables or ())
        left = [name for name in self._columns if name != message and name not in known]
        return Table(
            count=len(self._rows),
            at=self.at,
            columns=self._columns,
            message=message,
            told=_not_sent(left) if variables is not None else "",
        )


def _not_sent(names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    told = "no variable" if len(names) == 1 else "no variables"
    return f"{', '.join(names[:_MOST_NAMED])}{more}: {told}, not sent"
