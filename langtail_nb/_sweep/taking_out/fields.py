"""Two parameters as a map of fields, the mean of each written in it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Any, Final

from langtail_nb._sweep.setting import Setting
from langtail_nb._sweep.taking_out.points import DEPLOYED, Point, folded, in_order, value_of

_NAN: Final = math.nan
_WIDE: Final = 4
"""Columns above which what is written in a field has to be small."""
_BRIGHT: Final = 0.45


class Fields:
    """The means of two parameters' values.

    Args:
        settings: Those of the run, also those of which nothing is known.
        found: What is known of some of them.
        names: The parameter across, and the one upwards.
    """

    def __init__(self, settings: Iterable[Setting], found: Sequence[Point], names: tuple[str, str]) -> None:
        every = list(settings)
        inner = [one for one in every if one.overrides] or every
        self.names = names
        self.columns, self.rows = (in_order(value_of(one, name) for one in inner) for name in names)
        means = _means(found, names)
        self.lines = [[means.get((column, row), _NAN) for column in self.columns] for row in self.rows]
        self.means = sorted({mean for line in self.lines for mean in line if not math.isnan(mean)})
        is_inside = DEPLOYED in self.columns and DEPLOYED in self.rows
        self.beside = None if is_inside else means.get((DEPLOYED, DEPLOYED))

    def written(self, mean: float) -> str:
        """Return a mean as it stands in its field: with so many decimals that the differences show."""
        spread = self.means[-1] - self.means[0] if self.means else 0.0
        return f"{mean:,.{max(0, 2 - math.ceil(math.log10(spread)))}f}" if spread else f"{mean:.3g}"


def draw(fields: Fields, what: str, ax: Any) -> None:
    """Draw fields, hatched where nothing is known.

    Args:
        what: What the means are of.
    """
    picture = ax.imshow(fields.lines, origin="lower", aspect="auto")
    # Seen through what has no colour.
    ax.patch.set(hatch="///", edgecolor="0.6")
    _write(fields, picture, ax)
    across, up = fields.names
    width = 60 // len(fields.columns)
    ax.set_xticks(range(len(fields.columns)), [folded(value, width) for value in fields.columns])
    ax.set_yticks(range(len(fields.rows)), [folded(value, 16) for value in fields.rows])
    ax.set_xlabel(across)
    ax.set_ylabel(up)
    told = [] if fields.beside is None else [f"{DEPLOYED} {fields.written(fields.beside)}"]
    if len(fields.means) > 1:
        ax.figure.colorbar(picture, ax=ax, label=what)
    else:  # a scale of one value would be made up
        told = [what, *told]
    ax.set_title(" · ".join(told), fontsize="medium")


def _means(found: Sequence[Point], names: tuple[str, str]) -> dict[tuple[Any, Any], float]:
    """Return the mean of each pair of values over the settings that have it."""
    middles: dict[tuple[Any, Any], list[float]] = {}
    for one in found:
        if one.middle is not None:
            across, up = (value_of(one.setting, name) for name in names)
            middles.setdefault((across, up), []).append(one.middle)
    return {place: fmean(values) for place, values in middles.items()}


def _write(fields: Fields, picture: Any, ax: Any) -> None:
    size = "medium" if len(fields.columns) <= _WIDE else "x-small"
    for y, line in enumerate(fields.lines):
        for x, mean in enumerate(line):
            if not math.isnan(mean):
                color = _against(picture.cmap(picture.norm(mean)))
                ax.text(x, y, fields.written(mean), ha="center", va="center", color=color, fontsize=size)


def _against(color: Sequence[float]) -> str:
    """Return black or white, whichever is read better on a colour."""
    red, green, blue = color[:3]
    return "black" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > _BRIGHT else "white"
