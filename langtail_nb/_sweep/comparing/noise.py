"""A setting against itself: what difference comes of nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from langtail_nb._sweep.comparing.scored import Unit, Values, numbers
from langtail_nb._sweep.statistics.distributions import z_beyond
from langtail_nb._sweep.statistics.spread import variance


@dataclass(frozen=True, slots=True)
class Noise:
    """What repeats of one setting show.

    Attributes:
        difference: What two runs of it would differ by, at most, 19 times in 20, in the score's own units.
        rows: On how many units more than one trial has a score.
        flipped: On how many of these the score was not always the same.
    """

    difference: float
    rows: int
    flipped: int


def noise(values: Values, repeats: float | None = None) -> Noise | None:
    """Return what a setting's repeats say about itself; None where no unit has two scores.

    Args:
        values: The scores; repeats beyond those of the plan (``noise=10``) may be among them.
        repeats: How many trials of a unit a mean is of; None for as many as there are.
    """
    rows = [list(numbers(trials)) for trials in values.values()]
    scored = [row for row in rows if row]
    often = [row for row in rows if len(row) > 1]
    if not often:
        return None
    within = fmean(variance(row) for row in often)
    trials = repeats if repeats is not None else fmean(len(row) for row in scored)
    difference = z_beyond(0.05) * math.sqrt(2 * within / (len(scored) * trials))
    return Noise(difference, len(often), sum(min(row) != max(row) for row in often))


@dataclass(frozen=True, slots=True)
class Sameness:
    """Whether the same question brings the same text.

    Attributes:
        rows: On how many units there were two answers of one setting.
        same: On how many of these all were the same text.
        seeded: Pairs of answers that were sent the same seed.
        seeded_same: How many of these pairs are the same text.
        unseeded: Pairs sent different seeds, or none.
        unseeded_same: How many of these are the same text.
    """

    rows: int
    same: int
    seeded: int = 0
    seeded_same: int = 0
    unseeded: int = 0
    unseeded_same: int = 0

    @property
    def seed_helps(self) -> bool | None:
        """Whether a seed makes answers alike; None where no pair, or no other, tells."""
        if not self.seeded or not self.unseeded:
            return None
        return self.seeded_same * self.unseeded > self.unseeded_same * self.seeded


def sameness(texts: Mapping[Unit, Sequence[tuple[int | None, str]]]) -> Sameness | None:
    """Return how often one setting said the same again; None where nothing was asked twice.

    Args:
        texts: For each unit of a single row its answers, each with the seed that was sent.
    """
    often = [answers for answers in texts.values() if len(answers) > 1]
    if not often:
        return None
    pairs = [pair for answers in often for pair in combinations(answers, 2)]
    seeded = [a[1] == b[1] for a, b in pairs if a[0] is not None and a[0] == b[0]]
    unseeded = [a[1] == b[1] for a, b in pairs if a[0] is None or a[0] != b[0]]
    same = sum(len(_texts(answers)) == 1 for answers in often)
    return Sameness(len(often), same, len(seeded), sum(seeded), len(unseeded), sum(unseeded))


def _texts(answers: Iterable[tuple[int | None, str]]) -> set[str]:
    return {text for _, text in answers}
