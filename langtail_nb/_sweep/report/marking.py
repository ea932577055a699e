"""A person's marks of a run's answers: asked for blind, kept in the store, read from a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._show.say import say
from langtail_nb._sweep.identity import digest
from langtail_nb._sweep.judge import Judge
from langtail_nb._sweep.marks import Marks, Place, read_marks, to_mark
from langtail_nb._sweep.order import Trial
from langtail_nb._sweep.results import Results
from langtail_nb._sweep.scoring.score import PASS_FAIL, OverRepeats
from langtail_nb._text.characters import visible

_YES: Final = {"y", "yes"}
_NO: Final = {"n", "no"}
_ENDS: Final = {"q", "quit"}


ALONE: Final = ""
"""The name that marks go by in a run that has no score of single answers: they count by themselves."""


def names(run: Results) -> list[str]:
    """Return the scores that marks can be held against; only ``ALONE`` where there is none."""
    every = run.book.names if run.book is not None else [*run.scores]
    return [name for name in every if _is_of_single(_score(run, name))] or [ALONE]


def of_run(run: Results) -> dict[str, Marks]:
    """Return the marks that there are of a run's answers, by score."""
    found = {name: of_score(run, name) for name in names(run)}
    return {name: marks for name, marks in found.items() if marks}


def of_score(run: Results, name: str) -> Marks:
    """Return the marks of a run's answers that are held against one of ``names``."""
    noted: Mapping[str, tuple[float, Any]] = {}
    with suppress(StoreError):
        noted = run.plan.store.noted(_about(run, name))
    return _placed(run, noted) if noted else {}


def ends(run: Results, name: str) -> tuple[float, float]:
    """Return the marks that mean not and good: 0 and 1, or the ends of a judge's scale."""
    one = _score(run, name)
    return one.span if isinstance(one, Judge) else PASS_FAIL


def ask(run: Results, score: str | None, rows: int, read: Callable[[str], str]) -> int:
    """Ask for a mark of the answers of all settings on some rows, blind and shuffled; return how many came.

    Raises:
        ConfigurationError: There is no such score, or no row that every setting answered.
    """
    name = _named(run, score)
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
        raise ConfigurationError(f"mark takes how many rows to mark, not {rows!r}")
    answered = [
        Place(*trial)
        for trial, one in run.outcomes.items()
        if one.reply is not None and trial.repeat <= run.repeats and trial.setting not in run.rejected
    ]
    places = to_mark(answered, rows)
    judge = _score(run, name)
    question = judge.question if isinstance(judge, Judge) else name
    shown = f"{len(places)} answers to mark for {name!r}, of all settings, shuffled: {question}"
    say(shown, "y for yes, n for no, a number, Enter to pass over, q to stop.")
    marks: dict[Place, float] = {}
    for number, place in enumerate(places, 1):
        mark = _asked(run, name, place, f"{number} of {len(places)}", read)
        if mark == "":
            break
        if isinstance(mark, float):
            marks[place] = mark
            keep(run, name, {place: mark})
    return len(marks)


def take(run: Results, table: Any, score: str | None) -> int:
    """Keep the marks of a table, and return how many they are.

    Raises:
        ConfigurationError: A column is missing, a setting unknown, or no answer is where a mark is.
    """
    name = _named(run, score)
    marks = read_marks(table, [one.label for one in run.settings])
    for place in marks:
        check(run, place)
    keep(run, name, marks)
    return len(marks)


def check(run: Results, place: Place) -> None:
    """Refuse a place where there is nothing to mark.

    Raises:
        ConfigurationError: There is no answer.
    """
    if (one := run.outcomes.get(Trial(*place))) is None or one.reply is None:
        label = run.settings[place.setting].label
        raise ConfigurationError(f"marks: no answer of {label} in row {place.row}, repeat {place.repeat}")


def keep(run: Results, name: str, marks: Mapping[Place, float | None]) -> None:
    """Keep marks in the store, or take back those that are None: they belong to the texts and stay with them.

    Raises:
        StoreError: They could not be kept.
    """
    for place, mark in marks.items():
        if (key := _key(run, place)) is not None:
            run.plan.store.note(_about(run, name), key, mark)


def _placed(run: Results, noted: Mapping[str, tuple[float, Any]]) -> dict[Place, float]:
    found = {}
    for trial in list(run.outcomes):
        key = _key(run, Place(*trial))
        value = noted[key][1] if key is not None and key in noted else None
        if isinstance(value, int | float):
            found[Place(*trial)] = float(value)
    return found


def _asked(
    run: Results, name: str, place: Place, count: str, read: Callable[[str], str]
) -> float | str | None:
    """Return a mark, None where it is passed over, ``""`` where no more are given."""
    no, yes = ends(run, name)
    reply = run.outcomes[Trial(*place)].reply
    assert reply is not None
    asked = run.plan.ways[0].message(run.rows, place.row)
    head = f"— {count} —" + (f"\n{visible(asked)}" if isinstance(asked, str) else "")
    while True:
        said = read(f"{head}\n\n{visible(reply.text)}\n\nmark: ").strip().casefold()
        if said in _YES | _NO:
            return yes if said in _YES else no
        if said in _ENDS or not said:
            return "" if said else None
        with suppress(ValueError):
            return float(said)


def _named(run: Results, score: str | None) -> str:
    judges = [name for name, one in run.scores.items() if isinstance(one, Judge)]
    name = score if score is not None else next(iter([*judges, *run.scores]), None)
    one = None if name is None else _score(run, name)
    if name is None or one is None:
        there = ", ".join(map(repr, run.scores)) or "none"
        raise ConfigurationError(f"no score is named {name!r}; there are: {there}")
    if not _is_of_single(one):
        raise ConfigurationError(
            f"{name!r} does not judge single answers, so marks cannot be held against it"
        )
    return name


def _score(run: Results, name: str) -> Any:
    """Return the score of a name, or the one that a name is a part of; None where there is none."""
    is_part = run.book is not None and name in run.book.names
    return run.scores.get(name, run.scores.get(name.rpartition(".")[0]) if is_part else None)


def _is_of_single(one: Any) -> bool:
    is_pairwise, is_measure = getattr(one, "against", None) is not None, getattr(one, "words", None)
    return not (is_pairwise or is_measure or isinstance(one, OverRepeats))


def _about(run: Results, name: str) -> str:
    return f"marks {digest([run.plan.session.place, name, getattr(_score(run, name), 'question', '')])}"


def _key(run: Results, place: Place) -> str | None:
    outcome = run.outcomes.get(Trial(*place))
    if outcome is None or outcome.reply is None:
        return None
    return digest([run.plan.key(Trial(*place)), outcome.reply.text])
