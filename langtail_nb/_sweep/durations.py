"""Times in words, as a budget says them."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence


def age(at: float) -> str:
    """Return how long ago a moment was: ``5 min``, ``3 days``."""
    return duration(max(0.0, time.time() - at))


def ages(times: Sequence[float]) -> str:
    """Return how long ago some moments were, the newest first: ``3 s to 5 min``."""
    oldest, newest = age(min(times)), age(max(times))
    return oldest if oldest == newest else f"{newest} to {oldest}"


def duration(seconds: float) -> str:
    """Return a time as a budget says it: ``40 s``, ``9 min``, ``2.5 h``, ``3 days``."""
    if seconds < 90:
        return f"{math.ceil(seconds)} s"
    if seconds < 90 * 60:
        return f"{math.ceil(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.0f} days"
