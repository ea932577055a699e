"""Two settings, trial beside trial: what both have, and what is left out on both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from langtail_nb._sweep.comparing.scored import Missing, Unit, Value, Values, is_number

_WAITS = Missing.WAITING


@dataclass(frozen=True, slots=True)
class Pair:
    """The units on which both settings have a score, each with the mean of the trials that both have.

    Attributes:
        units: Which.
        mine: The setting's mean of each.
        theirs: That of the setting it is compared with.
        trials: How many trials of one setting the means are of.
        asked: How many units the two were asked on.
        waiting: How many units wait to be asked.
        mine_missing: Units the setting has no score for, counted in parts where only some trials are missing.
        theirs_missing: The same of the other.
        missing: Units left out because of either.
        lost: Trials left out: the unit and the place of each.
    """

    units: tuple[Unit, ...]
    mine: tuple[float, ...]
    theirs: tuple[float, ...]
    trials: int
    asked: int
    waiting: int
    mine_missing: float
    theirs_missing: float
    missing: float
    lost: tuple[tuple[Unit, int], ...]

    @property
    def differences(self) -> list[float]:
        """The setting's mean less the other's, of each unit."""
        return [mine - theirs for mine, theirs in zip(self.mine, self.theirs, strict=True)]

    @property
    def repeats(self) -> float:
        """How many trials a unit has, in the mean."""
        return self.trials / len(self.units) if self.units else 1.0


class _Tally:
    """Fills a pair, unit by unit."""

    def __init__(self) -> None:
        self.units: list[Unit] = []
        self.mine: list[float] = []
        self.theirs: list[float] = []
        self.trials = self.asked = self.waiting = 0
        self.mine_missing = self.theirs_missing = self.missing = 0.0
        self.lost: list[tuple[Unit, int]] = []

    def add(self, unit: Unit, mine: Sequence[Value], theirs: Sequence[Value]) -> None:
        places = [n for n in range(len(mine)) if mine[n] is not _WAITS and theirs[n] is not _WAITS]
        if len(places) < len(mine) or not mine:
            self.waiting += 1
        if not places:
            return
        self.asked += 1
        both = [(a, b) for n in places if is_number(a := mine[n]) and is_number(b := theirs[n])]
        if len(both) < len(places):
            self._leave_out(unit, [(n, mine[n], theirs[n]) for n in places])
        if both:
            self.units.append(unit)
            self.mine.append(sum(one for one, _ in both) / len(both))
            self.theirs.append(sum(one for _, one in both) / len(both))
            self.trials += len(both)

    def _leave_out(self, unit: Unit, trials: Sequence[tuple[int, Value, Value]]) -> None:
        share = 1 / len(trials)
        for place, mine, theirs in trials:
            has_mine, has_theirs = is_number(mine), is_number(theirs)
            self.mine_missing += share * (not has_mine)
            self.theirs_missing += share * (not has_theirs)
            self.missing += share * (not (has_mine and has_theirs))
            if isinstance(mine, Missing) or isinstance(theirs, Missing):
                self.lost.append((unit, place))

    def pair(self) -> Pair:
        return Pair(
            tuple(self.units),
            tuple(self.mine),
            tuple(self.theirs),
            self.trials,
            self.asked,
            self.waiting,
            self.mine_missing,
            self.theirs_missing,
            self.missing,
            tuple(self.lost),
        )


def paired(mine: Values, theirs: Values, units: Sequence[Unit]) -> Pair:
    """Return two settings side by side on these units; a unit or trial that one lacks waits to be asked."""
    tally = _Tally()
    for unit in units:
        ours, others = mine.get(unit, ()), theirs.get(unit, ())
        if len(ours) != len(others):
            longest = max(len(ours), len(others))
            ours, others = _filled(ours, longest), _filled(others, longest)
        tally.add(unit, ours, others)
    return tally.pair()


def _filled(values: Sequence[Value], length: int) -> list[Value]:
    return [*values, *([_WAITS] * (length - len(values)))]


def shared(values: Sequence[Values], units: Sequence[Unit]) -> dict[Unit, list[int]]:
    """Return the places of each unit's trials that every one of these settings has a score for."""
    found = {}
    for unit in units:
        trials = [one.get(unit, ()) for one in values]
        length = min((len(one) for one in trials), default=0)
        places = [n for n in range(length) if all(is_number(one[n]) for one in trials)]
        if places:
            found[unit] = places
    return found


def means(values: Values, places: Mapping[Unit, Sequence[int]]) -> tuple[list[float], int]:
    """Return a setting's mean of each unit over these trials, and how many trials they are."""
    found, trials = [], 0
    for unit, chosen in places.items():
        of_unit = values.get(unit, ())
        scores = [value for n in chosen if n < len(of_unit) and is_number(value := of_unit[n])]
        if scores:
            found.append(sum(scores) / len(scores))
            trials += len(scores)
    return found, trials
