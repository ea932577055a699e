"""What may be said of a sweep: which setting is better, by how much, and how sure that is.

Plain values in, frozen records out; nothing is sent, shown or kept. The promise: where no setting makes a
difference, at most 5 in 100 sweeps say better or worse in the first score, and at most 5 in 100 say something
of any other score or measure. ``benchmarks/evidence.py`` shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from langtail_nb._sweep.comparing.effects import lines_of
from langtail_nb._sweep.comparing.findings import UNDECIDED, Effect, Evidence, Finding
from langtail_nb._sweep.comparing.marked import Agreement, agreement
from langtail_nb._sweep.comparing.means import Mean, means_of
from langtail_nb._sweep.comparing.noise import noise
from langtail_nb._sweep.comparing.pairs import Pair
from langtail_nb._sweep.comparing.questions import Answer, answered, of_line, of_setting
from langtail_nb._sweep.comparing.scored import History, Missing, Scored, Setting, units_of
from langtail_nb._sweep.comparing.words import Verdict, drawn
from langtail_nb._sweep.statistics.power import ALPHA, smallest_difference

_ORDINARY = History()
_IN_AXES = "more than 8 settings in two axes: the values of the axes are compared"
# Below, a failure of one row in twenty is likely not to have shown.
_MANY_ROWS = 20


def evidence(
    scores: Sequence[Scored],
    settings: Sequence[Setting],
    history: History = _ORDINARY,
    *,
    cell_words: bool = False,
) -> Evidence:
    """Return what may be said of the settings.

    Args:
        scores: The first that is no measure is the one whose words are promised by themselves.
        settings: In the order of the scores' values; the others are compared with the first.
        history: How the sweep came to its rows.
        cell_words: Whether the cells of a large grid get words, and not its axes alone.
    """
    lines, others, every = lines_of(settings), range(1, len(settings)), range(len(scores))
    asked = [of_setting(n, place, settings, history) for n in every for place in others]
    if lines and not cell_words:
        asked = [replace(one, barred=one.barred or _IN_AXES) for one in asked]
    cells = _by_score(scores, answered(asked, scores, history))
    of_axes = answered(
        [of_line(n, line, settings, history) for n in every for line in lines], scores, history
    )
    effects = [
        [
            _effect(one, line.axis, line.value, line.first, answer)
            for line, answer in zip(lines, found, strict=True)
        ]
        for one, found in zip(scores, _by_score(scores, of_axes).values(), strict=True)
    ]
    findings = {one.name: tuple(_findings(one, cells[one.name], history)) for one in scores}
    return Evidence(
        settings=tuple(settings),
        findings=findings,
        effects={one.name: tuple(found) for one, found in zip(scores, effects, strict=True)},
        noise={one.name: noise(one.values[0]) for one in scores},
        advice=tuple(_advice(findings, history)),
        scored={one.name: one for one in scores},
        history=history,
        comparisons={name: [None, *(case.comparison for case, _ in found)] for name, found in cells.items()},
    )


def live(scored: Scored) -> list[tuple[int, Mean | None]]:
    """Return what may be shown while a sweep runs: for each setting the units done and the mean, no words."""
    units = units_of(scored)
    done = [
        sum(all(one is not Missing.WAITING for one in values.get(unit, (Missing.WAITING,))) for unit in units)
        for values in scored.values
    ]
    return list(zip(done, means_of(scored, units, ALPHA), strict=True))


def _by_score(scores: Sequence[Scored], answers: Sequence[Answer]) -> dict[str, Sequence[Answer]]:
    each = len(answers) // max(1, len(scores))
    return {one.name: answers[n * each : (n + 1) * each] for n, one in enumerate(scores)}


def _findings(scored: Scored, answers: Sequence[Answer], history: History) -> Iterator[Finding]:
    means = means_of(scored, units_of(scored), ALPHA)
    for place, mean in enumerate(means):
        has_mean = mean is not None and not (scored.is_pairwise and place == 0)
        mean_of, low, high = mean if mean is not None and has_mean else (None, None, None)
        found = Finding(
            setting=place,
            score=scored.name,
            mean=mean_of,
            low=low,
            high=high,
            unscored=_unscored(scored, place),
            agreement=_agreement(scored, place),
        )
        yield found if place == 0 else _compared(found, scored, answers[place - 1], history)


def _unscored(scored: Scored, place: int) -> int:
    return sum(value is None for trials in scored.values[place].values() for value in trials)


def _agreement(scored: Scored, place: int) -> Agreement | None:
    if scored.marks is None:
        return None
    marks, judged = scored.marks[place], scored.values[place]
    both = [pair for unit in marks for pair in zip(judged.get(unit, ()), marks[unit], strict=False)]
    middle = fmean(scored.span or (0.0, 1.0))
    return agreement([one for one, _ in both], [other for _, other in both], middle=middle)


def _compared(found: Finding, scored: Scored, answer: Answer, history: History) -> Finding:
    case, verdict = answer
    found = replace(
        _counted(found, case.pair, history),
        word=_word(scored, verdict),
        why=verdict.why,
        rule=verdict.rule,
        p=verdict.p,
        level=verdict.level,
        corrected=case.corrected,
        since=verdict.rows if verdict.side and verdict.rows != len(case.pair.units) else None,
    )
    comparison = case.comparison
    if comparison is not None:
        low, high = drawn(comparison, verdict)
        smallest = smallest_difference(comparison.spread, len(case.pair.units), verdict.family)
        found = replace(
            found,
            difference=comparison.shown(comparison.estimate),
            difference_low=comparison.shown(low),
            difference_high=comparison.shown(high),
            could_find=comparison.shown(smallest),
        )
    return _kept(found, history)


def _counted(found: Finding, pair: Pair, history: History) -> Finding:
    differences = pair.differences
    return replace(
        found,
        rows=len(pair.units),
        won=sum(one > 1e-9 for one in differences),
        lost=sum(one < -1e-9 for one in differences),
        tied=sum(abs(one) <= 1e-9 for one in differences),
        left_out=_row_numbers(pair, history),
        missing=pair.missing,
        waiting=pair.waiting,
    )


def _row_numbers(pair: Pair, history: History) -> tuple[int, ...]:
    found = set()
    for unit, place in pair.lost:
        if history.rows is not None:
            found.add(history.rows[unit][place])
        elif isinstance(unit, int):
            found.add(unit)
    return tuple(sorted(found))


def _kept(found: Finding, history: History) -> Finding:
    """Return a finding with the word that an earlier table showed, unless one is said now."""
    earned = history.earned.get((found.score, found.setting))
    if earned is None or found.word == earned.word:
        return found
    return replace(found, word=earned.word, why="", rule=earned.rule, since=earned.rows, since_when=earned.at)


def _word(scored: Scored, verdict: Verdict) -> str | None:
    more, less = scored.words or ("better", "worse")
    return {1: more, -1: less, 0: UNDECIDED, None: None}[verdict.side]


def _effect(scored: Scored, axis: str, value: str, first: str, answer: Answer) -> Effect:
    case, verdict = answer
    shown: list[float | None] = [None, None, None]
    if case.comparison is not None:
        ends = drawn(case.comparison, verdict)
        shown = [case.comparison.shown(one) for one in (case.comparison.estimate, *ends)]
    return Effect(
        axis=axis,
        value=value,
        first=first,
        difference=shown[0],
        low=shown[1],
        high=shown[2],
        word=_word(scored, verdict),
        why=verdict.why,
        rows=len(case.pair.units),
    )


def _advice(findings: Mapping[str, Sequence[Finding]], history: History) -> Iterator[str]:
    each = next(iter(findings.values()), ())
    tried = len(each) - 1 + history.tried_before
    if history.tried_before > 0:
        yield f"{tried} settings tried on these rows: expect a false word; confirm on new rows"
    rows = max((one.rows for one in each), default=0)
    if 0 < rows < _MANY_ROWS:
        yield f"fewer than {_MANY_ROWS} rows: rare failures may not have shown"
    if len(findings) > 1:
        yield "the other scores were also looked at: together they have one chance of a false word"
