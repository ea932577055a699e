"""How far two answers are apart: cheap enough for every row of a sweep; a diff is for one that is read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

_WORDS: Final = re.compile(r"\w+|[^\w\s]")


def of(first: Mapping[int, str], other: Mapping[int, str]) -> float:
    """Return how far texts are from the first ones of the same key, from 0 for the same to 1."""
    pairs = [(first[key], text) for key, text in other.items() if key in first]
    return max((_apart(old, new) for old, new in pairs), default=0.0)


def _apart(old: str, new: str) -> float:
    if old == new:
        return 0.0
    before, after = (Counter(_WORDS.findall(text)) for text in (old, new))
    shared, most = (before & after).total(), max(before.total(), after.total())
    # The same words in another order, or other spacing, are a difference, too.
    return max(1 - shared / most, 0.01) if most else 0.01
