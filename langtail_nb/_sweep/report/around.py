"""What stands around the scores: what each setting took, what was left out and why, how old it all is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean, median
from typing import Final

from langtail_nb._errors import APITimeoutError
from langtail_nb._sweep import price
from langtail_nb._sweep.order import Trial
from langtail_nb._sweep.report.evaluated import Evaluated
from langtail_nb._sweep.report.numbers import ratio, shown
from langtail_nb._sweep.report.parts import Line, Part
from langtail_nb._sweep.rows import numbered

_HEAD: Final = ("", "answers", "tokens out", "median s")
_PRICE: Final = 2


def took(found: Evaluated) -> Part:
    """Return what the answers of each setting took, beside the first one's."""
    columns = range(len(found.layout.places))
    amounts = [_amounts(found, n) for n in columns]
    lines = []
    for n in columns:
        label = found.run.settings[found.layout.places[n]].label
        answers = sum(one.reply is not None for one in found.outcomes[n])
        pairs = zip(amounts[n], (None, None, None) if n == 0 else amounts[0], strict=True)
        told = [_told(*pair, is_money=at == _PRICE) for at, pair in enumerate(pairs)]
        if found.run.plan.is_free:
            told.pop(_PRICE)
        lines.append(Line([label, f"{answers:,}", *told]))
    return Part("What it took", [*_HEAD, *([] if found.run.plan.is_free else ["price"])], lines)


def rest(found: Evaluated, names: Sequence[str]) -> Part:
    """Return what else is to be known, a sentence each."""
    return Part("", notes=[*_of_run(found), *_advice(found, names)])


def _amounts(found: Evaluated, column: int) -> tuple[float | None, float | None, float | None]:
    """Return the mean of tokens, the median of seconds and the mean price of a column's answers."""
    replies = [one.reply for one in found.outcomes[column] if one.reply is not None]
    tokens = [one.usage.completion_tokens for one in replies if one.usage.completion_tokens is not None]
    seconds = [one.latency_s for one in replies if one.latency_s is not None]
    return (
        fmean(tokens) if tokens else None,
        median(seconds) if seconds else None,
        found.settings[column].cost,
    )


def _told(value: float | None, other: float | None, *, is_money: bool) -> str:
    if value is None:
        return "not known" if is_money else ""
    told = price.money(value) if is_money else shown(value)
    return f"{told} ({ratio(value / other)})" if other else told


def _of_run(found: Evaluated) -> Iterator[str]:
    run = found.run
    for place in found.layout.places:
        yield from _failures(found, place)
    for place, words in run.rejected.items():
        yield f"{run.settings[place].label} rejected: {words}"
    if run.why_stopped:
        yield f"{run.why_stopped[0].upper()}{run.why_stopped[1:]}."
    yield from run.told
    yield from run.notes
    if (same := found.sameness) is not None:
        yield (
            f"{run.settings[0].label} asked again said the same text in {same.same} of {same.rows} rows"
            f"{_of_seed(same.seed_helps)}."
        )
    stored = [one.at for one in list(run.outcomes.values()) if one.stored]
    if stored:
        ages = run.plan.ages(stored)
        yield f"{len(stored):,} answers were stored{f', {ages} old' if ages else ''}."


def _failures(found: Evaluated, place: int) -> Iterator[str]:
    run = found.run
    failed = [one for one in run.of_setting(place) if one.reply is None]
    if not failed:
        return
    errors = [run.errors.get(Trial(one.setting, one.row, one.repeat)) for one in failed]
    silent = sum(isinstance(error, APITimeoutError) for error in errors)
    rows = numbered(sorted({one.row for one in failed}))
    told = f"; {silent} of them silent after the server had accepted" if silent else ""
    yield (
        f"{run.settings[place].label}: {len(failed):,} answer{'s' * (len(failed) != 1)} did not get through "
        f"({rows}){told}; first: {failed[0].error}"
    )


def _of_seed(helps: bool | None) -> str:
    if helps is None:
        return ""
    return "; a seed makes answers alike" if helps else "; a seed changes nothing"


def _advice(found: Evaluated, names: Sequence[str]) -> Iterator[str]:
    if found.found is None:
        return
    for line in found.found.advice:
        if line.startswith("the other scores") and len(names) < 2:
            continue
        yield f"{line[0].upper()}{line[1:]}."
