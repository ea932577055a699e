"""In which order trials are sent: shuffled, always the same, so that what is there compares fairly."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from typing import NamedTuple


class Trial(NamedTuple):
    """One call of a sweep: its setting and its row from 0, its repeat from 1."""

    setting: int
    row: int
    repeat: int


def ordered(
    settings: int, rows: Sequence[int], repeats: int, *, seed: str | None, noise: int = 0
) -> list[Trial]:
    """Return the trials of a sweep in the order in which they are sent.

    All settings of a row and repeat come before the next, in an order that is shuffled as well.

    Args:
        rows: Those that are asked.
        seed: Fixes the order; None leaves rows and settings as they are.
        noise: Rows in which the first setting is asked once more.
    """
    chance = random.Random(seed) if seed is not None else None  # noqa: S311 - it hides nothing
    shuffled = list(rows)
    if chance is not None:
        chance.shuffle(shuffled)
    trials = []
    for place, row in enumerate(shuffled):
        for repeat in range(1, repeats + 1):
            columns = list(range(settings))
            if chance is not None:
                chance.shuffle(columns)
            trials += [Trial(setting, row, repeat) for setting in columns]
        if place < noise:
            trials.append(Trial(0, row, repeats + 1))
    return trials


def first_in_line(trials: Sequence[Trial], failed: Collection[Trial]) -> list[Trial]:
    """Return trials with those that did not get through the last time ahead."""
    return sorted(trials, key=lambda trial: trial not in failed)
