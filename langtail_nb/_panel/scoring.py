"""The scores of a run that is looked at, and the words that its evidence has for its settings."""

from __future__ import annotations

from collections.abc import Mapping

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.plan import Run
from langtail_nb._sweep.scores import AnyScore, ScoreBook, scores_of
from langtail_nb._sweep.scoring.score import Given, Score


class Scoring:
    """The scores of single answers, by name: those that the run kept as it went, where it kept any.

    Else they are given anew from the answers, but those of judges, which cost calls.

    Attributes:
        told: What cannot be scored here and why, a sentence each.
    """

    def __init__(self, run: Run) -> None:
        self.told: list[str] = []
        self._run = run
        kept = run.book
        self._is_kept = kept is not None
        self._scores = self._read()
        mine = {name: one for name, one in self._scores.items() if isinstance(one, Score)}
        self._book = kept or ScoreBook(mine)

    @property
    def names(self) -> list[str]:
        """What the scores are called, each part of a dict by itself."""
        return [name for name in self._book.names if self._is_of_answers(name)]

    def given(self, name: str, setting: int, row: int, repeat: int) -> Given | None:
        """Return the score of a trial, None where there is none."""
        return self._book.given(name, setting, row, repeat)

    def words(self) -> Mapping[str, str]:
        """Return what evidence says in the first score, by the settings' labels; nothing while it runs."""
        if self._run.state == "running" or not self.names:
            return {}
        return {line["label"]: line["word"] for line in self._run.table(self.names[0]) if line["word"]}

    async def follow(self, outcome: Outcome) -> None:
        """Score a trial that is over."""
        await self._book.add(outcome, self._run.rows.data[outcome.row])

    async def catch_up(self) -> None:
        """Score all trials that are over, unless the run did so itself."""
        if self._is_kept:
            return
        for outcome in list(self._run.outcomes.values()):
            await self.follow(outcome)

    def _read(self) -> Mapping[str, AnyScore]:
        columns = list(dict.fromkeys(name for row in self._run.rows.data for name in row))
        try:
            return scores_of(self._run.scores, columns)
        except ConfigurationError as exc:
            self.told.append(str(exc))
            return {}

    def _is_of_answers(self, name: str) -> bool:
        """Return whether more of a score is better, answer by answer: of a measure it is only more."""
        one = self._scores.get(name) or self._scores.get(name.rpartition(".")[0])
        return not (isinstance(one, Score) and one.words is not None) and not hasattr(one, "inner")
