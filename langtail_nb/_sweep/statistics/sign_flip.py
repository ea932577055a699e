"""The sign-flip test: were the signs of the row differences tossed by a coin, how rare would their sum be?

Exact under "the setting makes no difference on any row", for any number of rows and any kind of score. For
pass/fail with one repeat it is McNemar's test.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from langtail_nb._sweep.statistics.distributions import t_test

MOST_ROWS: Final = 400
"""Beyond so many rows that differ Student's test gives the same to three digits, and at once."""

_FINE: Final = 200
_LARGEST: Final = 2000
_DENOMINATORS: Final = range(1, 13)
_ZERO: Final = 1e-9
_HALVINGS: Final = 12
# What one test may cost while the end of an interval is looked for: rows times steps.
_WORK: Final = 4000


def mid_p(differences: Sequence[float], *, steps: int = _FINE) -> float:
    """Return the two-sided mid-p: the chance of a sum further from zero, and half that of one as far.

    Args:
        differences: One for each row; those of zero do not matter.
        steps: Where the differences have no common measure, they are rounded to so many steps of the
            largest. The test stays exact: rounding treats both signs alike.
    """
    moved = [value for value in differences if abs(value) > _ZERO]
    if len(moved) > MOST_ROWS:
        return t_test(differences)
    numbers = on_grid(moved, steps)
    sizes = Counter(abs(number) for number in numbers if number)
    return _mid_p(tuple(sorted(sizes.items())), abs(sum(numbers)))


def on_grid(values: Sequence[float], steps: int = _FINE) -> list[int]:
    """Return the values as multiples of their largest common measure, or of a ``steps``-th of the largest."""
    if not values:
        return []
    sizes = [abs(value) for value in values]
    least, largest = min(sizes), max(sizes)
    for parts in _DENOMINATORS:
        if largest / least * parts <= _LARGEST and _all_whole(sizes, parts / least):
            return [round(value * parts / least) for value in values]
    return [round(value * steps / largest) for value in values]


def _all_whole(sizes: Sequence[float], factor: float) -> bool:
    return all(abs(size * factor - round(size * factor)) < 1e-6 for size in sizes)


@lru_cache(16_384)
def _mid_p(sizes: tuple[tuple[int, int], ...], observed: int) -> float:
    """Return the mid-p of a sum.

    Args:
        sizes: Each size that a difference has, and how many have it.
        observed: The sum, without its sign.
    """
    rows = sum(times for _, times in sizes)
    total = sum(size * times for size, times in sizes)
    # All 2 ** rows sums are counted at once, in one integer: the digit at place t, in base 2 ** width, says
    # how many choices of the rows with a plus add up to t. Their signed sum is 2 t - total.
    width = rows + 1
    counts = 1
    for size, times in sizes:
        for _ in range(times):
            counts += counts << (size * width)
    largest_digit = (1 << width) - 1
    upper = counts >> ((total + observed) // 2 * width)
    same = upper & largest_digit
    # The sum of the digits of a number is what is left of it modulo the largest digit.
    beyond = (upper >> width) % largest_digit
    return (4 * beyond + (2 if observed else 1) * same) / (1 << width)


def end_of_rejection(p_at: Callable[[float], float], far: float, level: float) -> float:
    """Return the shift nearest to ``far`` at which a test that rejects zero still rejects.

    Args:
        p_at: The p of the test that the true difference is this shift.
        far: A shift that it does not reject, the estimate itself.
        level: What p must not exceed.
    """
    rejected, kept = 0.0, far
    for _ in range(_HALVINGS):
        middle = (rejected + kept) / 2
        rejected, kept = (middle, kept) if p_at(middle) <= level else (rejected, middle)
    return rejected


def coarse(rows: int) -> int:
    """Return how many steps a test takes that is made again and again, on so many rows."""
    return max(20, min(_FINE, _WORK // max(1, rows)))
