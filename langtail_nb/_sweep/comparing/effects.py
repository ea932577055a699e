"""The cells of a grid by axis: each value against the first, averaged over the other axis."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from langtail_nb._sweep.comparing.pairs import Pair, paired
from langtail_nb._sweep.comparing.scored import Scored, Setting, Unit

MOST_CELLS: Final = 8
"""With more settings in two axes the axes are compared and not the cells."""


@dataclass(frozen=True, slots=True)
class Line:
    """A value of an axis and the first one: the settings that differ in nothing else, two by two."""

    axis: str
    value: str
    first: str
    cells: tuple[tuple[int, int], ...]


def lines_of(settings: Sequence[Setting]) -> list[Line]:
    """Return what is to be compared by axis; nothing for few settings or other than two axes."""
    cells = {n: setting.axes for n, setting in enumerate(settings) if setting.axes}
    names = list(dict.fromkeys(name for axes in cells.values() for name in axes))
    if len(cells) <= MOST_CELLS or len(names) != 2:
        return []
    places = {tuple(axes.get(name, "") for name in names): n for n, axes in cells.items()}
    return [line for at in (0, 1) for line in _lines(names[at], at, places)]


def _lines(axis: str, at: int, places: dict[tuple[str, ...], int]) -> Iterator[Line]:
    values = list(dict.fromkeys(cell[at] for cell in places))
    others = list(dict.fromkeys(cell[1 - at] for cell in places))

    def place(value: str, other: str) -> int | None:
        return places.get((value, other) if at == 0 else (other, value))

    for value in values[1:]:
        both = [(place(value, other), place(values[0], other)) for other in others]
        cells = tuple((a, b) for a, b in both if a is not None and b is not None)
        if cells:
            yield Line(axis, value, values[0], cells)


def averaged(scored: Scored, line: Line, units: Sequence[Unit]) -> Pair:
    """Return a value of an axis beside the first one, each unit averaged over the other axis."""
    pairs = [paired(scored.values[a], scored.values[b], units) for a, b in line.cells]
    mine: dict[Unit, list[float]] = defaultdict(list)
    theirs: dict[Unit, list[float]] = defaultdict(list)
    for pair in pairs:
        for unit, one, other in zip(pair.units, pair.mine, pair.theirs, strict=True):
            mine[unit].append(one)
            theirs[unit].append(other)
    return Pair(
        units=tuple(mine),
        mine=tuple(fmean(ones) for ones in mine.values()),
        theirs=tuple(fmean(ones) for ones in theirs.values()),
        trials=sum(pair.trials for pair in pairs),
        asked=max(pair.asked for pair in pairs),
        waiting=max(pair.waiting for pair in pairs),
        mine_missing=fmean(pair.mine_missing for pair in pairs),
        theirs_missing=fmean(pair.theirs_missing for pair in pairs),
        missing=fmean(pair.missing for pair in pairs),
        lost=tuple(one for pair in pairs for one in pair.lost),
    )
