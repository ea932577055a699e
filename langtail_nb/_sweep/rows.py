"""The rows of a sweep: what of each is sent, what stays here for scores, and which belong together."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.column import Column
from langtail_nb._sweep.identity import digest
from langtail_nb._text.near import near
from langtail_nb._types.json_value import text_of
from langtail_nb._types.plain_form import is_nothing, items_of, opened
from langtail_nb._types.rows import Row, table_of

MESSAGE: Final = "message"
"""What the only column is called where messages were given without a table."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows that are asked about, each with its message and its variables.

    Attributes:
        data: Each row by column, its values as they were given.
        messages: What each row asks; None where it sends no message.
        variables: What each row sends by name, as text.
        sent: The columns that are sent, the one of the message included.
        kept: Those that stay here, for scores.
        unasked: The rows whose message is missing or empty, which are not sent at all.
        missing: Names of what is not sent in some rows for being missing there, and these, from 0.
        unit: The column whose rows belong together; None for each row by itself.
        units: What each row belongs to: an equal value is one unit.
        hashes: The hash of each row with what stays here.
        index: That of the frame, where it had one.
        labels: What each row is called by the index of its frame, where that has names of its own; else none,
            and rows are called by their numbers, from 0.
    """

    data: tuple[Row, ...]
    messages: tuple[Any, ...]
    variables: tuple[Mapping[str, str], ...]
    sent: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    unasked: tuple[int, ...] = ()
    missing: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    unit: str | None = None
    units: tuple[Hashable, ...] = ()
    hashes: tuple[str, ...] = ()
    index: Any = None
    labels: tuple[Hashable, ...] = ()

    def __len__(self) -> int:
        return len(self.data)

    @property
    def asked(self) -> list[int]:
        """The numbers of the rows that have a message, or need none."""
        left = {*self.unasked}
        return [row for row in range(len(self)) if row not in left]

    def told(self) -> list[str]:
        """Return what is missing in which rows, a sentence each."""
        absent = self.missing.items()
        told = [f"{n} is missing in {self.named(rows)} and not sent there" for n, rows in absent]
        if self.unasked:
            which = "which is" if len(self.unasked) == 1 else "which are"
            told.append(f"the message is missing or empty in {self.named(self.unasked)}, {which} not sent")
        return told

    def label(self, row: int) -> Any:
        """Return what a row is called: by the index of its frame, or its number."""
        return self.labels[row] if self.labels else row

    def place(self, label: Any) -> int | None:
        """Return the number of the row that is called so; None where none is."""
        if self.labels:
            return self.labels.index(label) if label in self.labels else None
        return label if type(label) is int and 0 <= label < len(self) else None

    def named(self, rows: Sequence[int]) -> str:
        """Return what rows are called in words, the first ones of many."""
        return numbered([self.label(row) for row in rows])


def numbered(rows: Sequence[Any]) -> str:
    """Return rows by number or label in words, the first ones of many."""
    shown = ", ".join(map(str, rows[:5])) + (f" and {len(rows) - 5} more" if len(rows) > 5 else "")
    return f"row{'s' * (len(rows) != 1)} {shown}"


def read_rows(
    table: Any,
    *,
    message: Any = None,
    named: Mapping[str, Any],
    known: Iterable[str] | None,
    unit: str | None = None,
    labelled: bool = False,
) -> Rows:
    """Return the rows of a table, and of its columns those sent that are variables.

    Args:
        table: As ``rows_of`` takes it; None where ``message`` gives one for each row.
        message: A text for all rows, one for each, the name of a column or :class:`Column`; None for none.
        named: Variables that are given by themselves: a value for all rows, a column, or one for each.
        known: The names of the assistant's variables; None where they cannot be read.
        unit: A column whose rows belong together.
        labelled: Whether rows are called by the index of their frame, where that has names of its own.

    Raises:
        ConfigurationError: There are no rows, or one has no such column or a value that cannot be sent.
    """
    message = _lasting(message)
    data, index = _data(table, message)
    columns = list(dict.fromkeys(name for row in data for name in row))
    messages, asked = _messages(message, data, columns, alone=table is None)
    given = {name: _each(name, value, data, columns) for name, value in named.items()}
    taken = [name for name in columns if known is not None and name in {*known} and name not in given]
    for name in taken:
        given[name] = [row.get(name) for row in data]
    variables, missing = _variables(given, len(data))
    explicit = [value.name for value in named.values() if isinstance(value, Column)]
    sent = [*([asked] if asked else []), *taken, *explicit]
    kept = [name for name in columns if name not in sent]
    sends = list(zip(messages, variables, strict=True))
    hashes = [digest([_hashable(row), *one]) for row, one in zip(data, sends, strict=True)]
    unasked = () if message is None else tuple(n for n, text in enumerate(messages) if text is None)
    if len(unasked) == len(data):
        raise ConfigurationError("the message of every row is missing or empty, so nothing can be asked")
    if unit is not None:
        _check_column(unit, columns, "unit=")
    return Rows(
        data=tuple(data),
        messages=tuple(messages),
        variables=tuple(variables),
        sent=tuple(dict.fromkeys(sent)),
        kept=tuple(kept),
        unasked=unasked,
        missing=missing,
        unit=unit,
        units=_units(data, unit, messages, variables),
        hashes=tuple(hashes),
        index=index,
        labels=labels_of(index) if labelled else (),
    )


def labels_of(index: Any) -> tuple[Hashable, ...]:
    """Return the names that the index of a frame has for its rows; none where it only numbers them from 0.

    Neither where two rows have the same name, which then names neither.
    """
    labels = () if index is None else tuple(index.tolist())
    is_own = labels != tuple(range(len(labels))) and len({*labels}) == len(labels)
    return labels if is_own else ()


def are_several(value: Any) -> bool:
    """Return whether a message is one for each row: a column, a list of texts or of lists of parts."""
    items = items_of(value)
    return items is not None and not (items and all(_is_part(one) for one in items))


def _is_part(value: Any) -> bool:
    return isinstance(value, Mapping) and "type" in value


def _data(table: Any, message: Any) -> tuple[list[Row], Any]:
    if table is not None:
        rows, index = table_of(table)
        if not rows:
            raise ConfigurationError("rows: there are 0 rows, so nothing can be asked")
        return rows, index
    if message is None or isinstance(message, str | Column) or not are_several(message):
        raise ConfigurationError("there are no rows: give rows=df, or one message for each row")
    if not (texts := items_of(message)):
        raise ConfigurationError("there are 0 messages, so nothing can be asked")
    index = getattr(message, "index", None)
    return [{MESSAGE: text} for text in texts], index if hasattr(index, "names") else None


def _lasting(value: Any) -> Any:
    """Return a value that can be read more than once: the items of what gives each of them once."""
    return list(value) if isinstance(value, Iterator) else value


def _messages(
    message: Any, data: Sequence[Row], columns: Sequence[str], *, alone: bool
) -> tuple[list[Any], str | None]:
    """Return the message of each row, and the column that it comes from."""
    if alone:
        return [_content(row[MESSAGE]) for row in data], MESSAGE
    if isinstance(message, str) and _is_meant(message, columns):
        message = Column(message)
    if isinstance(message, Column):
        _check_column(message.name, columns, "message=")
        return [_content(row.get(message.name)) for row in data], message.name
    if message is None or not are_several(message):
        content = None if message is None else _content(message)
        return [content] * len(data), None
    texts = items_of(message) or []
    if len(texts) != len(data):
        raise ConfigurationError(f"message= has {len(texts)} for {len(data)} rows; give one, or one for each")
    name = getattr(message, "name", None)
    is_column = isinstance(name, str) and [opened(row.get(name)) for row in data] == [*map(opened, texts)]
    return [_content(text) for text in texts], str(name) if is_column else None


def _is_meant(message: str, columns: Sequence[str]) -> bool:
    """Return whether a column is meant; a word that is almost one is a slip, else asked of every row."""
    return message in columns or (message.isidentifier() and bool(near(message, columns)))


def _content(value: Any) -> Any:
    """Return a message as a request takes it, any other value as its JSON text; None where there is none."""
    form = opened(value)
    if isinstance(form, list) and form and all(map(_is_part, form)):
        return form
    text = text_of(value, MESSAGE)
    return text if text is not None and text.strip() else None


def _each(name: str, value: Any, data: Sequence[Row], columns: Sequence[str]) -> list[Any]:
    """Return a variable's value for each row."""
    if isinstance(value, Column):
        _check_column(value.name, columns, f"{name}=")
        return [row.get(value.name) for row in data]
    value = _lasting(value)
    # A list is a value as elsewhere; a column of a library's is one for each row.
    is_column = hasattr(value, "to_list") or hasattr(value, "to_pylist")
    if not is_column:
        return [value] * len(data)
    items = items_of(value) or []
    if len(items) != len(data):
        raise ConfigurationError(f"{name}= is a column of {len(items)} values for {len(data)} rows")
    return items


def _variables(
    given: Mapping[str, list[Any]], count: int
) -> tuple[list[dict[str, str]], dict[str, tuple[int, ...]]]:
    texts: list[dict[str, str]] = [{} for _ in range(count)]
    missing: dict[str, tuple[int, ...]] = {}
    for name, values in given.items():
        absent = []
        for number, value in enumerate(values):
            text = value if type(value) is str else text_of(value, name)
            if text is None:
                absent.append(number)
            else:
                texts[number][name] = text
        if absent:
            missing[name] = tuple(absent)
    return texts, missing


def _check_column(name: str, columns: Sequence[str], where: str) -> None:
    if name not in columns:
        hint = near(name, columns) or f"; there are {', '.join(columns[:8])}"
        raise ConfigurationError(f"{where} names no column of the rows: {name!r}{hint}")


def _units(
    data: Sequence[Row], unit: str | None, messages: Sequence[Any], variables: Sequence[Mapping[str, str]]
) -> tuple[Hashable, ...]:
    """Return what each row belongs to; rows that send the same are one by themselves."""
    if unit is None:
        return tuple(digest([text, values]) for text, values in zip(messages, variables, strict=True))
    # A row without one belongs to none but itself.
    return tuple(
        f"row {number}" if is_nothing(row.get(unit)) else str(opened(row.get(unit)))
        for number, row in enumerate(data)
    )


def _hashable(row: Row) -> dict[str, str]:
    return {name: value if type(value) is str else repr(opened(value)) for name, value in row.items()}
