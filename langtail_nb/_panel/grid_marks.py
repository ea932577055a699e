"""A person's marks of a sweep's answers as a view shows and gives them: good, not, none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.marks import Marks, Place
from langtail_nb._sweep.order import Trial
from langtail_nb._sweep.plan import Run
from langtail_nb._sweep.report import marking

Said = Literal["good", "not", ""]
Key = Literal["y", "n", "u"]

_MEANS: Final[Mapping[Key, Said]] = {"y": "good", "n": "not", "u": ""}


class GridMarks:
    """The marks of one run, by the score that they are held against; the store keeps them.

    Attributes:
        names: The scores that can be marked; one that has no name where the run has none.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self.names: list[str] = []
        self._marks: dict[str, dict[Place, float]] = {}
        self.look()

    def look(self) -> None:
        """Look again for marks: a cell may have given some, and there may be more answers."""
        self.names = marking.names(self._run)
        self._marks = {name: dict(marking.of_score(self._run, name)) for name in self.names}

    def named(self, score: str) -> str:
        """Return what marks go by where this score is looked at: no name where no score can be marked."""
        return marking.ALONE if self.names == [marking.ALONE] else score

    def of(self, score: str, place: Place) -> Said:
        """Return what an answer was marked."""
        return self._said(score, self._marks.get(score, {}).get(place))

    def press(self, score: str, place: Place, key: Key) -> Said:
        """Mark an answer, or take that back: with ``u``, or the key that gave it; return what it is then.

        Raises:
            ConfigurationError: There is no such answer, or no single answers are judged by this score.
            StoreError: It could not be kept.
        """
        if score not in self.names:
            raise ConfigurationError(f"{score!r} does not judge single answers: choose another score to mark")
        marking.check(self._run, place)
        wanted = _MEANS[key]
        said: Said = "" if self.of(score, place) == wanted else wanted
        no, yes = marking.ends(self._run, score)
        mark = None if not said else yes if said == "good" else no
        marking.keep(self._run, score, {place: mark})
        # What rows that send the same were answered is one answer.
        for same in {place, *(Place(*one) for one in self._run.plan.same_as_any(Trial(*place)))}:
            self._put(score, same, mark)
        return said

    def told(self, score: str) -> str:
        """Return how many answers are marked; nothing where none is."""
        marks = self._marks.get(score, {})
        if not marks:
            return ""
        good = self._good(score, marks)
        return f"{len(marks):,} marked: {good:,} good, {len(marks) - good:,} not"

    def told_of(self, score: str, setting: int) -> str:
        """Return how many answers of a setting are marked good; nothing where none is marked."""
        marks = {
            place: mark for place, mark in self._marks.get(score, {}).items() if place.setting == setting
        }
        return f"{self._good(score, marks):,} of {len(marks):,} marked good" if marks else ""

    def _put(self, score: str, place: Place, mark: float | None) -> None:
        # Another dict, as somebody may be counting this one on another thread.
        others = {other: one for other, one in self._marks[score].items() if other != place}
        self._marks[score] = others if mark is None else {**others, place: mark}

    def _good(self, score: str, marks: Marks) -> int:
        return sum(self._said(score, mark) == "good" for mark in marks.values())

    def _said(self, score: str, mark: float | None) -> Said:
        if mark is None:
            return ""
        return "good" if mark >= sum(marking.ends(self._run, score)) / 2 else "not"


def marks_said(marks: Sequence[Said]) -> str:
    """Return the marks of several answers in words: ``good``, ``not``, ``2 good, 1 not``, ``""``."""
    given = Counter(mark for mark in marks if mark)
    if len(marks) == 1:
        return marks[0]
    return ", ".join(f"{given[mark]} {mark}" for mark in ("good", "not") if given[mark])
