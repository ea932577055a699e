"""The scores of a sweep: what the user gave, by name, and what came of each trial."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.comparing.scored import Scored
from langtail_nb._sweep.judge import Ask, Judge
from langtail_nb._sweep.marks import Marks, Place, by_unit
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.scoring.applied import applied
from langtail_nb._sweep.scoring.functions import score as of_function
from langtail_nb._sweep.scoring.kept import Kept, RunOf, Slots
from langtail_nb._sweep.scoring.measures import cost
from langtail_nb._sweep.scoring.score import Given, OverRepeats, Score, ScoredRow
from langtail_nb._types.reply import Reply

AnyScore = Score | OverRepeats | Judge


def scores_of(given: Mapping[str, Any], columns: Sequence[str]) -> dict[str, AnyScore]:
    """Return what the user gave as scores, checked before anything is sent.

    Args:
        given: By name: scores of the package, judges, functions.
        columns: The columns that the rows have.

    Raises:
        ConfigurationError: One is no score, or reads a column that is not there.
    """
    found: dict[str, AnyScore] = {
        name: one if isinstance(one, AnyScore) else of_function(one, name=name) for name, one in given.items()
    }
    singles = [one for one in found.values() if isinstance(one, Score) and one.words is None]
    for name, one in found.items():
        if isinstance(one, OverRepeats) and one.name == "pass_all" and one.inner is None:
            if not singles:
                raise ConfigurationError(
                    f"score {name!r} needs a score that is to pass: pass_all(lt.regex(...))"
                )
            found[name] = replace(one, inner=singles[0])
        _check_columns(name, found[name], columns)
    return found


def _check_columns(name: str, one: AnyScore, columns: Sequence[str]) -> None:
    read = one.inner.columns if isinstance(one, OverRepeats) and one.inner else getattr(one, "columns", ())
    for column in read:
        if column not in columns:
            there = ", ".join(map(repr, columns)) or "none"
            raise ConfigurationError(
                f"score {name!r}: the rows have no column {column!r}; there are: {there}"
            )


class ScoreBook:
    """The scores of all trials, as they come.

    Attributes:
        first_errors: Of each score that left a trial unscored the first reason, with the row.
    """

    def __init__(
        self,
        scores: Mapping[str, AnyScore],
        *,
        ask: Ask | None = None,
        price_of: Callable[[Reply], float | None] | None = None,
        against: Mapping[str, int] | None = None,
    ) -> None:
        """Begin without any.

        Args:
            scores: As :func:`scores_of` returned them.
            ask: Sends the requests of judges; needed where there is one.
            price_of: What an answer cost.
            against: For each pairwise judge the place of its setting; 0 where not told.
        """
        self.first_errors: dict[str, str] = {}
        self._scores = {
            name: cost(price_of) if isinstance(one, Score) and one.name == "cost" and price_of else one
            for name, one in scores.items()
        }
        self._ask = ask
        self._against = against or {}
        self._kept = Kept()
        self._asked_of: set[tuple[str, Place]] = set()
        self._parts: dict[str, list[str]] = {name: [] for name in scores}

    async def add(self, outcome: Outcome, row: Mapping[str, Any]) -> None:
        """Score a trial; a judge is asked, a function called on another thread. Nothing is raised.

        The answer of a setting that is judged beside another is judged as soon as both are there.
        """
        place = Place(outcome.setting, outcome.row, outcome.repeat)
        self._kept.outcomes[place] = outcome
        scored_row = self._kept.rows.setdefault(outcome.row, ScoredRow(row))
        if outcome.reply is not None:
            await asyncio.gather(
                *(self._score(name, one, place, scored_row) for name, one in self._scores.items())
            )

    def given(self, name: str, setting: int, row: int, repeat: int) -> Given | None:
        """Return the score of a trial, None where there is none; a part of a dict is ``"name.part"``."""
        return self._kept.of(name).get(Place(setting, row, repeat))

    @property
    def names(self) -> list[str]:
        """The scores, each dict as its parts."""
        return [part for name in self._scores for part in (self._parts[name] or [name])]

    @property
    def judged(self) -> dict[str, list[tuple[str, ScoredRow, Given]]]:
        """Of each judge of single answers what it judged, for ``steadiness``."""
        kept = self._kept
        return {
            name: [
                (kept.text(place), kept.rows[place.row], given)
                for place, given in sorted(kept.of(name).items())
            ]
            for name, one in self._scores.items()
            if isinstance(one, Judge) and one.against is None
        }

    def scored(
        self,
        slots: Slots,
        settings: int,
        *,
        run_of: RunOf | None = None,
        marks: Mapping[str, Marks] | None = None,
    ) -> list[Scored]:
        """Return all scores as evidence takes them, in the order the user gave.

        Args:
            slots: The trials of each unit.
            settings: How many settings there are.
            run_of: Which run a trial was made in: measures are compared within one.
            marks: A person's marks, by the judge's name.
        """
        found = []
        for owner, one in self._scores.items():
            for name in self._parts[owner] or [owner]:
                scored = self._scored(name, owner, one, slots, settings)
                if run_of is not None and scored.is_measure:
                    within = [
                        self._kept.within_runs(values, slots, n, run_of)
                        for n, values in enumerate(scored.values)
                    ]
                    scored = replace(scored, values=within, alone=scored.values)
                if marks is not None and name in marks:
                    scored = replace(scored, marks=by_unit(marks[name], slots, settings))
                found.append(scored)
        return found

    def _scored(self, name: str, owner: str, one: AnyScore, slots: Slots, settings: int) -> Scored:
        kept, every = self._kept, range(settings)
        if isinstance(one, OverRepeats):
            values = [kept.over_repeats(name, one, slots, n) for n in every]
            return Scored(name=name, values=values, step=1.0 if one.is_bool else None)
        given = list(kept.of(name).values())
        if isinstance(one, Judge) and one.against is not None:
            first = self._against.get(owner, 0)
            values = [kept.of_pairs(name, slots, n, first) for n in every]
            return Scored(name=name, values=values, step=one.step, is_pairwise=True)
        return Scored(
            name=name,
            values=[kept.values(name, owner, slots, n) for n in every],
            span=_span(one, given),
            step=_step(one, given),
            words=one.words if isinstance(one, Score) else None,
        )

    async def _score(self, name: str, one: AnyScore, place: Place, row: ScoredRow) -> None:
        if isinstance(one, Judge):
            await self._judge(name, one, place, row)
            return
        single = one.inner if isinstance(one, OverRepeats) else one
        if single is None:
            return
        found = await applied(single, row, self._kept.outcomes[place])
        if isinstance(one, OverRepeats):
            found = {"": next(iter(found.values()), Given(None))}
        for part, given in found.items():
            self._keep(name, part, place, given)

    async def _judge(self, name: str, one: Judge, place: Place, row: ScoredRow) -> None:
        assert self._ask is not None
        text = self._kept.text
        if one.against is None:
            self._keep(name, "", place, await one.judged(text(place), row, self._ask))
            return
        first = self._against.get(name, 0)
        for other in self._kept.beside(place, first):
            # Of two that end at once each would find the other there.
            if (name, other) in self._asked_of:
                continue
            self._asked_of.add((name, other))
            theirs = text(other._replace(setting=first))
            self._keep(name, "", other, await one.preferred(text(other), theirs, row, self._ask))

    def _keep(self, name: str, part: str, place: Place, given: Given) -> None:
        if part:
            whole = f"{name}.{part}"
            if whole not in self._parts[name]:
                self._parts[name].append(whole)
            self._kept.put(whole, place, given)
            given = Given(None)  # of the dict as a whole
        self._kept.put(name, place, given)
        if given.error and name not in self.first_errors:
            self.first_errors[name] = f"score {name!r}, row {place.row}: {given.error}"


def _span(one: Score | Judge, given: Sequence[Given]) -> tuple[float, float] | None:
    """Return the bounds of a score: those it was given, else 0 and 1 where every number lies there."""
    if one.span is not None:
        return one.span
    inside = all(found.value is None or 0 <= found.value <= 1 for found in given)
    is_measure = isinstance(one, Score) and one.words is not None
    return (0.0, 1.0) if inside and not is_measure else None


def _step(one: Score | Judge, given: Sequence[Given]) -> float | None:
    if isinstance(one, Judge):
        return one.step
    is_bool = [found.is_bool for found in given if found.value is not None]
    return 1.0 if is_bool and all(is_bool) else None
