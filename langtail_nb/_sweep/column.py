"""A column of the rows, by its name."""

from __future__ import annotations

from dataclasses import dataclass

from langtail_nb._errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Column:
    """The value that each row has in one column."""

    name: str


def column(name: str) -> Column:
    """Return what stands for a column of the rows where a text would be a text.

    ``lt.map(rows=df, message=lt.column("question"), topic=lt.column("category"))``

    Raises:
        ConfigurationError: The name is no text.

    Example:
        >>> replies = lt.map(rows=rows, message=lt.column("question"))
        >>> print(replies[1].text)
        system: Delivery takes 3 days.
        user: And to the islands?
    """
    if not isinstance(name, str) or not name:
        raise ConfigurationError(f"lt.column takes the name of a column, not {name!r}")
    return Column(name)
