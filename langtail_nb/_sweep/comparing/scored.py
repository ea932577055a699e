"""What evidence is made of: the scores of every setting on every unit, as plain values."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import pairwise
from typing import Final, Literal, TypeGuard

Rule = Literal["planned", "betting"]


class Missing(Enum):
    """Why a trial has no score, where it is not that its score failed."""

    LOST = "did not get through"
    WAITING = "not asked yet"
    ELSEWHERE = "made in another run"


Unit = Hashable
"""What is compared: a row, or the rows that belong together."""

Value = float | None | Missing
"""The score of one trial; None where it got through and could not be scored."""

Values = Mapping[Unit, Sequence[Value]]
"""One setting's score of each trial of each unit; a place is the same row and repeat in all of them."""

# What a measure's ratio above and below 1 is called.
WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "cost": ("dearer", "cheaper"),
    "length": ("longer", "shorter"),
    "tokens_out": ("longer", "shorter"),
    "latency": ("slower", "faster"),
    "first_token": ("slower", "faster"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One score or measure of all settings.

    Attributes:
        name: As the user calls it.
        values: For each setting, the one that the others are compared with first.
        span: The least and the largest score that can be; None where there are no such bounds.
        step: The smallest gap between two scores of single trials; None to take it from the values.
        words: What more of a measure is called, and less; None for a score, of which more is better.
        marks: For each setting the marks of a person that a judge is held against, where there are any; same
            shape as ``values``, None where there is no mark.
        alone: For each setting what is left out of ``values`` for having been made in another run, too: its
            mean stands by itself where nothing can be compared; None where that is nothing.
        is_pairwise: Whether every answer was held beside the first setting's, which has no mean then.
    """

    name: str
    values: Sequence[Values]
    span: tuple[float, float] | None = (0.0, 1.0)
    step: float | None = None
    words: tuple[str, str] | None = None
    marks: Sequence[Values] | None = None
    alone: Sequence[Values] | None = None
    is_pairwise: bool = False

    @property
    def is_measure(self) -> bool:
        """Whether it counts something, such as tokens, of which less is neither better nor worse."""
        return self.words is not None

    def unit_scale(self) -> tuple[float, float]:
        """Return what to take from a score, and what to divide it by, to bring it between 0 and 1."""
        low, high = (0.0, 1.0) if self.span is None or self.is_measure else self.span
        return low, high - low

    def smallest_gap(self) -> float:
        """Return the step of a single trial, in the score's units; the whole range if only one occurred."""
        if self.step is not None:
            return self.step
        seen = sorted(
            {value for values in self.values for trials in values.values() for value in numbers(trials)}
        )
        gaps = [after - before for before, after in pairwise(seen)]
        real = [gap for gap in gaps if gap > 1e-9 * max(1.0, abs(seen[-1]), abs(seen[0]))]
        return min(real, default=self.unit_scale()[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is to be known of a setting beside its scores.

    Attributes:
        label: Its name in words.
        cost: Dollars per row, None where the price is not known.
        oldest: When the first of its trials was made, seconds since 1970; None if that does not matter.
        newest: When the last was.
        models: What the replies called their model.
        replayed: Whether some answer was replayed and not given.
        barred: Why nothing may be said of it, where the caller knows; else ``""``.
        axes: The values that it stands for, by axis, where it is a cell of a grid.
    """

    label: str
    cost: float | None = None
    oldest: float | None = None
    newest: float | None = None
    models: tuple[str, ...] = ()
    replayed: bool = False
    barred: str = ""
    axes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """A word that a table showed earlier.

    Attributes:
        word: One of those that decide.
        rule: Which rule spoke.
        rows: On how many rows.
        at: When, as the table is to print it.
    """

    word: str
    rule: Rule
    rows: int
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How a sweep came to its rows, as far as that decides which rule may speak.

    Attributes:
        planned: The units of the plan before any table was shown; None if that is all of them. Rows among
            these that had not got through and do so later are no addition.
        until_decided: Whether it was to stop as soon as there are words.
        rows: The row number of each trial of a unit; None if a unit is its row number.
        tried_before: How many other settings were tried on these rows earlier.
        max_age_s: How far apart in time trials may be made and still be compared.
        earned: Words shown before, by score and place of the setting.
    """

    planned: Sequence[Unit] | None = None
    until_decided: bool = False
    rows: Mapping[Unit, Sequence[int]] | None = None
    tried_before: int = 0
    max_age_s: float = 86_400.0
    earned: Mapping[tuple[str, int], Earned] = field(default_factory=dict)


def first_score(scores: Sequence[Scored]) -> int | None:
    """Return the place of the score that is promised by itself: the first that is no measure, if any."""
    return next((n for n, one in enumerate(scores) if not one.is_measure), None)


def is_number(value: Value) -> TypeGuard[float]:
    """Return whether a trial has a score."""
    return (type(value) is float or (value is not None and not isinstance(value, Missing))) and math.isfinite(
        value
    )


def numbers(values: Sequence[Value]) -> Iterator[float]:
    """Yield the scores among the values."""
    return (value for value in values if is_number(value))


def units_of(scored: Scored) -> list[Unit]:
    """Return the units in the order in which the settings first name them."""
    return list(dict.fromkeys(unit for values in scored.values for unit in values))


def only(scored: Scored, units: Sequence[Unit]) -> Scored:
    """Return the same score on these units alone."""
    kept = set(units)

    def cut(all_values: Sequence[Values]) -> list[Values]:
        return [{unit: trials for unit, trials in one.items() if unit in kept} for one in all_values]

    marks = None if scored.marks is None else cut(scored.marks)
    alone = None if scored.alone is None else cut(scored.alone)
    return replace(scored, values=cut(scored.values), marks=marks, alone=alone)
