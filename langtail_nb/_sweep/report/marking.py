"""A person's marks of a run's answers: asked for blind, kept in the store, read from a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._show.say import say
from langtail_nb._sweep.identity import digest
from langtail_nb._sweep.judge import Judge
from langtail_nb._sweep.marks import Marks, Place, read_marks, to_mark
from langtail_nb._sweep.order import Trial
from langtail_nb._text.characters import visible

if TYPE_CHECKING:
    from langtail_nb._sweep.run import Run

_YES: Final = {"y", "yes", "1"}
_NO: Final = {"n", "no", "0"}
_ENDS: Final = {"q", "quit"}


def of_run(run: Run) -> dict[str, Marks]:
    """Return the marks that there are of a run's answers, by score."""
    found: dict[str, Marks] = {}
    for name in run.scores:
        noted: Mapping[str, tuple[float, Any]] = {}
        with suppress(StoreError):
            noted = run.plan.store.noted(_about(run, name))
        marks = _placed(run, noted) if noted else {}
        if marks:
            found[name] = marks
    return found


def ask(run: Run, score: str | None, rows: int, read: Callable[[str], str]) -> int:
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
    judge = run.scores[name]
    question = judge.question if isinstance(judge, Judge) else name
    shown = f"{len(places)} answers to mark for {name!r}, of all settings, shuffled: {question}"
    say(shown, "y for yes, n for no, a number, Enter to pass over, q to stop.")
    marks: dict[Place, float] = {}
    for number, place in enumerate(places, 1):
        mark = _asked(run, place, f"{number} of {len(places)}", read)
        if mark == "":
            break
        if isinstance(mark, float):
            marks[place] = mark
            keep(run, name, {place: mark})
    return len(marks)


def take(run: Run, table: Any, score: str | None) -> int:
    """Keep the marks of a table, and return how many they are.

    Raises:
        ConfigurationError: A column is missing, a setting unknown, or no answer is where a mark is.
    """
    name = _named(run, score)
    marks = read_marks(table, [one.label for one in run.settings])
    for place in marks:
        if (one := run.outcomes.get(Trial(*place))) is None or one.reply is None:
            label = run.settings[place.setting].label
            raise ConfigurationError(f"marks: no answer of {label} in row {place.row}, repeat {place.repeat}")
    keep(run, name, marks)
    return len(marks)


def keep(run: Run, name: str, marks: Marks) -> None:
    """Keep marks in the store: they belong to the texts, and stay with these."""
    for place, mark in marks.items():
        if (key := _key(run, place)) is not None:
            run.plan.store.note(_about(run, name), key, mark)


def _placed(run: Run, noted: Mapping[str, tuple[float, Any]]) -> dict[Place, float]:
    found = {}
    for trial in list(run.outcomes):
        key = _key(run, Place(*trial))
        value = noted[key][1] if key is not None and key in noted else None
        if isinstance(value, int | float):
            found[Place(*trial)] = float(value)
    return found


def _asked(run: Run, place: Place, count: str, read: Callable[[str], str]) -> float | str | None:
    """Return a mark, None where it is passed over, ``""`` where no more are given."""
    reply = run.outcomes[Trial(*place)].reply
    assert reply is not None
    asked = run.plan.ways[0].message(run.rows, place.row)
    head = f"— {count} —" + (f"\n{visible(asked)}" if isinstance(asked, str) else "")
    while True:
        said = read(f"{head}\n\n{visible(reply.text)}\n\nmark: ").strip().casefold()
        if said in _YES | _NO:
            return float(said in _YES)
        if said in _ENDS or not said:
            return "" if said else None
        with suppress(ValueError):
            return float(said)


def _named(run: Run, score: str | None) -> str:
    judges = [name for name, one in run.scores.items() if isinstance(one, Judge)]
    name = score if score is not None else next(iter([*judges, *run.scores]), None)
    if name is None or name not in run.scores:
        names = ", ".join(map(repr, run.scores)) or "none"
        raise ConfigurationError(f"no score is named {name!r}; there are: {names}")
    one = run.scores[name]
    if getattr(one, "against", None) is not None or getattr(one, "words", None):
        raise ConfigurationError(
            f"{name!r} does not judge single answers, so marks cannot be held against it"
        )
    return name


def _about(run: Run, name: str) -> str:
    one = run.scores[name]
    return f"marks {digest([run.plan.session.place, name, getattr(one, 'question', '')])}"


def _key(run: Run, place: Place) -> str | None:
    outcome = run.outcomes.get(Trial(*place))
    if outcome is None or outcome.reply is None:
        return None
    return digest([run.plan.key(Trial(*place)), outcome.reply.text])
