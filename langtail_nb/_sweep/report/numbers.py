"""Numbers as a table prints them, and an interval drawn in characters around its zero."""

from __future__ import annotations

import math
from typing import Final

HALF: Final = 7
_NOTHING: Final = 1e-9
_LEAST: Final = 0.0005
_ROUNDS_TO_NOTHING: Final = 0.005
_LIMITS: Final = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0)


def shown(value: float) -> str:
    """Return a number with two digits after the point, a large one with fewer."""
    text = f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"
    if _LEAST <= abs(value) < _ROUNDS_TO_NOTHING:
        text = f"{value:.3f}"  # which side of zero an interval ends on is to be seen
    return text.replace("-", "−")


def signed(value: float) -> str:
    """Return a difference with its sign; one that rounds to nothing has none."""
    text = shown(value)
    if not text.strip("−0.,"):
        return text.lstrip("−")
    return text if text.startswith("−") else f"+{text}"


def ratio(value: float) -> str:
    """Return how many times as much: ``×1.40``."""
    return f"×{shown(value)}"


def interval(low: float | None, high: float | None, text: str, *, is_ratio: bool = False) -> str:
    """Return a value with the ends of its interval in brackets."""
    if low is None or high is None:
        return text
    ends = (ratio(low), ratio(high)) if is_ratio else (shown(low), shown(high))
    return f"{text} ({ends[0]} to {ends[1]})"


def limit_of(ends: list[float]) -> float:
    """Return what the ends of a drawing stand for, so that all intervals have room."""
    largest = max((abs(one) for one in ends if math.isfinite(one)), default=0.0)
    return next((limit for limit in _LIMITS if limit >= largest), largest)


def scale(limit: float, *, is_ratio: bool = False) -> str:
    """Return the head of a drawing: its left end, zero, its right end."""
    left, right = (f"−{limit:g}", f"+{limit:g}")
    middle = "0"
    if is_ratio:
        left, middle, right = ratio(math.exp(-limit)), "×1", ratio(math.exp(limit))
    return f"{left:<{HALF}}{middle}{right:>{HALF + 1 - len(middle)}}"


def bar(low: float, middle: float, high: float, limit: float) -> str:
    """Return an interval in characters; ``│`` is the zero mark."""
    places = [" "] * (2 * HALF + 1)
    places[HALF] = "│"
    start, centre, end = (_place(one, limit) for one in (low, middle, high))
    for at in range(start, end + 1):
        places[at] = "┼" if at == HALF else "─"
    places[start] = "├" if start != HALF else "┼"
    places[end] = "┤" if end != HALF else "┼"
    places[centre] = "●"
    return "".join(places)


def _place(value: float, limit: float) -> int:
    """Return the column of a value; only zero itself stands on the mark, so that a side can be seen."""
    share = max(-1.0, min(1.0, value / limit)) if limit else 0.0
    away = max(1, round(abs(share) * HALF)) if abs(value) > _NOTHING else 0
    return HALF + (away if share > 0 else -away)
