"""How many rows, for how small a difference."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import NormalDist, fmean
from typing import Final

from langtail_nb._sweep.statistics.distributions import z_beyond
from langtail_nb._sweep.statistics.spread import variance

ALPHA: Final = 0.05
"""At most so many sweeps without a difference say better or worse."""

_FOUND: Final = NormalDist().inv_cdf(0.8)
# Before any data: the spread of row differences of pass/fail scores, by repeats.
_GUESSED_ONCE: Final = 0.40
_GUESSED_OFTEN: Final = 0.27


def guessed_spread(repeats: int) -> float:
    """Return the standard deviation of row differences to plan with before there are any."""
    return _GUESSED_ONCE if repeats < 2 else max(_GUESSED_OFTEN, _GUESSED_ONCE / math.sqrt(repeats))


def pilot_spread(values: Iterable[Sequence[float]], repeats: int) -> float | None:
    """Return the spread of row differences that trials of one setting let expect; None for too few rows.

    Two settings that differ a little share the difficulty of a row, so what is left is what repeats of
    one setting show: twice the variance within a row, over the repeats. Where no row has two trials, the
    variance between rows stands in for it, which is more.

    Args:
        values: The scores of each row.
        repeats: How many the plan has.
    """
    rows = [list(row) for row in values if row]
    within = [variance(row) for row in rows if len(row) > 1]
    if len(within) >= 5:
        found = fmean(within)
    elif len(rows) >= 5:
        found = variance([fmean(row) for row in rows])
    else:
        return None
    return math.sqrt(2 * found / repeats) or None


def smallest_difference(spread: float, rows: int, settings: int) -> float:
    """Return the difference that is found four times in five.

    Args:
        spread: Standard deviation of the row differences.
        rows: How many.
        settings: How many are compared with the first.
    """
    return (z_beyond(ALPHA / settings) + _FOUND) * spread / math.sqrt(rows)


def rows_needed(difference: float, spread: float, settings: int) -> int:
    """Return how many rows find a difference four times in five, or show one within such a margin."""
    needed = ((z_beyond(ALPHA / settings) + _FOUND) * spread / difference) ** 2
    return max(fewest_rows(settings), math.ceil(needed))


def fewest_rows(settings: int) -> int:
    """Return how many rows must differ, and agree, before a word is possible at all."""
    return math.ceil(math.log2(settings / ALPHA) - 1e-12)


def table(
    spreads: Mapping[int, float], rows: Sequence[int], settings: Sequence[int]
) -> list[dict[str, float]]:
    """Return the smallest difference for each number of repeats, rows and settings.

    Shape: repeats × rows × settings, each with ``repeats``, ``rows``, ``settings`` and ``difference``.
    """
    return [
        {"repeats": r, "rows": n, "settings": k, "difference": smallest_difference(spread, n, k)}
        for r, spread in spreads.items()
        for n in rows
        for k in settings
    ]
