"""The betting rule: a game that is fair where a setting makes no difference, so one may look at any time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

_BETS: Final = (0.15, 0.25, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0)


def log_gain(steps: Iterable[float]) -> float:
    """Return the logarithm of what one unit of stake has become.

    Whoever bets on a false difference wins ``1 / x`` or more at any time with a chance of at most ``x``,
    whatever the order of the rows and whenever one stops (Ville's inequality).

    Args:
        steps: The difference of each row, in steps of a single trial.
    """
    moved = [step for step in steps if step]
    logs = [sum(_won(bet * step) for step in moved) for size in _BETS for bet in (size, -size)]
    highest = max(logs)
    return highest + math.log(math.fsum(math.exp(log - highest) for log in logs) / len(logs))


def _won(x: float) -> float:
    """Return log(exp(x) / cosh(x)), without overflow."""
    return x - abs(x) - math.log1p(math.exp(-2 * abs(x))) + math.log(2)
