"""A person's marks: which answers to mark, blind, and what was marked."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.comparing.scored import Unit, Values
from langtail_nb._sweep.scoring.functions import givens
from langtail_nb._sweep.scoring.score import Unscored
from langtail_nb._types.plain_form import opened
from langtail_nb._types.rows import rows_of


class Place(NamedTuple):
    """Which answer: its setting, row and repeat (from 1)."""

    setting: int
    row: int
    repeat: int


Marks = Mapping[Place, float]


def to_mark(answered: Sequence[Place], rows: int, *, seed: int = 1) -> list[Place]:
    """Return the answers of all settings on some rows, shuffled, one of each setting and row.

    Only rows that every setting answered are taken.

    Args:
        answered: The answers that there are.
        rows: How many rows.
        seed: Another one takes other rows.

    Raises:
        ConfigurationError: No row was answered by every setting.
    """
    first: dict[int, dict[int, Place]] = {}
    for place in sorted(answered):
        first.setdefault(place.row, {}).setdefault(place.setting, place)
    settings = {place.setting for place in answered}
    whole = [row for row, places in first.items() if places.keys() == settings]
    if not whole:
        raise ConfigurationError("no row was answered by every setting, so there is nothing to mark")
    chance = random.Random(seed)  # noqa: S311 - the same each time
    chosen = [place for row in chance.sample(whole, min(rows, len(whole))) for place in first[row].values()]
    chance.shuffle(chosen)
    return chosen


def read_marks(table: Any, labels: Sequence[str]) -> dict[Place, float]:
    """Return the marks in a table with the columns row, setting, repeat and mark.

    Args:
        table: Rows of any kind. ``setting`` is a label or a place, ``repeat`` may be left out and is 1 then,
            ``mark`` a bool or a number; rows without a mark are passed over.
        labels: Those of the settings, in their order.

    Raises:
        ConfigurationError: A column is missing, or a setting unknown; names the row.
    """
    found = {}
    for number, line in enumerate(rows_of(table), 1):
        missing = [name for name in ("row", "setting", "mark") if name not in line]
        if missing:
            raise ConfigurationError(
                f"marks: row {number} has no {missing[0]!r}; it needs row, setting and mark"
            )
        mark = _mark(line["mark"], number)
        if mark is not None:
            place = Place(
                _place(line["setting"], labels, number), _whole(line, "row"), _whole(line, "repeat")
            )
            found[place] = mark
    return found


def _mark(value: Any, number: int) -> float | None:
    try:
        given = givens(value, None)
    except Unscored:
        given = {}
    if "" not in given:
        raise ConfigurationError(f"marks: row {number} has the mark {value!r}; a bool or a number is one")
    return given[""].value


def _whole(line: Mapping[str, Any], name: str) -> int:
    value = opened(line.get(name, 1))
    if isinstance(value, bool) or not isinstance(value, int | float) or not float(value).is_integer():
        raise ConfigurationError(f"marks: {name} must be a whole number, not {value!r}")
    return int(value)


def _place(setting: Any, labels: Sequence[str], number: int) -> int:
    value = opened(setting)
    if value in labels:
        return labels.index(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(labels):
        return value
    raise ConfigurationError(
        f"marks: row {number} names no setting: {value!r}; there are {', '.join(labels)}"
    )


def by_unit(marks: Marks, slots: Mapping[Unit, Sequence[tuple[int, int]]], settings: int) -> list[Values]:
    """Return marks in the shape of scores, for ``Scored.marks``."""
    return [
        {unit: [marks.get(Place(n, *slot)) for slot in of_unit] for unit, of_unit in slots.items()}
        for n in range(settings)
    ]
