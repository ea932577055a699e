"""``run.table()``: every setting in every score as plain values, shown as text and as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, overload

from langtail_nb._sweep.comparing.choice import of_score
from langtail_nb._sweep.comparing.findings import Finding
from langtail_nb._sweep.report import parts, sections
from langtail_nb._sweep.report.evaluated import Evaluated, evaluated
from langtail_nb._sweep.results import Results

Row = dict[str, Any]

_NO_SCORE: Sequence[str | None] = (None,)


class Table(Sequence[Mapping[str, Any]]):
    """The settings of a run in its scores: for each score the setting that is compared with, then the others.

    Each has ``setting`` (its overrides), ``label``, ``score``, ``mean``, ``low``, ``high``, ``difference``,
    ``difference_low``, ``difference_high``, ``word``, ``why``, ``rows``, ``won``, ``lost``, ``tied``,
    ``left_out`` (row numbers), ``unscored``, and of its answers ``calls``, ``tokens`` and ``cost`` in all and
    the median ``latency_s``. A measure's difference is a ratio. What is not known is None.
    """

    def __init__(self, evaluated: Evaluated, names: Sequence[str], *, texts: bool) -> None:
        self._evaluated, self._names, self._texts = evaluated, names, texts
        self._rows = [row for name in (names or _NO_SCORE) for row in _rows(evaluated, name)]

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...

    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        return self._rows[place]

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return parts.plain(self._parts())

    def _repr_html_(self) -> str:
        return self.html()

    def html(self) -> str:
        """Return the same as HTML in which nothing can run."""
        return parts.html(self._parts())

    def _parts(self) -> list[parts.Part]:
        return sections.of(self._evaluated, self._names, texts=self._texts)


def table(run: Results, score: str | None = None, *, texts: bool = True) -> Table:
    """Return the table of a run.

    Args:
        score: Which score; all of them where None.
        texts: Whether answers stand in what is shown.

    Raises:
        ConfigurationError: There is no score of that name.
    """
    found = evaluated(run)
    if score is None or found.found is None:
        if score is not None:
            sections.refuse_score(score)
        return Table(found, list(found.found.findings) if found.found else [], texts=texts)
    return Table(found, [of_score(found.found, score)[0].name], texts=texts)


def _rows(found: Evaluated, name: str | None) -> list[Row]:
    columns = range(len(found.layout.places))
    if name is None or found.found is None:
        return [_row(found, n, None) for n in columns]
    return [_row(found, n, found.found.findings[name][n]) for n in columns]


def _row(found: Evaluated, column: int, one: Finding | None) -> Row:
    setting = found.run.settings[found.layout.places[column]]
    return {
        "setting": dict(setting.overrides),
        "label": setting.label,
        "score": None if one is None else one.score,
        "mean": None if one is None else one.mean,
        "low": None if one is None else one.low,
        "high": None if one is None else one.high,
        **_difference(one),
        **_counts(found, column, one),
        **_took(found, column),
    }


def _difference(one: Finding | None) -> Row:
    return {
        "difference": None if one is None else one.difference,
        "difference_low": None if one is None else one.difference_low,
        "difference_high": None if one is None else one.difference_high,
        "word": None if one is None else one.word,
        "why": "there is no score" if one is None else one.why,
    }


def _counts(found: Evaluated, column: int, one: Finding | None) -> Row:
    if one is None or column == 0:
        answered = {slot.row for slot in found.outcomes[column] if slot.reply is not None}
        units = sum(any(row in answered for row in rows) for rows in found.layout.rows_of.values())
        left = sorted({slot.row for slot in found.outcomes[column] if slot.reply is None})
        unscored = 0 if one is None else one.unscored
        return {
            "rows": units, "won": None, "lost": None, "tied": None, "left_out": left, "unscored": unscored,
        }  # fmt: skip
    return {
        "rows": one.rows, "won": one.won, "lost": one.lost, "tied": one.tied,
        "left_out": list(one.left_out), "unscored": one.unscored,
    }  # fmt: skip


def _took(found: Evaluated, column: int) -> Row:
    replies = [one.reply for one in found.outcomes[column] if one.reply is not None]
    tokens = [reply.usage.total_tokens for reply in replies if reply.usage.total_tokens is not None]
    cost = found.settings[column].cost
    seconds = [reply.latency_s for reply in replies if reply.latency_s is not None]
    return {
        "calls": len(replies),
        "tokens": sum(tokens) if tokens else None,
        "cost": None if cost is None else cost * len(replies),
        "latency_s": median(seconds) if seconds else None,
    }
