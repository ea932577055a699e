"""The comparisons before the newest, folded under it: a row for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypedDict

from langtail_nb._calls.naming import badges_of
from langtail_nb._calls.trial import State, Trial
from langtail_nb._text.brief import shorten

MOST: Final = 8
"""How many stay; all of their answers are in the history as well."""

_ASKED: Final = 120
_WORDS: Final = 160
# In place of words: a section is part of the widget's state, which a notebook may keep.
_PRIVATE: Final = "not recorded"


class Glimpse(TypedDict):
    """One answer of a folded row: what it is called and how it begins."""

    title: str
    words: str
    marks: list[str]
    state: State
    kept: str | None


class Folded(TypedDict):
    """One earlier comparison as the front end draws it until it is opened."""

    id: str
    asked: str
    answers: list[Glimpse]


class Rows(TypedDict):
    """The earlier comparisons, the newest first; ``cut`` if there were more than stay.

    ``asked`` is the question of the answers above them, where there are any rows.
    """

    asked: str
    rows: list[Folded]
    cut: bool


class Earlier:
    """The earlier comparisons of one panel, the newest first."""

    def __init__(self) -> None:
        self._rows: list[list[Trial]] = []
        self._is_cut = False

    def __iter__(self) -> Iterator[Trial]:
        """Go through all their answers."""
        return (trial for row in self._rows for trial in row)

    def put(self, trials: Sequence[Trial]) -> None:
        """Fold a comparison; of more than stay the oldest goes."""
        self._rows.insert(0, list(trials))
        self._is_cut = self._is_cut or len(self._rows) > MOST
        del self._rows[MOST:]

    def go_on_from(self, earlier: Earlier) -> None:
        """Take over the rows of a panel that this one replaces."""
        self._rows, self._is_cut = [list(row) for row in earlier._rows], earlier._is_cut

    def row(self, id: str) -> list[Trial] | None:
        """Return the answers of a row, or None where it is gone."""
        return next((row for row in self._rows if _id(row) == id), None)

    def section(self, newest: Sequence[Trial], kept: Mapping[int, str]) -> Rows:
        """Return what the front end shows of the rows while they are folded.

        Args:
            newest: The answers above them.
            kept: What became of the answers that were kept, by the trial's serial.
        """
        asked = _asked(newest[0]) if self._rows and newest else ""
        return Rows(asked=asked, rows=[_folded(row, kept) for row in self._rows], cut=self._is_cut)


def _id(row: Sequence[Trial]) -> str:
    return f"row-{max(trial.serial for trial in row)}"


def _asked(trial: Trial) -> str:
    return _PRIVATE if trial.request.is_private else shorten(trial.question, _ASKED) or "no message"


def _folded(row: Sequence[Trial], kept: Mapping[int, str]) -> Folded:
    badges = badges_of(row)
    return Folded(
        id=_id(row),
        asked=_asked(row[0]),
        answers=[
            Glimpse(
                title=trial.title,
                words=_PRIVATE if trial.request.is_private else shorten(trial.text, _WORDS),
                marks=badges[trial.id],
                state=trial.state,
                kept=kept.get(trial.serial),
            )
            for trial in row
        ],
    )
