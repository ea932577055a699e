"""How far numbers lie from each other, in floating point: a sweep asks it thousands of times."""

from __future__ import annotations

import math
from collections.abc import Sequence


def variance(values: Sequence[float]) -> float:
    """Return the sample variance of two values or more; exactly 0 where all are equal."""
    if min(values) == max(values):
        return 0.0
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def stdev(values: Sequence[float]) -> float:
    """Return the sample standard deviation of two values or more."""
    return math.sqrt(variance(values))
