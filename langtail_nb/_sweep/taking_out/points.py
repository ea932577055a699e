"""What a picture of a run shows: its settings by the values of their parameters, with the score of each."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Any, Final, NamedTuple

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.report.table import table
from langtail_nb._sweep.results import Results
from langtail_nb._sweep.setting import Setting
from langtail_nb._text.brief import shorten
from langtail_nb._text.near import near
from langtail_nb._types.plain_form import opened

DEPLOYED: Final = "deployed"
COST: Final = "cost"
LATENCY: Final = "latency"
_LONGEST: Final = 30
_NARROWEST: Final = 10


class Point(NamedTuple):
    """A setting, and what was measured of it: its mean with the interval, or a median with the quartiles."""

    setting: Setting
    middle: float | None
    low: float | None
    high: float | None
    cost: float | None


class Wanted(NamedTuple):
    """What a picture is to show: parameters along its axes, a score, and whether cost or latency is meant."""

    parameters: tuple[str, ...]
    score: str | None
    measure: str | None


def wanted(run: Results, names: Sequence[Any]) -> Wanted:
    """Return what the names given to ``run.plot`` mean; without any, the parameters that vary.

    Raises:
        ConfigurationError: One is no parameter that varies, no score and no measure, or there are too many.
    """
    varied, scores = varying(run), list(run.scores)
    parameters = tuple(name for name in names if name in varied)
    chosen = [name for name in names if name in scores and name not in varied]
    measures = [name for name in names if name in (COST, LATENCY) and name not in (*varied, *scores)]
    for name in names:
        if name not in (*parameters, *chosen, *measures):
            known = [*varied, *scores, COST, LATENCY]
            raise ConfigurationError(f"plot: {name!r} is none of {', '.join(known)}{near(str(name), known)}")
    if len(parameters) > 2 or len(chosen) > 1 or len(measures) > 1:
        raise ConfigurationError(
            'plot takes up to two parameters and one score: run.plot("temperature", "right")'
        )
    if measures == [COST] and not scores:
        raise ConfigurationError("plot: cost is shown against a score, and this run has none")
    if not parameters and not measures:
        parameters = tuple(varied[:2])
    return Wanted(parameters, next(iter([*chosen, *scores]), None), next(iter(measures), None))


def varying(run: Results) -> list[str]:
    """Return the names of the parameters in which the settings differ."""
    names = dict.fromkeys(name for one in run.settings for name in one.overrides)
    return [name for name in names if len({value_of(one, name) for one in run.settings}) > 1]


def value_of(setting: Setting, name: str) -> Any:
    """Return a parameter's value as it is shown: a number, what it is called, or ``deployed``."""
    if name not in setting.overrides:
        return DEPLOYED
    value = setting.titles.get(name) or opened(setting.overrides[name])
    return value if isinstance(value, int | float) and not isinstance(value, bool) else _short(value)


def in_order(values: Iterable[Any]) -> list[Any]:
    """Return each value once: numbers by their size, behind what is none, such as ``deployed``."""
    found = list(dict.fromkeys(values))
    numbers = [value for value in found if isinstance(value, int | float)]
    return [*(value for value in found if value not in numbers), *sorted(numbers)]


def points(run: Results, score: str | None) -> list[Point]:
    """Return the settings with the mean and interval of a score; without one, with the latency."""
    if score is None:
        return [Point(one, *_quartiles(latencies(run, at)), None) for at, one in enumerate(run.settings)]
    by_label = {one.label: one for one in run.settings}
    rows: Iterable[Mapping[str, Any]] = table(run, score)
    return [
        Point(by_label[row["label"]], row["mean"], row["low"], row["high"], _each(row))
        for row in rows
        if row["label"] in by_label
    ]


def latencies(run: Results, setting: int) -> list[float]:
    """Return the seconds that the answers of a setting took."""
    replies = [one.reply for one in run.of_setting(setting) if one.reply is not None]
    return [reply.latency_s for reply in replies if reply.latency_s is not None]


def text_of(value: Any) -> str:
    """Return a value as a label in which nothing is read as mathematics."""
    return f"{value:g}" if isinstance(value, float) else str(value).replace("$", r"\$")


def folded(value: Any, width: int) -> str:
    """Return a value as a label in lines of so many characters, words whole."""
    return "\n".join(wrap(text_of(value), max(_NARROWEST, width))) or text_of(value)


def _each(row: Mapping[str, Any]) -> float | None:
    return row["cost"] / row["calls"] if row["cost"] is not None and row["calls"] else None


def _quartiles(seconds: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    if not seconds:
        return None, None, None
    if len(seconds) == 1:
        return seconds[0], seconds[0], seconds[0]
    low, middle, high = statistics.quantiles(seconds, n=4, method="inclusive")
    return middle, low, high


def _short(value: Any) -> str:
    match value:
        case [{"content": str(text)}, *_]:
            return shorten(" ".join(text.split()), _LONGEST)
    return shorten(" ".join(str(value).split()), _LONGEST)
