"""Pictures of a run, drawn with matplotlib: the effect of parameters, score against cost, latency."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.results import Results
from langtail_nb._sweep.taking_out import fields
from langtail_nb._sweep.taking_out.library import library
from langtail_nb._sweep.taking_out.points import (
    COST,
    DEPLOYED,
    LATENCY,
    Point,
    Wanted,
    folded,
    in_order,
    latencies,
    points,
    text_of,
    value_of,
    wanted,
)

_NAN = math.nan
_MANY = 1_000
# The share of an axis from one line to the next that stands aside of it.
_ASIDE = 0.02
# So many values of a parameter are written on its axis, each where it is.
_FEW = 8
_ELSE = "nothing else changed"
# A line is told by its marker too where colours are not told apart.
_MARKERS = "osD^vPX*"


def plot(run: Results, names: Sequence[Any], ax: Any) -> Any:
    """Draw a run, and return the axes.

    Args:
        names: Up to two parameters and a score, or ``"cost"`` or ``"latency"``.
        ax: Where to draw; a figure of its own where None.

    Raises:
        ConfigurationError: A name means nothing here, or matplotlib is not installed.
    """
    what = wanted(run, names)
    pyplot = library("matplotlib.pyplot", "plot", install='"langtail-nb[plot]"')
    found = [] if what.measure == LATENCY else _drawable(run, what)
    own = None
    if ax is None:
        # So that long labels push the axes in, and are not cut.
        own, ax = pyplot.subplots(layout="constrained")
    try:
        _draw(run, what, found, ax)
    except BaseException:
        if own is not None:
            pyplot.close(own)
        raise
    return ax


def _drawable(run: Results, what: Wanted) -> list[Point]:
    found = [one for one in points(run, what.score) if one.middle is not None]
    if what.measure == COST:
        found = [one for one in found if one.cost is not None]
        if not found:
            raise ConfigurationError(
                'plot: no cost is known; give prices: lt.prices["my-model"] = (0.15, 0.60)'
            )
    if not found:
        raise ConfigurationError("plot: there is nothing to draw yet, as no setting has an answer")
    return found


def _draw(run: Results, what: Wanted, found: list[Point], ax: Any) -> None:
    if what.measure == LATENCY or (not what.parameters and what.measure is None):
        _latency(run, ax)
    elif what.measure == COST:
        _cost(found, ax)
        ax.set_ylabel(_name(what))
    elif len(what.parameters) == 1:
        _effect(found, what.parameters[0], ax)
        ax.set_ylabel(_name(what))
    else:
        across, up = what.parameters
        name = text_of(what.score) if what.score is not None else "latency, s (median)"
        fields.draw(fields.Fields(run.settings, found, (across, up)), name, ax)


def _name(what: Wanted) -> str:
    return text_of(what.score) if what.score is not None else "latency, s (median and quartiles)"


def _effect(found: list[Point], name: str, ax: Any) -> None:
    """Draw a parameter's values against the score, a line for each combination of the other parameters."""
    first, lines = found[0], _lines(found, name)
    values = in_order(value_of(one.setting, name) for line in lines.values() for one in line)
    numeric = all(isinstance(value, int | float) for value in values)
    places = {value: value if numeric else at for at, value in enumerate(values)}
    asides = _asides(list(places.values()), len(lines))
    for label, aside, marker in zip(lines, asides, itertools.cycle(_MARKERS)):
        line = sorted(lines[label], key=lambda one: places[value_of(one.setting, name)])
        x = [places[value_of(one.setting, name)] + aside for one in line]
        told = text_of(label) or (_ELSE if len(lines) > 1 else None)
        ax.errorbar(x, *_heights(line), marker=marker, capsize=3, label=told)
    if first.middle is not None and not first.setting.overrides:
        ax.axhline(first.middle, linestyle="--", color="0.5", linewidth=1, label=DEPLOYED)
    if not numeric:
        ax.set_xticks(list(places.values()), [folded(value, 60 // len(values)) for value in values])
    elif len(values) <= _FEW:
        ax.set_xticks(values, [text_of(value) for value in values])
    ax.set_xlabel(name)
    if ax.get_legend_handles_labels()[1]:
        ax.legend()


def _asides(places: list[float], count: int) -> list[float]:
    """Return how far each line stands aside, so that their intervals do not cover each other."""
    ordered = sorted(places)
    gap = min((right - left for left, right in itertools.pairwise(ordered)), default=1.0)
    # Together they stay within a sixth of the way to the next value, and are still read as at one place.
    width = min(gap / 6, _ASIDE * (count - 1) * (ordered[-1] - ordered[0] or 1.0))
    return [width * (at - (count - 1) / 2) / max(1, count - 1) for at in range(count)]


def _lines(found: list[Point], name: str) -> dict[str, list[Point]]:
    """Return the settings by what they override beside a parameter.

    What is deployed has no place among numbers; where other settings leave the parameter as deployed, it is
    in the line of those that override nothing else.
    """
    inner = [one for one in found if one.setting.overrides]
    is_placed = any(value_of(one.setting, name) == DEPLOYED for one in inner)
    lines: dict[str, list[Point]] = {}
    for one in found if is_placed or not inner else inner:
        others = [other for other in one.setting.overrides if other != name]
        label = ", ".join(f"{other} {value_of(one.setting, other)}" for other in others)
        lines.setdefault(label, []).append(one)
    return lines


def _heights(line: list[Point]) -> tuple[list[float], list[list[float]]]:
    """Return the means, and how far their intervals go below and above."""
    middles = [_number(one.middle) for one in line]
    below = [max(0.0, mid - _number(one.low, mid)) for mid, one in zip(middles, line, strict=True)]
    above = [max(0.0, _number(one.high, mid) - mid) for mid, one in zip(middles, line, strict=True)]
    return middles, [below, above]


def _cost(found: list[Point], ax: Any) -> None:
    labels: dict[tuple[float, float], list[str]] = {}
    for one, marker in zip(found, itertools.cycle(_MARKERS)):
        middles, reach = _heights([one])
        each = _number(one.cost) * _MANY
        ax.errorbar([each], middles, reach, marker=marker, capsize=3, linestyle="none")
        labels.setdefault((each, middles[0]), []).append(text_of(one.setting.label))
    for place, names in labels.items():
        # Those that stand on each other are named below each other.
        ax.annotate("\n".join(names), place, xytext=(6, 0), textcoords="offset points", va="center")
    ax.set_xlabel(f"cost of {_MANY:,} answers, USD")
    # Room for the names of those on the right.
    ax.margins(x=0.3)


def _latency(run: Results, ax: Any) -> None:
    seconds = [latencies(run, at) for at in range(len(run.settings))]
    there = [(one.label, some) for one, some in zip(run.settings, seconds, strict=True) if some]
    if not there:
        raise ConfigurationError("plot: there is nothing to draw yet, as no setting has an answer")
    ax.boxplot([some for _, some in there], orientation="horizontal")
    ax.set_yticks(range(1, len(there) + 1), [folded(label, 32) for label, _ in there])
    # Few ticks: long labels leave the axis little room, and milliseconds have many digits.
    ax.locator_params(axis="x", nbins=4)
    ax.set_xlabel("latency, s")


def _number(value: float | None, otherwise: float = _NAN) -> float:
    return otherwise if value is None else value
