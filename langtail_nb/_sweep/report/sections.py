"""What a table shows, part by part: each score, what settings took, the rows that differ most, the rest."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.comparing.findings import Evidence, Finding
from langtail_nb._sweep.comparing.scored import Missing, Scored
from langtail_nb._sweep.report import around, difference
from langtail_nb._sweep.report.evaluated import Evaluated
from langtail_nb._sweep.report.numbers import HALF, bar, interval, limit_of, ratio, scale, shown, signed
from langtail_nb._sweep.report.parts import Line, Part
from langtail_nb._sweep.rows import numbered
from langtail_nb._sweep.statistics.intervals import wilson
from langtail_nb._sweep.statistics.power import ALPHA

_TEN_BEST: Final = 10


def of(found: Evaluated, names: Sequence[str], *, texts: bool) -> list[Part]:
    """Return the parts of a table of these scores."""
    parts = [part for name in names for part in _of_score(found, name)]
    if not names:
        parts.append(difference.without_a_score(found))
    parts.append(around.took(found))
    if texts and (differing := difference.most(found, names[0] if names else None)) is not None:
        parts.append(differing)
    rest = around.rest(found, names)
    return [*parts, rest] if rest.notes else parts


def refuse_score(score: str) -> None:
    """Refuse a name where there is no score at all."""
    raise ConfigurationError(f"no score is named {score!r}; there is none: run.rescore(...) adds some")


def _of_score(found: Evaluated, name: str) -> Iterator[Part]:
    evidence = found.found
    assert evidence is not None
    scored, findings = evidence.scored[name], evidence.findings[name]
    if evidence.effects[name]:
        yield _effects(found, scored, evidence)
        columns = sorted(range(1, len(findings)), key=lambda n: _mean(findings[n]), reverse=True)[:_TEN_BEST]
        columns = [0, *columns]
        title = f"{name} · the {len(columns) - 1} highest of {len(findings) - 1} settings"
    else:
        columns = list(range(len(findings)))
        title = _title(found, name)
    yield _means(found, scored, title, [findings[n] for n in columns])


def _mean(one: Finding) -> float:
    return -math.inf if one.mean is None else one.mean


def _means(found: Evaluated, scored: Scored, title: str, chosen: Sequence[Finding]) -> Part:
    """Return settings with their means, each beside the first where there are several."""
    assert found.found is not None
    limit = _limit(scored, [(one.difference_low, one.difference_high) for one in chosen])
    beside = ["ratio" if scored.is_measure else "difference", scale(limit, is_ratio=scored.is_measure)]
    why = _why_none(chosen)
    lines = [_line(found, scored, one, limit, says_why=not why) for one in chosen]
    alone = len(chosen) == 1
    return Part(
        title=title,
        head=["", "mean", *([] if alone else beside)],
        lines=[Line(one.cells[:2]) for one in lines] if alone else lines,
        lead=[*([f"No words: {why}."] if why else []), *_said(found, scored, chosen)],
        notes=[*_notes(found, scored, found.found.findings[scored.name])],
        drawn=None if alone else 3,
    )


def _why_none(chosen: Sequence[Finding]) -> str:
    """Return why no word may be said of any of several settings, where all share one reason; else ``""``."""
    reasons = {(one.word, one.why) for one in chosen[1:]}
    word, why = next(iter(reasons), (None, ""))
    return why if len(chosen) > 2 and len(reasons) == 1 and word is None else ""


def _title(found: Evaluated, name: str) -> str:
    run, layout = found.run, found.layout
    units, rows = len(layout.slots), len(layout.rows)
    repeats = f" × {run.repeats}" if run.repeats > 1 else ""
    of_units = f", {units} {run.rows.unit or 'that differ'}" if units != rows else ""
    asked = rows * run.repeats * len(layout.places)
    counted = {*layout.rows}
    there = sum(one.reply is not None and one.row in counted for of in found.outcomes for one in of)
    first = run.settings[0].label
    return (
        f"{name} · {rows} row{'s' * (rows != 1)}{of_units}{repeats} · {there:,} of {asked:,} answers · "
        f"against {first}"
    )


def _limit(scored: Scored, ends: Sequence[tuple[float | None, float | None]]) -> float:
    known = [one for both in ends for one in both if one is not None]
    return limit_of([_on_scale(scored, one) for one in known]) or 1.0


def _on_scale(scored: Scored, value: float) -> float:
    return math.log(value) if scored.is_measure and value > 0 else 0.0 if scored.is_measure else value


def _drawn(
    scored: Scored, low: float | None, middle: float | None, high: float | None, limit: float
) -> tuple[str, str]:
    """Return a difference in numbers and in characters."""
    if middle is None:
        return "", ""
    told = ratio(middle) if scored.is_measure else signed(middle)
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return told, ""
    ends = [_on_scale(scored, one) for one in (low, middle, high)]
    return interval(low, high, told, is_ratio=scored.is_measure), bar(ends[0], ends[1], ends[2], limit)


def _line(found: Evaluated, scored: Scored, one: Finding, limit: float, *, says_why: bool) -> Line:
    label = found.run.settings[found.layout.places[one.setting]].label
    mean = "" if one.mean is None else interval(one.low, one.high, shown(one.mean))
    if one.setting == 0:
        return Line([label, mean, "", f"{'│':^{2 * HALF + 1}}"])
    told, drawn = _drawn(scored, one.difference_low, one.difference, one.difference_high, limit)
    counts = f"{one.won} higher, {one.lost} lower" if scored.is_measure else f"{one.won} won, {one.lost} lost"
    word = f"{_word(one)} · " if says_why else ""
    return Line([label, mean, told, drawn], f"{word}{counts}, {one.tied} tied")


def _word(one: Finding) -> str:
    if one.word is None:
        return f"no word: {one.why}"
    if one.since is not None:
        rows = f"{one.since} rows"
        return f"{one.word} ({f'since {one.since_when}, ' if one.since_when else ''}on {rows})"
    return f"{one.word} ({one.why})" if one.why else one.word


def _effects(found: Evaluated, scored: Scored, evidence: Evidence) -> Part:
    effects = evidence.effects[scored.name]
    limit = _limit(scored, [(one.low, one.high) for one in effects])
    lines = []
    for one in effects:
        told, drawn = _drawn(scored, one.low, one.difference, one.high, limit)
        word = one.word or f"no word: {one.why}"
        label = f"{one.axis.replace('_', ' ')} {one.value}"
        lines.append(Line([label, told, drawn], f"{word} · against {one.first}, on {one.rows} rows"))
    return Part(
        title=f"{_title(found, scored.name)}, by parameter",
        head=["", "ratio" if scored.is_measure else "difference", scale(limit, is_ratio=scored.is_measure)],
        lines=lines,
        drawn=2,
    )


def _said(found: Evaluated, scored: Scored, findings: Sequence[Finding]) -> Iterator[str]:
    """Yield which settings have which word, those that decide first."""
    by_word: dict[str, list[str]] = {}
    for one in findings[1:]:
        if one.word is not None:
            label = found.run.settings[found.layout.places[one.setting]].label
            by_word.setdefault(one.word, []).append(label)
    decided = sorted(by_word, key=lambda word: word == "not distinguishable")
    first = found.run.settings[0].label
    if by_word and "better" not in by_word and not scored.is_measure:
        yield f"No setting is shown to be better than {first}."
    if decided:
        yield "; ".join(f"{word}: {', '.join(by_word[word])}" for word in decided) + "."


def _notes(found: Evaluated, scored: Scored, findings: Sequence[Finding]) -> Iterator[str]:
    if any(one.rule == "betting" for one in findings):
        yield (
            "Words are by the betting rule, as rows or repeats were added after a look, or the run ended "
            "before its plan."
        )
    yield from _left_out(scored, findings)
    yield from _unscored(found, scored, findings)
    noise = found.noise.get(scored.name)
    if noise is not None:
        first = found.run.settings[0].label
        yield (
            f"Noise: two runs of {first} alone would differ by up to {shown(noise.difference)}; its score "
            f"changed in {noise.flipped} of {noise.rows} rows asked again."
        )
    yield from _missed(scored, findings)
    yield from _agreements(findings)


def _unscored(found: Evaluated, scored: Scored, findings: Sequence[Finding]) -> Iterator[str]:
    count = sum(one.unscored for one in findings)
    if not count or found.run.book is None:
        return
    # A part of a dict is named after the score that gave it.
    errors = found.run.book.first_errors.items()
    first = [told for name, told in errors if scored.name == name or scored.name.startswith(f"{name}.")]
    yield f"unscored {count:,}{f'; first: {first[0]}' if first else ''}"


def _missed(scored: Scored, findings: Sequence[Finding]) -> Iterator[str]:
    sizes = [
        one.could_find for one in findings if one.could_find is not None and math.isfinite(one.could_find)
    ]
    if not sizes:
        return
    if scored.is_measure:
        yield f"A ratio under {ratio(max(sizes))} would be missed more than 1 time in 5."
        return
    if scored.span is not None and max(sizes) >= scored.unit_scale()[1]:
        yield "Too few rows to find any difference reliably."
        return
    marks = ", with your marks" if any(one.corrected for one in findings) else ""
    yield f"A difference under {shown(max(sizes))} would be missed more than 1 time in 5{marks}."


def _left_out(scored: Scored, findings: Sequence[Finding]) -> Iterator[str]:
    rows = sorted({row for one in findings for row in one.left_out})
    if not rows:
        return
    if any(one is Missing.ELSEWHERE for of in scored.values for values in of.values() for one in values):
        yield f"{numbered(rows).capitalize()}: measures are compared between trials of one run only."
    else:
        yield (
            f"{numbered(rows).capitalize()} did not get through in some setting: left out on both sides, and "
            "first in line next time."
        )


def _agreements(findings: Sequence[Finding]) -> Iterator[str]:
    several = [one.agreement for one in findings if one.agreement is not None]
    if several:
        same, marked = sum(one.same for one in several), sum(one.marked for one in several)
        low, high = wilson(same / marked, marked, ALPHA)
        yield f"Judge: {same} of {marked} agree with your marks ({shown(low)} to {shown(high)})."
