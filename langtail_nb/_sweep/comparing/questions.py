"""The questions of a sweep, in their two families, answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from langtail_nb._sweep.comparing.ages import why_barred
from langtail_nb._sweep.comparing.comparisons import compare
from langtail_nb._sweep.comparing.effects import Line, averaged
from langtail_nb._sweep.comparing.marked import corrected, corrections
from langtail_nb._sweep.comparing.pairs import Pair, paired
from langtail_nb._sweep.comparing.scored import History, Scored, Setting, Unit, first_score, only, units_of
from langtail_nb._sweep.comparing.words import Case, Verdict, added, decide, why_not

PairOf = Callable[[Scored, Sequence[Unit]], Pair]
Answer = tuple[Case, Verdict]


@dataclass(frozen=True, slots=True)
class Question:
    """Whether one side of a score is different from the other.

    Attributes:
        score: The place of the score.
        pair_of: Both sides on given units.
        setting: The place of the setting, None for a value of an axis.
        barred: Why no word may be said, whatever the scores are.
    """

    score: int
    pair_of: PairOf
    setting: int | None
    barred: str = ""


def of_setting(score: int, place: int, settings: Sequence[Setting], history: History) -> Question:
    """Return the question whether a setting differs from the first."""

    def pair_of(scored: Scored, units: Sequence[Unit]) -> Pair:
        return paired(scored.values[place], scored.values[0], units)

    return Question(score, pair_of, place, why_barred(settings[place], settings[0], history.max_age_s))


def of_line(score: int, line: Line, settings: Sequence[Setting], history: History) -> Question:
    """Return the question whether a value of an axis differs from the first value."""

    def pair_of(scored: Scored, units: Sequence[Unit]) -> Pair:
        return averaged(scored, line, units)

    whys = (why_barred(settings[a], settings[b], history.max_age_s) for a, b in line.cells)
    return Question(score, pair_of, None, next(filter(None, whys), ""))


def answered(questions: Sequence[Question], scores: Sequence[Scored], history: History) -> list[Answer]:
    """Return the answer of each question: those of the first score are one family, all others another."""
    answers: dict[int, Answer] = {}
    first = first_score(scores)
    for is_first in (True, False):
        family = [n for n, question in enumerate(questions) if (question.score == first) is is_first]
        if family:
            found = _of_family([questions[n] for n in family], scores, history)
            answers.update(zip(family, found, strict=True))
    return [answers[n] for n in range(len(questions))]


def _of_family(family: Sequence[Question], scores: Sequence[Scored], history: History) -> list[Answer]:
    cases = _cases(family, scores, history, all_units=True)
    if not _has_added(scores, history):
        return list(zip(cases, decide(cases), strict=True))
    planned = decide(_cases(family, scores, history, all_units=False))
    return list(zip(cases, added(planned, cases), strict=True))


def _has_added(scores: Sequence[Scored], history: History) -> bool:
    if history.planned is None:
        return False
    planned = set(history.planned)
    return any(unit not in planned for one in scores for unit in units_of(one))


def _cases(
    family: Sequence[Question], scores: Sequence[Scored], history: History, *, all_units: bool
) -> list[Case]:
    """Return the cases, those of all units for the betting rule where some were added."""
    used = {}
    for n in {question.score for question in family}:
        one = scores[n]
        chosen = one if all_units or history.planned is None else only(one, history.planned)
        used[n] = chosen, units_of(chosen), one.smallest_gap()
    found = []
    for question in family:
        scored, units, step = used[question.score]
        found.append(_case(question, scored, units, step, len(family), history))
    return found


def _case(
    question: Question, scored: Scored, units: Sequence[Unit], step: float, family: int, history: History
) -> Case:
    pair = question.pair_of(scored, units)
    by_bets = history.until_decided or pair.waiting > 0
    barred = question.barred or why_not(pair, family, complete=not pair.waiting)
    if not pair.units:
        return Case(pair, None, barred, by_bets)
    marks = None if question.setting is None else corrections(scored, question.setting, units)
    if marks is not None:
        return Case(pair, corrected(pair, marks, scored.unit_scale()[1]), barred, by_bets, corrected=True)
    return Case(pair, compare(scored, pair, step), barred, by_bets)
