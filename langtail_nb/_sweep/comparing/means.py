"""The mean of each setting, over the trials that all can be compared on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import Final

from langtail_nb._sweep.comparing.pairs import means, shared
from langtail_nb._sweep.comparing.scored import Missing, Scored, Unit, Values, is_number
from langtail_nb._sweep.statistics.intervals import Interval, mean_interval, t_interval

# A setting of which more is missing does not take rows from the means of the others.
_MOST_MISSING: Final = 0.10

Mean = tuple[float, float | None, float | None]


def means_of(scored: Scored, units: Sequence[Unit], level: float) -> list[Mean | None]:
    """Return the mean and its interval for each setting, None where it has no score at all.

    They are over the trials that every setting has a score for, those aside that lack more than one in ten.
    """
    sound = [values for values in scored.values if _missing(values, units) <= _MOST_MISSING]
    places = shared(sound, units) if sound else {}
    found = []
    for values, alone in zip(scored.values, scored.alone or scored.values, strict=True):
        by_unit, trials = means(values, places)
        if not by_unit:
            own = {unit: range(len(alone.get(unit, ()))) for unit in units}
            by_unit, trials = means(alone, own)
        found.append(_mean(scored, values, by_unit, trials, level) if by_unit else None)
    return found


def _missing(values: Values, units: Sequence[Unit]) -> float:
    """Return the share of trials without a score; 1 where none was asked."""
    trials = [one for unit in units for one in values.get(unit, ()) if one is not Missing.WAITING]
    return sum(not is_number(one) for one in trials) / len(trials) if trials else 1.0


def _mean(scored: Scored, values: Values, by_unit: list[float], trials: int, level: float) -> Mean:
    mean = fmean(by_unit)
    if scored.span is None or scored.is_measure:
        return (mean, *_unbounded(by_unit, level, floor=0.0 if scored.is_measure else None))
    least, width = scored.unit_scale()
    ends = {least, least + width}
    graded = any(is_number(one) and one not in ends for of_unit in values.values() for one in of_unit)
    step = scored.smallest_gap() / width / math.sqrt(trials / len(by_unit)) if graded else None
    low, high = mean_interval([(one - least) / width for one in by_unit], trials, step=step, level=level)
    return mean, least + width * low, least + width * high


def _unbounded(by_unit: list[float], level: float, *, floor: float | None) -> Interval | tuple[None, None]:
    if len(by_unit) < 2:
        return None, None
    low, high = t_interval(by_unit, level)
    return (low if floor is None else max(floor, low)), high
