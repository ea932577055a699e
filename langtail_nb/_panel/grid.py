"""A sweep's answers as a view shows them, rows × settings: a page at a time, and a row whole."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Final, Literal, Protocol

from langtail_nb._panel import apartness
from langtail_nb._panel.grid_figures import answer_of, facts, figure, length, plain, said, took
from langtail_nb._panel.grid_marks import GridMarks, Said, marks_said
from langtail_nb._panel.grid_wire import (
    GridAnswer,
    GridCell,
    GridColumn,
    GridField,
    GridHead,
    GridMarked,
    GridPage,
    GridRow,
    GridScore,
    GridSetting,
    GridWanted,
    GridWhole,
    Result,
)
from langtail_nb._sweep.marks import Place
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.plan import Run
from langtail_nb._sweep.scoring.score import Given
from langtail_nb._text.brief import shorten
from langtail_nb._text.diff import answer_diff

PAGE: Final = 10
_GLIMPSE: Final = 200
_NAMED: Final = 60


class Givens(Protocol):
    """The scores of a run, as far as they are there."""

    @property
    def names(self) -> list[str]:
        """What they are called."""

    def given(self, name: str, setting: int, row: int, repeat: int) -> Given | None:
        """Return the score of a trial, None where there is none."""

    def words(self) -> Mapping[str, str]:
        """Return what evidence says of settings, by their labels."""


class Grid:
    """The answers of a run, which may be growing.

    Args:
        run: The run.
        givens: Its scores, where it has any.
        marks: What a person said of its answers.
    """

    def __init__(self, run: Run, givens: Givens | None = None, marks: GridMarks | None = None) -> None:
        self.run, self._givens, self.marks = run, givens, marks or GridMarks(run)
        self.settings = [at for at in range(len(run.settings)) if at not in run.rejected]
        self.rows = run.rows.asked
        self._apart: dict[int, float] = {}

    @property
    def scores(self) -> list[str]:
        """What the scores are called, the first first."""
        return self._givens.names if self._givens is not None else []

    def head(self, serial: int) -> GridHead:
        """Return what stands above the rows."""
        run = self.run
        words = self._givens.words() if self._givens is not None else {}
        settings = [
            GridSetting(
                setting=at,
                label=run.settings[at].label,
                told=self._told(at),
                word=words.get(run.settings[at].label, ""),
            )
            for at in self.settings
        ]
        told = [f"{run.settings[at].label}: rejected, {words}" for at, words in run.rejected.items()]
        told += [run.why_stopped] if run.why_stopped and run.state != "running" else []
        told += [f"first error: {run.first_error}"] if run.first_error else []
        return GridHead(
            serial=serial,
            rows=len(self.rows),
            settings=settings,
            scores=self.scores,
            marked=[self._marked(score) for score in self.scores or [""]],
            told=[*told, *run.told, *run.notes],
        )

    def marked_by(self, score: str) -> str:
        """Return what marks go by where this score is looked at."""
        return self.marks.named(self._score(score))

    def _marked(self, score: str) -> GridMarked:
        name = self.marked_by(score)
        return GridMarked(score=score, told=self.marks.told(name), can=name in self.marks.names)

    def page(self, wanted: GridWanted) -> GridPage:
        """Return a page of the rows that are asked for; the last one where there are fewer."""
        found = self.found(wanted)
        pages = max(1, -(-len(found) // PAGE))
        at = min(max(0, wanted["page"]), pages - 1)
        rows = [self.line(row, wanted["score"]) for row in found[at * PAGE : (at + 1) * PAGE]]
        return GridPage(wanted={**wanted, "page": at}, total=len(found), pages=pages, rows=rows)

    def found(self, wanted: GridWanted) -> list[int]:
        """Return the rows that are asked for, in their order."""
        words = wanted["search"].casefold().split()
        rows = [row for row in self.rows if self._is_shown(row, wanted)]
        rows = [row for row in rows if not words or self._holds(row, words)]
        if wanted["sort"] == "row":
            return rows
        score = wanted["score"]
        return sorted(rows, key=lambda row: (-self._spread(row, score), -self.apart(row), row))

    def line(self, row: int, score: str = "") -> GridRow:
        """Return a row as the list shows it."""
        name = self._score(score)
        cells = [self._cell(at, row, name) for at in self.settings]
        return GridRow(row=row, asked=self.asked(row, _GLIMPSE), beside=self._beside(row), cells=cells)

    def whole(self, row: int, score: str = "") -> GridWhole:
        """Return a row in full, with the marks for a score."""
        run, asked = self.run, self.asked(row)
        columns = [
            GridColumn(setting=at, label=run.settings[at].label, answers=self._answers(at, row, score))
            for at in self.settings
        ]
        fields = [
            GridField(name=name, value=plain(value), part="sent" if name in run.rows.sent else "kept here")
            for name, value in run.rows.data[row].items()
            if plain(value) != asked
        ]
        return GridWhole(row=row, score=score, asked=asked, fields=fields, columns=columns)

    def asked(self, row: int, width: int | None = None) -> str:
        """Return what a row asks; of one without a message what it sends."""
        content = self.run.rows.messages[row]
        if content is None:
            content = ", ".join(f"{n} {v}" for n, v in self.run.rows.variables[row].items())
        text = plain(content) or f"row {row}"
        return text if width is None else shorten(text, width)

    def apart(self, row: int) -> float:
        """Return how far the answers to a row are from the first setting's, from 0 to 1."""
        if (known := self._apart.get(row)) is not None:
            return known
        first, *others = [self._texts(at, row) for at in self.settings] or [{}]
        found = max((apartness.of(first, other) for other in others), default=0.0)
        if self.run.state != "running":
            self._apart[row] = found
        return found

    def mean(self, setting: int, row: int, score: str) -> float | None:
        """Return the mean of a score over the repeats of a row, None without any."""
        if self._givens is None or not score:
            return None
        given = [self._givens.given(score, setting, row, repeat) for repeat in self._repeats]
        values = [one.value for one in given if one is not None and one.value is not None]
        return statistics.fmean(values) if values else None

    @property
    def _repeats(self) -> range:
        return range(1, self.run.repeats + 1)

    def _score(self, name: str) -> str:
        scores = self.scores
        return name if name in scores else (scores[0] if scores else "")

    def _texts(self, setting: int, row: int) -> Mapping[int, str]:
        outcomes = {repeat: self.run.outcome(setting, row, repeat) for repeat in self._repeats}
        return {n: answer_of(one) for n, one in outcomes.items() if one is not None and one.reply is not None}

    def _differs(self, setting: int, row: int) -> bool:
        first, other = self._texts(self.settings[0], row), self._texts(setting, row)
        return any(first[repeat] != text for repeat, text in other.items() if repeat in first)

    def _result(self, setting: int, row: int, score: str) -> Result:
        if not score or not self._texts(setting, row):
            return ""
        mine = self.mean(setting, row, score)
        if mine is None:
            return "unscored"
        theirs = self.mean(self.settings[0], row, score)
        if setting == self.settings[0] or theirs is None:
            return ""
        return "tied" if mine == theirs else "won" if mine > theirs else "lost"

    def _is_shown(self, row: int, wanted: GridWanted) -> bool:
        if wanted["shown"] == "all":
            return True
        score, chosen = self._score(wanted["score"]), wanted["setting"]
        settings = self.settings if chosen is None else [chosen] if chosen in self.settings else []
        if wanted["shown"] == "differ":
            return any(self._differs(at, row) for at in settings)
        return any(self._result(at, row, score) == wanted["shown"] for at in settings)

    def _holds(self, row: int, words: Sequence[str]) -> bool:
        texts = [text for at in self.settings for text in self._texts(at, row).values()]
        texts += [self.asked(row), *map(plain, self.run.rows.data[row].values())]
        whole = "\n".join(texts).casefold()
        return all(word in whole for word in words)

    def _spread(self, row: int, score: str) -> float:
        means = [self.mean(at, row, self._score(score)) for at in self.settings]
        known = [one for one in means if one is not None]
        return max(known) - min(known) if known else 0.0

    def _beside(self, row: int) -> list[str]:
        values = self.run.rows.data[row]
        message = self.asked(row)
        told = [f"{name} {plain(values[name])}" for name in values if plain(values[name]) != message]
        return [shorten(one, _NAMED) for one in told[:4]]

    def _cell(self, setting: int, row: int, score: str) -> GridCell:
        outcomes = [self.run.outcome(setting, row, repeat) for repeat in self._repeats]
        texts = self._texts(setting, row)
        failed = next((one.error for one in outcomes if one is not None and one.error), None)
        is_first = setting == self.settings[0]
        state: Literal["there", "same", "failed", "none"] = "none"
        if texts:
            state = "there" if is_first or self._differs(setting, row) else "same"
        elif failed:
            state = "failed"
        text = next(iter(texts.values()), failed or "")
        read, share = self._read(setting, row, score)
        return GridCell(
            text=shorten(text, _GLIMPSE),
            state=state,
            score=read,
            share=share,
            result=self._result(setting, row, score),
            mark=marks_said(self._marks_of(setting, row, score)),
        )

    def _marks_of(self, setting: int, row: int, score: str) -> list[Said]:
        name = self.marked_by(score)
        return [self.marks.of(name, Place(setting, row, repeat)) for repeat in self._repeats]

    def _read(self, setting: int, row: int, score: str) -> tuple[str, float | None]:
        """Return the score of a row as it is read, and as a share of what is possible."""
        if self._givens is None or not score:
            return "", None
        given = [self._givens.given(score, setting, row, repeat) for repeat in self._repeats]
        known = [one for one in given if one is not None and one.value is not None]
        if not known:
            return "", None
        values = [one.value for one in known if one.value is not None]
        if all(one.is_bool for one in known):
            return f"{sum(values):.0f}/{len(values)}", statistics.fmean(values)
        return figure(statistics.fmean(values)), None

    def _answers(self, setting: int, row: int, score: str) -> list[GridAnswer]:
        first = self.settings[0]
        found = []
        for repeat in self._repeats:
            outcome = self.run.outcome(setting, row, repeat)
            if outcome is None:
                continue
            base = self.run.outcome(first, row, repeat) if setting != first else None
            found.append(self._answer(outcome, base, score))
        return found

    def _answer(self, outcome: Outcome, base: Outcome | None, score: str) -> GridAnswer:
        text, name = answer_of(outcome), self.marked_by(score)
        can_be_marked = outcome.reply is not None and name in self.marks.names
        is_beside = base is not None and base.reply is not None and outcome.reply is not None
        return GridAnswer(
            repeat=outcome.repeat,
            text=text,
            diff=answer_diff(answer_of(base), text) if is_beside else None,
            problem=outcome.error,
            facts=facts(outcome),
            scores=self._scores_of(outcome),
            mark=self.marks.of(name, Place(outcome.setting, outcome.row, outcome.repeat))
            if can_be_marked
            else None,
        )

    def _scores_of(self, outcome: Outcome) -> list[GridScore]:
        if self._givens is None or outcome.reply is None:
            return []
        found = []
        for name in self.scores:
            given = self._givens.given(name, outcome.setting, outcome.row, outcome.repeat)
            if given is not None:
                found.append(GridScore(name=name, text=said(given), reason=given.error or given.reason))
        return found

    def _told(self, setting: int) -> str:
        """Return what is known of a setting so far: no words, which only all the rows together can give."""
        score, parts = self._score(""), []
        if score:
            means = [self.mean(setting, row, score) for row in self._answered(score)]
            known = [one for one in means if one is not None]
            parts += [f"{score} {figure(statistics.fmean(known))}"] if known else []
        if setting != self.settings[0]:
            count = sum(self._differs(setting, row) for row in self.rows)
            parts.append(f"differs in {count:,} row{'s' * (count != 1)}")
        if marked := self.marks.told_of(self.marked_by(score), setting):
            parts.append(marked)
        outcomes = list(self.run.of_setting(setting))
        # Without a score nobody wins: what there is to know is how they differ.
        parts += [] if score else length(outcomes)
        return " · ".join([*parts, *took(outcomes)])

    def _answered(self, score: str) -> list[int]:
        """Return the rows in which every setting has a score."""
        return [r for r in self.rows if all(self.mean(at, r, score) is not None for at in self.settings)]
