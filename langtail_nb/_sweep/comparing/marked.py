"""A judge held against a person's marks: how far they agree, and the difference corrected by them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import covariance, fmean
from typing import Final

from langtail_nb._sweep.comparing.comparisons import Comparison
from langtail_nb._sweep.comparing.pairs import Pair, paired
from langtail_nb._sweep.comparing.scored import Scored, Unit, Value, Values, is_number
from langtail_nb._sweep.statistics.distributions import t_beyond, t_tails
from langtail_nb._sweep.statistics.intervals import wilson
from langtail_nb._sweep.statistics.spread import variance

FEWEST_PAIRS: Final = 20
"""From so many marked pairs on the marks correct the difference; below, they show the agreement."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often the judge said what the person said.

    Attributes:
        same: Answers on which they agree.
        marked: Answers that have both.
        low: The least share of agreement that is likely, as far as so few tell.
        high: The largest.
    """

    same: int
    marked: int
    low: float
    high: float


def agreement(
    judged: Sequence[Value], marks: Sequence[Value], level: float = 0.05, *, middle: float = 0.5
) -> Agreement | None:
    """Return how far a judge agrees with marks of the same answers; None where no answer has both.

    Judged and marked on steps, both agree if they are on the same side of the middle of the scale.
    """
    both = [(a, b) for a, b in zip(judged, marks, strict=True) if is_number(a) and is_number(b)]
    if not both:
        return None
    same = sum((a >= middle) == (b >= middle) for a, b in both)
    return Agreement(same, len(both), *wilson(same / len(both), len(both), level))


def corrections(scored: Scored, setting: int, units: Sequence[Unit]) -> Pair | None:
    """Return mark less judge of the setting and of the first, where both are marked; None under 20 units."""
    if scored.marks is None:
        return None
    mine, theirs = (_less(scored.marks[n], scored.values[n]) for n in (setting, 0))
    pair = paired(mine, theirs, units)
    return pair if len(pair.units) >= FEWEST_PAIRS else None


def _less(marks: Values, judged: Values) -> Values:
    return {
        unit: [
            mark - judge if is_number(mark) and is_number(judge) else None
            for mark, judge in zip(of_unit, judged.get(unit, ()), strict=False)
        ]
        for unit, of_unit in marks.items()
    }


def corrected(pair: Pair, correction: Pair, width: float) -> Comparison:
    """Return the judge's difference over all units, plus what the marks say it is off by.

    Among the marked pairs are two imagined ones, of one whole step up and down.

    Args:
        pair: The judge's scores.
        correction: Mark less judge of the marked units.
        width: From the least score to the largest.
    """
    judged = dict(zip(pair.units, (one / width for one in pair.differences), strict=True))
    off = [one / width for one in correction.differences]
    error = math.sqrt(_variance(judged, dict(zip(correction.units, off, strict=True))))
    centre = fmean(judged.values()) + fmean([*off, 1.0, -1.0])
    freedom = min(len(judged), len(off) + 2) - 1

    def p_at(shift: float) -> float:
        return t_tails((centre - shift) / error, freedom)

    def interval(level: float) -> tuple[float, float]:
        half = t_beyond(level, freedom) * error
        return centre - half, centre + half

    return Comparison(
        estimate=centre,
        side=centre,
        p=p_at(0),
        p_at=p_at,
        interval=interval,
        steps=[],
        spread=error * math.sqrt(len(judged)),
        low=-1.0,
        high=1.0,
        shown=lambda value: value * width,
    )


def _variance(judged: dict[Unit, float], off: dict[Unit, float]) -> float:
    """Return the variance of the corrected difference.

    The marked units are among all, so both parts go together: where a judge errs at random, what it adds on
    a marked unit its correction takes away.
    """
    both = [unit for unit in off if unit in judged]
    together = (
        covariance([judged[unit] for unit in both], [off[unit] for unit in both]) if len(both) > 1 else 0
    )
    of_judge = variance([*judged.values(), 0.0]) / len(judged)
    of_marks = variance([*off.values(), 1.0, -1.0]) / (len(off) + 2)
    return max(of_marks / 4, of_judge + of_marks + 2 * together / len(judged))
