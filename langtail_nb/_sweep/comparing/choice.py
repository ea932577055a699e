"""The setting to take: the top one where it is better, or the cheapest that is shown to be good enough."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.comparing.findings import Evidence, Finding
from langtail_nb._sweep.comparing.means import means_of
from langtail_nb._sweep.comparing.pairs import means, shared
from langtail_nb._sweep.comparing.scored import Scored, first_score, units_of
from langtail_nb._sweep.statistics.power import ALPHA, rows_needed
from langtail_nb._types.plain_form import is_real

_SPLITS: Final = 200
_FEWEST_ROWS: Final = 20
_SURE_ROWS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """The setting to take.

    Attributes:
        setting: Its place; None where none fits, and ``why`` says so.
        mean: In the score it was chosen by.
        low: Where its interval begins, widened because it was chosen.
        high: Where it ends.
        on_new_rows: The mean to expect on rows that it was not chosen by; None under 20 rows.
        likely_lower: Whether there are too few rows to say so without "likely lower".
        rows_needed: How many rows would show the lead of the top one; None where that is shown, or where
            there is no lead.
        why: In a sentence, why it is this one.
    """

    setting: int | None
    mean: float | None
    low: float | None
    high: float | None
    on_new_rows: float | None
    likely_lower: bool
    rows_needed: int | None
    why: str


def best(
    found: Evidence, score: str | None = None, *, margin: float | None = None, max_cost: float | None = None
) -> Best:
    """Return the setting to take.

    Args:
        found: The evidence.
        score: By which; the first where None.
        margin: Take the cheapest that is shown to lose no more than this, in the score's own units.
        max_cost: The most dollars per row.

    Raises:
        ConfigurationError: There is no such score, or it is a measure; or no price is known.
    """
    scored, findings = of_score(found, score)
    if scored.is_measure:
        raise ConfigurationError(f"{scored.name!r} is a measure, of which more is not better; name a score")
    check_amount("margin", margin)
    check_amount("max_cost", max_cost)
    allowed = _allowed(found, max_cost)
    if margin is not None:
        return _within(found, scored, findings, allowed, margin)
    better = [findings[n] for n in allowed if findings[n].word == "better"]
    if better:
        top = max(better, key=lambda one: one.mean or 0.0)
        return _taken(found, scored, top, f"{found.settings[top.setting].label} is better")
    if 0 not in allowed:
        return _none(f"none of the settings that cost at most {max_cost:g} USD per row is better")
    return _stay(found, scored, findings, allowed)


def check_amount(name: str, value: Any) -> None:
    """Refuse what is no number from 0; None is for none given.

    Raises:
        ConfigurationError: It is something else.
    """
    if value is not None and not (is_real(value) and value >= 0):
        raise ConfigurationError(f"{name} must be a number from 0, not {value!r}")


def of_score(found: Evidence, score: str | None) -> tuple[Scored, Sequence[Finding]]:
    """Return a score and its findings, the first where no name is given.

    Raises:
        ConfigurationError: There is no score of that name.
    """
    every = list(found.scored.values())
    first = first_score(every)
    name = score if score is not None or not every else every[first or 0].name
    if name is None or name not in found.findings:
        names = ", ".join(map(repr, found.findings)) or "none"
        raise ConfigurationError(f"no score is named {name!r}; there are: {names}")
    return found.scored[name], found.findings[name]


def top(found: Evidence, score: str | None = None, number: int = 3) -> list[int]:
    """Return the places of the settings with the highest means, the first setting aside: those to confirm.

    Raises:
        ConfigurationError: There is no such score.
    """
    _, findings = of_score(found, score)
    measured = [one for one in findings if one.setting and one.mean is not None]
    ordered = sorted(measured, key=lambda one: (-(one.mean or 0.0), one.setting))
    return [one.setting for one in ordered[:number]]


def _allowed(found: Evidence, max_cost: float | None) -> list[int]:
    if max_cost is None:
        return list(range(len(found.settings)))
    if all(one.cost is None for one in found.settings):
        raise ConfigurationError("max_cost= needs prices; give them as lt.prices['MODEL'] = (IN, OUT)")
    return [n for n, one in enumerate(found.settings) if one.cost is not None and one.cost <= max_cost]


def _within(
    found: Evidence, scored: Scored, findings: Sequence[Finding], allowed: Sequence[int], margin: float
) -> Best:
    costs = {n: cost for n in allowed if (cost := found.settings[n].cost) is not None}
    if not costs:
        raise ConfigurationError(
            "margin= takes the cheapest and needs prices: lt.prices['MODEL'] = (IN, OUT)"
        )
    good = [n for n in costs if n == 0 or is_within(found, scored.name, n, margin)]
    if not good:
        return _none(f"no setting is shown to lose at most {margin:g}")
    cheapest = min(good, key=lambda n: (costs[n], n))
    label = found.settings[cheapest].label
    why = f"{label} is the cheapest that is shown to lose at most {margin:g}"
    if cheapest == 0:
        why = f"no cheaper setting than {label} is shown to lose at most {margin:g}"
    return _taken(found, scored, findings[cheapest], why)


def is_within(found: Evidence, score: str, setting: int, margin: float) -> bool:
    """Return whether a setting is shown to lose at most ``margin`` against the first."""
    comparison, finding = found.comparisons[score][setting], found.findings[score][setting]
    if comparison is None or finding.word is None:
        return False
    low, _ = comparison.interval(ALPHA / found.compared)
    return comparison.shown(max(low, comparison.low)) > -margin


def _stay(found: Evidence, scored: Scored, findings: Sequence[Finding], allowed: Sequence[int]) -> Best:
    label = found.settings[0].label
    leads = [findings[n] for n in allowed if (findings[n].difference or 0.0) > 0]
    if not leads:
        return _taken(found, scored, findings[0], f"nothing leads {label}")
    top = max(leads, key=lambda one: one.difference or 0.0)
    comparison = found.comparisons[scored.name][top.setting]
    assert comparison is not None
    needed = rows_needed(comparison.estimate, comparison.spread, found.compared)
    why = f"no setting is shown to be better than {label}"
    if needed > top.rows:
        why += f"; a lead of {top.difference:.2f} would need about {needed:,} rows"
    return _taken(found, scored, findings[0], why, needed)


def _none(why: str) -> Best:
    return Best(
        setting=None,
        mean=None,
        low=None,
        high=None,
        on_new_rows=None,
        likely_lower=False,
        rows_needed=None,
        why=why,
    )


def _taken(found: Evidence, scored: Scored, taken: Finding, why: str, needed: int | None = None) -> Best:
    units = units_of(scored)
    widened = means_of(scored, units, ALPHA / len(found.settings))[taken.setting] or (None, None, None)
    return Best(
        setting=taken.setting,
        mean=widened[0],
        low=widened[1],
        high=widened[2],
        on_new_rows=on_new_rows(scored) if taken.setting else taken.mean,
        likely_lower=bool(taken.setting) and taken.rows < _SURE_ROWS,
        rows_needed=needed,
        why=why,
    )


def on_new_rows(scored: Scored) -> float | None:
    """Return the mean to expect of the top setting on new rows; None under 20 rows.

    The top one of half the rows is measured on the other half, in the mean of 200 ways to halve them.
    """
    places = shared(scored.values, units_of(scored))
    if len(places) < _FEWEST_ROWS:
        return None
    by_setting = [means(values, places)[0] for values in scored.values]
    rows, chance = list(range(len(places))), random.Random(1)  # noqa: S311 - the same each time
    return fmean(_halved(by_setting, chance.sample(rows, len(rows) // 2)) for _ in range(_SPLITS))


def _halved(by_setting: Sequence[Sequence[float]], half: Sequence[int]) -> float:
    sums = [sum(means_of_rows[row] for row in half) for means_of_rows in by_setting]
    top = by_setting[max(range(len(sums)), key=sums.__getitem__)]
    return (sum(top) - max(sums)) / (len(top) - len(half))
