"""What the store knows of earlier looks: of which rows a table was shown, what it said, and of earlier runs.

A word that the planned test earned stays; rows added after a look are for the betting rule.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._sweep.comparing.findings import Evidence, Finding
from langtail_nb._sweep.comparing.scored import Earned, History, Scored, is_number
from langtail_nb._sweep.identity import digest
from langtail_nb._sweep.report.slots import Layout

if TYPE_CHECKING:
    from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.planned import Planned
from langtail_nb._sweep.results import Results

_SHORT: Final = 16
_DECIDING: Final = ("better", "worse")
_UNNOTED: Final = (0.0, 0.0)


@dataclass(frozen=True)
class Looks:
    """What was noted of a sweep's first setting: each fact with its time, oldest first."""

    facts: Sequence[tuple[float, Mapping[str, Any]]]

    @classmethod
    def of(cls, plan: Planned) -> Looks:
        """Return what is noted; nothing where the store cannot be read."""
        found: list[tuple[float, Mapping[str, Any]]] = []
        with suppress(StoreError):
            noted = plan.store.noted(_about(plan)).values()
            found = [(at, value) for at, value in noted if isinstance(value, dict)]
        return cls(sorted(found, key=lambda one: one[0]))

    def history(self, plan: Planned, layout: Layout, scores: Sequence[Scored]) -> History:
        """Return how the sweep came to its rows."""
        mine = {_short(plan, row) for row in layout.rows}
        others = {_hash(plan, place) for place in layout.places[1:]}
        earlier = list(self._before(plan, mine, others))
        shown = next(({*one["rows"]} for one in earlier if mine - {*one["rows"]}), None)
        has_more_repeats = any(one["repeats"] < plan.repeats for one in earlier)
        return History(
            planned=None if shown is None else [
                unit
                for unit, rows in layout.rows_of.items()
                if any(_short(plan, row) in shown for row in rows)
            ],
            until_decided=plan.until_decided or has_more_repeats,
            rows=layout.rows_of,
            tried_before=_tried_before(plan),
            max_age_s=plan.max_age_s,
            earned=dict(self._earned(plan, layout, scores)),
        )  # fmt: skip

    def _before(self, plan: Planned, mine: set[str], others: set[str]) -> Iterator[Mapping[str, Any]]:
        """Yield the looks at some of this before the first one at all of it; later ones add nothing."""
        for _, one in self._of_kind("look"):
            rows, settings = {*one["rows"]}, {*one["settings"]}
            if mine <= rows and others <= settings and one["repeats"] >= plan.repeats:
                return
            if rows & mine and settings & others:
                yield one

    def _earned(
        self, plan: Planned, layout: Layout, scores: Sequence[Scored]
    ) -> Iterator[tuple[tuple[str, int], Earned]]:
        by_name = {one.name: one for one in scores}
        by_hash = {_hash(plan, place): column for column, place in enumerate(layout.places) if column}
        # The oldest is the one that stays.
        for at, one in reversed(list(self._of_kind("word"))):
            scored, column = by_name.get(one["score"]), by_hash.get(one["setting"])
            if scored is None or column is None or one["word"] not in _DECIDING:
                continue
            if _still(one["values"], _values(plan, layout, scored, column)):
                when = time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
                yield (
                    (scored.name, column),
                    Earned(word=one["word"], rule=one["rule"], rows=one["units"], at=when),
                )

    def _of_kind(self, kind: str) -> Iterator[tuple[float, Mapping[str, Any]]]:
        members = {
            "look": {"rows": list, "repeats": int, "settings": list},
            "word": {
                "score": str, "setting": str, "word": str, "rule": str, "units": int, "values": list,
            },
        }[kind]  # fmt: skip
        for at, one in self.facts:
            if one.get("kind") == kind and all(isinstance(one.get(n), t) for n, t in members.items()):
                yield at, one

    def note(self, plan: Planned, layout: Layout, found: Evidence) -> None:
        """Note that a table was shown of these rows, and its words; a full disk is no reason to fail."""
        look = {
            "kind": "look",
            "rows": sorted(_short(plan, row) for row in layout.rows),
            "repeats": plan.repeats,
            "settings": sorted(_hash(plan, place) for place in layout.places[1:]),
        }
        known = [one for _, one in self.facts]
        with suppress(StoreError):
            if look not in known:
                plan.store.note(_about(plan), f"look {digest(look)}", look)
            for word in _words(plan, layout, found):
                name = f"word {digest([word, look['rows']])}"
                if word not in known:
                    plan.store.note(_about(plan), name, word)


def note_run(run: Results) -> None:
    """Note between which moments the trials of a run were made: measures are compared within one run."""
    times = [one.at for one in list(run.outcomes.values()) if not one.stored]
    if times:
        plan = run.plan
        plan.store.note(_of_runs(plan), f"run {min(times)}", [min(times) - 1e-6, max(times) + 1e-6])


def runs_of(plan: Planned) -> Sequence[tuple[float, float]]:
    """Return between which moments earlier runs were made."""
    with suppress(StoreError):
        noted = [value for _, value in plan.store.noted(_of_runs(plan)).values()]
        return [
            (ends[0], ends[1])
            for ends in noted
            if isinstance(ends, list) and len(ends) == 2 and all(isinstance(one, float) for one in ends)
        ]
    return []


def run_of(outcome: Outcome, known: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """Return the earlier run that a trial was made in, None for this one; what was not noted is one."""
    if not outcome.stored:
        return None
    return next((ends for ends in known if ends[0] <= outcome.at <= ends[1]), _UNNOTED)


def _words(plan: Planned, layout: Layout, found: Evidence) -> Iterator[dict[str, Any]]:
    for name, findings in found.findings.items():
        for one in findings[1:]:
            if one.word in _DECIDING and one.since is None and not one.corrected:
                yield _word(plan, layout, found.scored[name], one)


def _word(plan: Planned, layout: Layout, scored: Scored, one: Finding) -> dict[str, Any]:
    return {
        "kind": "word",
        "score": one.score,
        "setting": _hash(plan, layout.places[one.setting]),
        "word": one.word,
        "rule": one.rule,
        "units": one.rows,
        "values": [[*key, *pair] for key, pair in _values(plan, layout, scored, one.setting).items()],
    }


def _values(
    plan: Planned, layout: Layout, scored: Scored, column: int
) -> dict[tuple[str, int], tuple[float, float]]:
    """Return the scores of a setting and of the first, by row and repeat, where both have one."""
    found = {}
    for unit, slots in layout.slots.items():
        both = zip(slots, scored.values[column][unit], scored.values[0][unit], strict=False)
        for (row, repeat), mine, theirs in both:
            if is_number(mine) and is_number(theirs):
                found[_short(plan, row), repeat] = float(mine), float(theirs)
    return found


def _still(noted: Sequence[Any], now: Mapping[tuple[str, int], tuple[float, float]]) -> bool:
    """Return whether the same trials have the same scores: another score of that name has earned nothing."""
    for one in noted:
        if not isinstance(one, list) or len(one) != 4:
            return False
        if now.get((one[0], one[1])) != (one[2], one[3]):
            return False
    return bool(noted)


def _tried_before(plan: Planned) -> int:
    """Return how many other settings answered these rows earlier."""
    tried: set[str] = set()
    with suppress(StoreError):
        for target in {way.base.target.full for way in plan.ways}:
            tried |= plan.store.settings_tried(target, plan.rows.hashes)
    return len(tried - {way.hash for way in plan.ways})


def _about(plan: Planned) -> str:
    return f"sweep {digest([plan.session.place, plan.ways[0].hash])}"


def _of_runs(plan: Planned) -> str:
    return f"runs {digest([plan.session.place, plan.ways[0].base.target.full])}"


def _short(plan: Planned, row: int) -> str:
    return plan.rows.hashes[row][:_SHORT]


def _hash(plan: Planned, place: int) -> str:
    return plan.ways[place].hash[:_SHORT]
