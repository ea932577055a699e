"""Holm's rule: several questions, one chance of a false answer among all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of one question.

    Attributes:
        rejected: Whether "no difference" was rejected.
        level: What its p was held against; after the first that was kept, the level of that one.
    """

    rejected: bool
    level: float


def holm(ps: Sequence[float], alpha: float) -> list[Tested]:
    """Return what comes of each question, in their order.

    Source: S. Holm, A simple sequentially rejective multiple test procedure, 1979.
    """
    tested: dict[int, Tested] = {}
    rejected, level = True, alpha
    for rank, place in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        if rejected:
            level = alpha / (len(ps) - rank)
            rejected = ps[place] <= level
        tested[place] = Tested(rejected, level)
    return [tested[place] for place in range(len(ps))]
