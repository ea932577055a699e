"""What the scores of all trials are kept in, and how they are laid out for evidence."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Final

from langtail_nb._sweep.comparing.scored import Missing, Unit, Value
from langtail_nb._sweep.marks import Place
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.scoring.score import Given, OverRepeats, ScoredRow

Slots = Mapping[Unit, Sequence[tuple[int, int]]]
"""The trials of each unit: row and repeat of each, in the order of the plan."""

RunOf = Callable[[Outcome], Hashable]

# The score of a setting held beside itself.
_EVEN: Final = 0.5


class Kept:
    """The outcomes, and by score what each was given.

    Attributes:
        outcomes: Every trial that is over.
        rows: The rows of these.
    """

    def __init__(self) -> None:
        self.outcomes: dict[Place, Outcome] = {}
        self.rows: dict[int, ScoredRow] = {}
        self._given: dict[str, dict[Place, Given]] = {}

    def put(self, name: str, place: Place, given: Given) -> None:
        """Keep the score of a trial; a later one takes its place."""
        self._given.setdefault(name, {})[place] = given

    def of(self, name: str) -> Mapping[Place, Given]:
        """Return all that a score gave."""
        return self._given.get(name, {})

    def text(self, place: Place) -> str:
        """Return the answer of a trial that got through."""
        reply = self.outcomes[place].reply
        assert reply is not None
        return reply.text

    def has_answer(self, place: Place) -> bool:
        """Return whether a trial is over and got through."""
        return place in self.outcomes and self.outcomes[place].reply is not None

    def missing(self, place: Place) -> Missing | None:
        """Return why a trial has no answer; None where it has one."""
        if place not in self.outcomes:
            return Missing.WAITING
        return None if self.has_answer(place) else Missing.LOST

    def beside(self, place: Place, first: int) -> Iterator[Place]:
        """Yield the trials that can be held beside setting ``first`` now that this trial is over."""
        if not self.has_answer(place._replace(setting=first)):
            return
        settings = {other.setting for other in self.outcomes} if place.setting == first else {place.setting}
        for setting in sorted(settings - {first}):
            if self.has_answer(other := place._replace(setting=setting)):
                yield other

    def values(self, name: str, owner: str, slots: Slots, setting: int) -> dict[Unit, list[Value]]:
        """Return a score of one setting; a part of a dict waits no more once its owner's score is there."""
        given, whole = self.of(name), self.of(owner)

        def value(place: Place) -> Value:
            if place in given:
                return given[place].value
            missing = self.missing(place)
            return Missing.WAITING if missing is None and place not in whole else missing

        return _laid_out(slots, setting, value)

    def of_pairs(self, name: str, slots: Slots, setting: int, first: int) -> dict[Unit, list[Value]]:
        """Return a pairwise score of one setting: that of the first is even wherever it answered."""
        given = self.of(name)

        def value(place: Place) -> Value:
            if setting == first:
                return self.missing(place) or _EVEN
            if place in given:
                return given[place].value
            return self.missing(place._replace(setting=first)) or self.missing(place) or Missing.WAITING

        return _laid_out(slots, setting, value)

    def within_runs(
        self, values: Mapping[Unit, Sequence[Value]], slots: Slots, setting: int, run_of: RunOf
    ) -> dict[Unit, list[Value]]:
        """Return the values of a setting without those made in another run than the first setting's."""

        def is_elsewhere(row: int, repeat: int) -> bool:
            mine, first = (self.outcomes.get(Place(n, row, repeat)) for n in (setting, 0))
            return mine is not None and first is not None and run_of(mine) != run_of(first)

        return {
            unit: [
                Missing.ELSEWHERE if is_elsewhere(*slot) else value
                for slot, value in zip(slots[unit], of_unit, strict=True)
            ]
            for unit, of_unit in values.items()
        }

    def over_repeats(
        self, name: str, one: OverRepeats, slots: Slots, setting: int
    ) -> dict[Unit, list[Value]]:
        """Return a score of all repeats of a row, one for each row of a unit."""
        found: dict[Unit, list[Value]] = {}
        for unit, of_unit in slots.items():
            by_row: dict[int, list[Place]] = {}
            for row, repeat in of_unit:
                by_row.setdefault(row, []).append(Place(setting, row, repeat))
            found[unit] = [self._of_repeats(name, one, places) for places in by_row.values()]
        return found

    def _of_repeats(self, name: str, one: OverRepeats, places: Sequence[Place]) -> Value:
        missing = [self.missing(place) for place in places]
        for kind in (Missing.WAITING, Missing.LOST):
            if kind in missing:
                return kind
        if one.inner is None:
            return one.of([self.text(place) for place in places], [])
        inner = self.of(name)
        if any(place not in inner for place in places):
            return Missing.WAITING
        scores = [value for place in places if (value := inner[place].value) is not None]
        return one.of([], scores) if len(scores) == len(places) else None


def _laid_out(slots: Slots, setting: int, value: Callable[[Place], Value]) -> dict[Unit, list[Value]]:
    return {unit: [value(Place(setting, *slot)) for slot in of_unit] for unit, of_unit in slots.items()}
