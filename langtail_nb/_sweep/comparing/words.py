"""Which word may be said: by the planned test, by the betting rule, or none, and why."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from langtail_nb._sweep.comparing.comparisons import SHAKY, Comparison
from langtail_nb._sweep.comparing.pairs import Pair
from langtail_nb._sweep.comparing.scored import Rule
from langtail_nb._sweep.statistics.betting import log_gain
from langtail_nb._sweep.statistics.holm import Tested, holm
from langtail_nb._sweep.statistics.intervals import Interval
from langtail_nb._sweep.statistics.power import ALPHA, fewest_rows
from langtail_nb._sweep.statistics.sign_flip import end_of_rejection

# What may be left out, of all units, and of one setting more than of the other.
_MOST_LEFT_OUT: Final = 0.10
_MOST_UNEVEN: Final = 0.05
_ONE_ROW: Final = 1 + 1e-9


@dataclass(frozen=True, slots=True)
class Case:
    """One question of a family: is this different from the first?

    Attributes:
        pair: Both sides.
        comparison: How they compare; None where they share no unit.
        barred: Why no word may be said whatever the scores are, else ``""``.
        by_bets: Whether only the betting rule may speak.
        corrected: Whether a person's marks correct the scores.
    """

    pair: Pair
    comparison: Comparison | None
    barred: str
    by_bets: bool
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a case.

    Attributes:
        side: 1 for more, -1 for less, 0 for "not distinguishable", None where no word may be said.
        why: Why none may be said, or why the test's own word is not.
        rule: Which rule spoke.
        level: What p was held against.
        p: Of the planned test, None where it was not made.
        rows: How many units the word was earned on.
        family: How many questions share one chance of a false word.
    """

    side: int | None
    why: str
    rule: Rule | None
    level: float
    p: float | None
    rows: int
    family: int


def decide(family: Sequence[Case]) -> list[Verdict]:
    """Return the verdict of each case of a family, which has one chance of a false word among all."""
    tested = holm([_p(case) for case in family], ALPHA)
    return [_verdict(case, one, len(family)) for case, one in zip(family, tested, strict=True)]


def _p(case: Case) -> float:
    """Return the p of a case; 1 for one that the planned test says nothing of, which stays in the family."""
    return 1.0 if case.barred or case.by_bets or case.comparison is None else case.comparison.p


def _verdict(case: Case, tested: Tested, family: int) -> Verdict:
    rows, comparison = len(case.pair.units), case.comparison
    if case.barred or comparison is None:
        why = case.barred or "no row has a score on both sides"
        return Verdict(None, why, None, ALPHA / family, None, rows, family)
    if case.by_bets:
        return by_bets(case, family)
    if not tested.rejected:
        return Verdict(0, "", "planned", tested.level, comparison.p, rows, family)
    if comparison.side * comparison.estimate < 0:
        return Verdict(0, SHAKY, "planned", tested.level, comparison.p, rows, family)
    return Verdict(_sign(comparison.side), "", "planned", tested.level, comparison.p, rows, family)


def by_bets(case: Case, family: int) -> Verdict:
    """Return what the betting rule says, which may be asked at any time."""
    rows, comparison = len(case.pair.units), case.comparison
    assert comparison is not None
    has_won = log_gain(comparison.steps) >= math.log(family / ALPHA)
    if has_won and comparison.side * comparison.estimate >= 0:
        return Verdict(_sign(comparison.side), "", "betting", ALPHA / family, None, rows, family)
    if case.pair.waiting:
        why = f"stopped with {case.pair.waiting} of {case.pair.waiting + rows} rows to go"
        return Verdict(None, why, None, ALPHA / family, None, rows, family)
    return Verdict(0, "", "betting", ALPHA / family, None, rows, family)


def added(planned: Sequence[Verdict], family: Sequence[Case]) -> list[Verdict]:
    """Return verdicts after rows were added: the words of the planned rows stay, bets may add others."""
    found = []
    for verdict, case in zip(planned, family, strict=True):
        if verdict.side or case.barred or case.comparison is None:
            found.append(verdict)
        else:
            found.append(replace(by_bets(case, len(family)), p=verdict.p))
    return found


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def why_not(pair: Pair, family: int, *, complete: bool) -> str:
    """Return why no word may be said of a pair because of what is missing from it, else ``""``.

    Args:
        pair: Both sides.
        family: How many questions share the chance of a false word.
        complete: Whether all rows of the plan were asked, so that too few are too few for good.
    """
    if not pair.units:
        return "no row has a score on both sides"
    out = f"{_rows(pair.missing)} of {pair.asked} rows have no score on both sides"
    if pair.missing > _MOST_LEFT_OUT * pair.asked + 1e-9:
        return f"too many missing to compare: {out}"
    uneven = abs(pair.mine_missing - pair.theirs_missing)
    if uneven > _ONE_ROW and uneven > _MOST_UNEVEN * pair.asked + 1e-9:
        side = "this setting" if pair.mine_missing > pair.theirs_missing else "the other side"
        return f"too many more missing in {side}: {out}"
    fewest = fewest_rows(family)
    if complete and len(pair.units) < fewest:
        return f"too few rows: no word is possible with {len(pair.units)}, at least {fewest} must differ"
    return ""


def _rows(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def drawn(comparison: Comparison, verdict: Verdict) -> Interval:
    """Return the interval that stands beside a word: it holds zero unless the word decides."""
    low, high = comparison.interval(verdict.level)
    low, high = min(low, comparison.estimate), max(high, comparison.estimate)
    match verdict.side:
        case 0:
            low, high = min(low, 0.0), max(high, 0.0)
        case 1 if low <= 0 <= comparison.estimate:
            low = _near_end(comparison, verdict)
        case -1 if high >= 0 >= comparison.estimate:
            high = _near_end(comparison, verdict)
    return max(low, comparison.low), min(high, comparison.high)


def _near_end(comparison: Comparison, verdict: Verdict) -> float:
    if verdict.rule == "betting":
        return 0.0
    return end_of_rejection(comparison.p_at, comparison.estimate, verdict.level)
