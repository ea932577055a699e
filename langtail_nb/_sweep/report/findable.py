"""Which differences a plan can find; the one place of a plan that knows the statistics."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from langtail_nb._errors import LangtailError
from langtail_nb._kernel.runs import reply_of
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.planned import Planned
from langtail_nb._sweep.scoring.functions import givens
from langtail_nb._sweep.scoring.score import Score, ScoredRow
from langtail_nb._sweep.statistics.power import (
    fewest_rows,
    guessed_spread,
    pilot_spread,
    rows_needed,
    smallest_difference,
)

_LARGEST: Final = 0.30
_FEWEST: Final = 12
_WANTED: Final = 0.10
_MARGIN: Final = 0.02
_LOOKED_AT: Final = 300


def impossible(plan: Planned) -> str | None:
    """Return why no word will be possible at all, or None."""
    others, units = len(plan.ways) - 1, len({*plan.rows.units})
    if not others or units >= (least := fewest_rows(others)):
        return None
    return f"nothing: no word is possible with fewer than {least} rows that differ"


def findable(plan: Planned) -> list[str]:
    """Return which differences a plan can find, a line each; nothing without a score or another setting."""
    others, units = len(plan.ways) - 1, len({*plan.rows.units})
    name = next((name for name, one in plan.scores.items() if not getattr(one, "words", None)), None)
    if not others or name is None:
        return []
    stored = pilot_spread(_stored_scores(plan, name), plan.repeats)
    spread = stored if stored is not None else guessed_spread(plan.repeats)
    smallest = smallest_difference(spread, units, others)
    wanted = min(_WANTED, smallest / 2)
    more = f"about {rows_needed(wanted, spread, others):,} rows would find {wanted:.2f}"
    known = "" if stored is not None else ", if rows differ as they usually do"
    if units < _FEWEST or smallest > _LARGEST:
        lines = [f"too few rows to find any difference in {name!r} reliably; {more}"]
    else:
        lines = [f"differences of {smallest:.2f} and more in {name!r}, 4 times in 5{known}; {more}"]
    return [*lines, f"a margin of {_MARGIN:g} needs about {rows_needed(_MARGIN, spread, others):,} rows"]


def _stored_scores(plan: Planned, name: str) -> list[list[float]]:
    """Return the scores of stored answers of the first setting, by row; none where a score takes its time."""
    score = plan.scores[name]
    if not isinstance(score, Score) or not score.is_quick:
        return []
    by_row: dict[int, list[float]] = {}
    for row, value in _scored(plan, score):
        by_row.setdefault(row, []).append(value)
    return list(by_row.values())


def _scored(plan: Planned, score: Score) -> Iterator[tuple[int, float]]:
    stored = plan.stored_trials()
    firsts = [
        (key, found[0]) for key, found in plan.positions.items() if found[0].setting == 0 and key in stored
    ]
    firsts = firsts[:_LOOKED_AT]
    with suppress(LangtailError):
        turns = plan.store.read([stored[key].turn for key, _ in firsts])
        for key, trial in firsts:
            turn = turns.get(stored[key].turn)
            if turn is None or not (turn.reply or {}).get("messages"):
                continue
            reply = reply_of(turn, plan.request(trial))
            outcome = Outcome(*trial, reply, None, stored[key].at, 0.0, True)
            value = _value(score, reply.text, ScoredRow(plan.rows.data[trial.row]), outcome)
            if value is not None:
                yield trial.row, value


def _value(score: Score, text: str, row: ScoredRow, outcome: Outcome) -> float | None:
    try:
        result = score.of(text, row, outcome)
        if inspect.iscoroutine(result):
            result.close()
        if inspect.isawaitable(result):
            return None
        low, high = score.span or (0.0, 1.0)
        given = givens(result, score.span).get("")
    except (LangtailError, KeyError):
        return None
    return None if given is None or given.value is None else (given.value - low) / (high - low)
