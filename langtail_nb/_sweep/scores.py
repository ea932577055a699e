"""The scores of a sweep: what the user gave, by name, and what came of each trial."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.comparing.scored import Missing, Scored, Unit, Value
from langtail_nb._sweep.judge import Ask, Judge
from langtail_nb._sweep.marks import Marks, Place, by_unit
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.scoring.applied import applied
from langtail_nb._sweep.scoring.functions import score as of_function
from langtail_nb._sweep.scoring.measures import cost
from langtail_nb._sweep.scoring.score import Given, OverRepeats, Score, ScoredRow
from langtail_nb._types.reply import Reply

AnyScore = Score | OverRepeats | Judge
Slots = Mapping[Unit, Sequence[tuple[int, int]]]
"""The trials of each unit: row and repeat of each, in the order of the plan."""


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
        self._outcomes: dict[Place, Outcome] = {}
        self._rows: dict[int, ScoredRow] = {}
        self._given: dict[str, dict[Place, Given]] = {name: {} for name in scores}
        self._inner: dict[str, dict[Place, Given]] = {}
        self._parts: dict[str, list[str]] = {name: [] for name in scores}

    async def add(self, outcome: Outcome, row: Mapping[str, Any]) -> None:
        """Score a trial; a judge is asked, a function called on another thread. Nothing is raised.

        The answer of a setting that is judged beside another is judged as soon as both are there.
        """
        place = Place(outcome.setting, outcome.row, outcome.repeat)
        self._outcomes[place] = outcome
        scored_row = self._rows.setdefault(outcome.row, ScoredRow(row))
        if outcome.reply is not None:
            await asyncio.gather(
                *(self._score(name, one, place, scored_row) for name, one in self._scores.items())
            )

    def given(self, name: str, setting: int, row: int, repeat: int) -> Given | None:
        """Return the score of a trial, None where there is none; a part of a dict is ``"name.part"``."""
        return self._given.get(name, {}).get(Place(setting, row, repeat))

    @property
    def names(self) -> list[str]:
        """The scores, each dict as its parts."""
        return [part for name in self._scores for part in (self._parts[name] or [name])]

    @property
    def judged(self) -> dict[str, list[tuple[str, ScoredRow, Given]]]:
        """Of each judge of single answers what it judged, for ``steadiness``."""
        return {
            name: [
                (self._text(place), self._rows[place.row], given)
                for place, given in self._given[name].items()
            ]
            for name, one in self._scores.items()
            if isinstance(one, Judge) and one.against is None
        }

    def scored(
        self,
        slots: Slots,
        settings: int,
        *,
        run_of: Callable[[Outcome], Hashable] | None = None,
        marks: Mapping[str, Marks] | None = None,
    ) -> list[Scored]:
        """Return all scores as evidence takes them, in the order the user gave.

        Args:
            slots: The trials of each unit.
            settings: How many settings there are.
            run_of: Which run a trial was made in: measures are compared within one.
            marks: A person's marks, by the judge's name.
        """
        return [
            self._as_scored(name, self._scores[owner], slots, settings, run_of, (marks or {}).get(name))
            for owner in self._scores
            for name in (self._parts[owner] or [owner])
        ]

    def _text(self, place: Place) -> str:
        reply = self._outcomes[place].reply
        assert reply is not None
        return reply.text

    async def _score(self, name: str, one: AnyScore, place: Place, row: ScoredRow) -> None:
        if isinstance(one, Judge):
            await self._judge(name, one, place, row)
            return
        inner = one.inner if isinstance(one, OverRepeats) else one
        if inner is None:
            return
        found = await applied(inner, row, self._outcomes[place])
        if isinstance(one, OverRepeats):
            self._inner.setdefault(name, {})[place] = next(iter(found.values()), Given(None))
            return
        for part, given in found.items():
            self._keep(name, part, place, given)

    async def _judge(self, name: str, one: Judge, place: Place, row: ScoredRow) -> None:
        assert self._ask is not None
        if one.against is None:
            self._keep(name, "", place, await one.judged(self._text(place), row, self._ask))
            return
        first = self._against.get(name, 0)
        for other in self._pairs(place, first):
            theirs = self._text(other._replace(setting=first))
            self._keep(name, "", other, await one.preferred(self._text(other), theirs, row, self._ask))

    def _pairs(self, place: Place, first: int) -> Iterator[Place]:
        """Yield the trials that can be judged now that this one is there."""
        beside = place._replace(setting=first)
        has_beside = beside in self._outcomes and self._outcomes[beside].reply is not None
        if not has_beside:
            return
        for other in list(self._outcomes):
            is_now = other == place or place.setting == first
            same = (other.row, other.repeat) == (place.row, place.repeat)
            if is_now and same and other.setting != first and self._outcomes[other].reply is not None:
                yield other

    def _keep(self, name: str, part: str, place: Place, given: Given) -> None:
        whole = f"{name}.{part}" if part else name
        if part and whole not in self._parts[name]:
            self._parts[name].append(whole)
        self._given.setdefault(whole, {})[place] = given
        if given.error and name not in self.first_errors:
            self.first_errors[name] = f"score {name!r}, row {place.row}: {given.error}"

    def _as_scored(
        self,
        name: str,
        one: AnyScore,
        slots: Slots,
        settings: int,
        run_of: Callable[[Outcome], Hashable] | None,
        marks: Marks | None,
    ) -> Scored:
        if isinstance(one, OverRepeats):
            values = [self._over_repeats(name, one, slots, n) for n in range(settings)]
            return Scored(name=name, values=values, step=1.0 if one.is_bool else None)
        words = one.words if isinstance(one, Score) else None
        runs = run_of if words is not None else None
        values = [self._of_setting(name, one, slots, n, runs) for n in range(settings)]
        given = list(self._given.get(name, {}).values())
        return Scored(
            name=name,
            values=values,
            span=_span(one, given),
            step=_step(one, given),
            words=words,
            marks=None if marks is None else by_unit(marks, slots, settings),
            is_pairwise=isinstance(one, Judge) and one.against is not None,
        )

    def _of_setting(
        self,
        name: str,
        one: AnyScore,
        slots: Slots,
        setting: int,
        run_of: Callable[[Outcome], Hashable] | None,
    ) -> dict[Unit, list[Value]]:
        is_pairwise = isinstance(one, Judge) and one.against is not None
        first = self._against.get(name, 0)

        def value(row: int, repeat: int) -> Value:
            place = Place(setting, row, repeat)
            if is_pairwise and setting == first:
                return self._missing(place) or 0.5
            if run_of is not None and self._is_elsewhere(place, run_of):
                return Missing.ELSEWHERE
            found = self._given.get(name, {}).get(place)
            if found is None and is_pairwise:
                return self._missing(place._replace(setting=first)) or self._missing(place)
            return self._missing(place) if found is None else found.value

        return {unit: [value(*slot) for slot in of_unit] for unit, of_unit in slots.items()}

    def _missing(self, place: Place) -> Missing | None:
        outcome = self._outcomes.get(place)
        if outcome is None:
            return Missing.WAITING
        return Missing.LOST if outcome.reply is None else None

    def _is_elsewhere(self, place: Place, run_of: Callable[[Outcome], Hashable]) -> bool:
        mine, first = self._outcomes.get(place), self._outcomes.get(place._replace(setting=0))
        return mine is not None and first is not None and run_of(mine) != run_of(first)

    def _over_repeats(
        self, name: str, one: OverRepeats, slots: Slots, setting: int
    ) -> dict[Unit, list[Value]]:
        found: dict[Unit, list[Value]] = {}
        for unit, of_unit in slots.items():
            by_row: dict[int, list[Place]] = {}
            for row, repeat in of_unit:
                by_row.setdefault(row, []).append(Place(setting, row, repeat))
            found[unit] = [self._of_repeats(name, one, places) for places in by_row.values()]
        return found

    def _of_repeats(self, name: str, one: OverRepeats, places: Sequence[Place]) -> Value:
        missing = [self._missing(place) for place in places]
        for kind in (Missing.WAITING, Missing.LOST):
            if kind in missing:
                return kind
        if one.inner is None:
            return one.of([self._text(place) for place in places], [])
        inner = self._inner.get(name, {})
        values = [given.value for place in places if (given := inner.get(place)) is not None]
        scores = [value for value in values if value is not None]
        return one.of([], scores) if len(scores) == len(places) else None


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
