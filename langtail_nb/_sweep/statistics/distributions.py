"""Quantiles and tails of the normal and of Student's distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist, fmean
from typing import Final

from langtail_nb._sweep.statistics.spread import stdev

_NORMAL: Final = NormalDist()
_MOST_TERMS: Final = 300
_ENOUGH: Final = 1e-15
_TINY: Final = 1e-300


def z_beyond(share: float) -> float:
    """Return the point that a standard normal value exceeds on either side with this chance in all."""
    return _NORMAL.inv_cdf(1 - share / 2)


@lru_cache(4096)
def t_beyond(share: float, freedom: int) -> float:
    """Return the point that Student's t exceeds on either side with this chance in all.

    Args:
        share: Between 0 and 1; .05 gives the point of a 95 % interval.
        freedom: Degrees of freedom, from 1.
    """
    low, high = 0.0, 2.0
    while t_tails(high, freedom) > share:
        low, high = high, 2 * high
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if t_tails(middle, freedom) > share else (low, middle)
    return high


def t_tails(t: float, freedom: int) -> float:
    """Return the chance that Student's t lies further from zero than ``t``, on either side."""
    return _incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5)


def t_test(values: Sequence[float]) -> float:
    """Return the two-sided p of Student's test that the values are zero in the mean; 1 for fewer than two."""
    if len(values) < 2:
        return 1.0
    spread, mean = stdev(values), fmean(values)
    if spread == 0:
        return 0.0 if mean else 1.0
    return t_tails(mean / spread * math.sqrt(len(values)), len(values) - 1)


def _incomplete_beta(x: float, a: float, b: float) -> float:
    if x <= 0 or x >= 1:
        return min(1.0, max(0.0, x))
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of the incomplete beta function, by Lentz's method.

    Source: Abramowitz and Stegun, 26.5.8.
    """
    value, c, d = 1.0, 1.0, 0.0
    for term in range(_MOST_TERMS):
        m = term // 2
        if term == 0:
            factor = 1.0
        elif term % 2:
            factor = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            factor = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / (_away(1 + factor * d))
        c = _away(1 + factor / c)
        value *= c * d
        if abs(c * d - 1) < _ENOUGH:
            break
    return value - 1


def _away(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
