"""How each kind of score is compared: its test, its interval, and the scale on which it is shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from statistics import fmean, median
from typing import Final

from langtail_nb._sweep.comparing.pairs import Pair
from langtail_nb._sweep.comparing.scored import Scored
from langtail_nb._sweep.statistics.intervals import (
    Interval,
    difference_interval,
    median_interval,
    spread_of,
    t_interval,
)
from langtail_nb._sweep.statistics.sign_flip import coarse, mid_p
from langtail_nb._sweep.statistics.spread import stdev

SHAKY: Final = "the typical row and the whole point to different sides"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A setting against the first, on a scale where zero is "no difference".

    Attributes:
        estimate: The difference seen.
        side: Above zero if the test leans to more, below if to less.
        p: Of the test that there is none.
        p_at: Of the test that it is this one.
        interval: At a level, before its near end is moved.
        steps: The differences of the units in steps of a trial, for the betting rule.
        spread: Standard deviation of the differences of the units, on the scale of ``estimate``.
        low: The least difference that can be.
        high: The largest.
        shown: From this scale to what is printed.
    """

    estimate: float
    side: float
    p: float
    p_at: Callable[[float], float]
    interval: Callable[[float], Interval]
    steps: Sequence[float]
    spread: float
    low: float = -math.inf
    high: float = math.inf
    shown: Callable[[float], float]


def compare(scored: Scored, pair: Pair, step: float) -> Comparison:
    """Return the comparison that fits the score, on at least one unit.

    Args:
        scored: What kind of score it is.
        pair: Both settings' means.
        step: The smallest gap between two scores of single trials.
    """
    if scored.is_measure:
        return _of_measure(pair, step)
    return _of_ranks(pair, step) if scored.span is None else _of_scores(pair, *scored.unit_scale(), step)


def _of_scores(pair: Pair, _: float, width: float, step: float) -> Comparison:
    """Scores within bounds: sign-flip of the differences, Student's interval with two imagined rows."""
    differences = [one / width for one in pair.differences]
    unit_step = step / width / math.sqrt(pair.repeats)
    return Comparison(
        estimate=fmean(differences),
        side=fmean(differences),
        p=mid_p(differences),
        p_at=partial(_shifted_p, differences),
        interval=partial(difference_interval, differences, unit_step),
        steps=[one * width / step for one in pair.differences],
        spread=spread_of(differences, unit_step),
        low=-1.0,
        high=1.0,
        shown=lambda value: value * width,
    )


def _shifted_p(differences: Sequence[float], shift: float) -> float:
    return mid_p([one - shift for one in differences], steps=coarse(len(differences)))


def _of_measure(pair: Pair, step: float) -> Comparison:
    """Counts: shown as the ratio of totals, tested on the logarithms, so that no long one decides alone."""
    logs = [math.log(a + step) - math.log(b + step) for a, b in zip(pair.mine, pair.theirs, strict=True)]
    least = 1e-9 * step
    ratio = (sum(pair.mine) + least) / (sum(pair.theirs) + least)
    centre = math.log(ratio)
    deviations = _log_deviations(pair, ratio, step)
    return Comparison(
        estimate=centre,
        side=fmean(logs),
        p=mid_p(logs),
        p_at=partial(_shifted_p, logs),
        interval=lambda level: _around(centre, t_interval(deviations, level)),
        steps=[float((one > 0) - (one < 0)) for one in logs],
        spread=stdev(deviations),
        shown=math.exp,
    )


def _log_deviations(pair: Pair, ratio: float, step: float) -> list[float]:
    """Return what each unit adds to the logarithm of the ratio of totals, two imagined units among them.

    Source: the linearised variance of a ratio, W. G. Cochran, Sampling Techniques, 2.11.
    """
    scale = max(fmean(pair.theirs) * ratio, fmean(pair.mine), step / 2)
    imagined = step / math.sqrt(pair.repeats)
    found = [(a - ratio * b) / scale for a, b in zip(pair.mine, pair.theirs, strict=True)]
    return [*found, imagined / scale, -imagined / scale]


def _around(centre: float, interval: Interval) -> Interval:
    middle = (interval[0] + interval[1]) / 2
    return centre + interval[0] - middle, centre + interval[1] - middle


def _of_ranks(pair: Pair, step: float) -> Comparison:
    """Scores without bounds: sign-flip of signed ranks, so that no single row decides; the median shown."""
    differences = pair.differences
    ranks = _signed_ranks(differences)
    return Comparison(
        estimate=median(differences),
        side=sum(ranks),
        p=mid_p(ranks),
        p_at=lambda shift: mid_p(_signed_ranks([one - shift for one in differences])),
        interval=partial(median_interval, differences),
        steps=[float((one > 0) - (one < 0)) for one in differences],
        spread=spread_of(differences, step / math.sqrt(pair.repeats)),
        shown=lambda value: value,
    )


def _signed_ranks(differences: Sequence[float]) -> list[float]:
    moved = sorted((one for one in differences if abs(one) > 1e-12), key=abs)
    ranks: list[float] = []
    for _, group in groupby(moved, key=_size):
        alike = list(group)
        rank = len(ranks) + (len(alike) + 1) / 2
        ranks += [math.copysign(rank, one) for one in alike]
    return ranks


def _size(value: float) -> float:
    return round(abs(value), 12)
