"""What may be said of a run now: its scores laid out, with words, noise and what is known of each setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean
from typing import TYPE_CHECKING, Any

from langtail_nb._sweep import price
from langtail_nb._sweep.comparing import noise as noises
from langtail_nb._sweep.comparing.findings import Evidence
from langtail_nb._sweep.comparing.noise import Noise, Sameness
from langtail_nb._sweep.comparing.scored import Missing, Scored, Setting, Unit, Values
from langtail_nb._sweep.evidence import evidence
from langtail_nb._sweep.report import marking
from langtail_nb._sweep.report.looks import Looks, run_of, runs_of
from langtail_nb._sweep.report.slots import Layout, layout_of

if TYPE_CHECKING:
    from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.results import Results


@dataclass(frozen=True)
class Evaluated:
    """A run with what may be said of it.

    Attributes:
        settings: What is known of each column beside its scores.
        found: The words and what they rest on; None without a score.
        noise: By score, the first setting against itself.
        sameness: How often the first setting said the same again; None where nothing was asked twice.
    """

    run: Results
    layout: Layout
    settings: Sequence[Setting]
    found: Evidence | None
    noise: Mapping[str, Noise | None]
    sameness: Sameness | None

    @cached_property
    def outcomes(self) -> Sequence[Sequence[Outcome]]:
        """The outcomes of each column in the repeats of the plan."""
        return [
            [one for one in self.run.of_setting(place) if one.repeat <= self.run.repeats]
            for place in self.layout.places
        ]


def evaluated(run: Results, *, looks: bool = True) -> Evaluated:
    """Return what may be said of a run.

    Args:
        looks: Whether somebody will see it, which is noted: rows that are added later are for another rule.
    """
    layout, book = layout_of(run), run.book
    settings = settings_of(run, layout)
    if book is None or not book.names:
        return Evaluated(run, layout, settings, None, {}, _sameness(run))
    known = runs_of(run.plan)
    scores = [
        _columns(one, layout.places)
        for one in book.scored(
            layout.slots, len(run.settings), run_of=lambda one: run_of(one, known), marks=marking.of_run(run)
        )
    ]
    before = Looks.of(run.plan)
    found = evidence(scores, settings, before.history(run.plan, layout, scores))
    if looks and run.state != "running":
        before.note(run.plan, layout, found)
    return Evaluated(run, layout, settings, found, _noise(run, layout, scores), _sameness(run))


def settings_of(run: Results, layout: Layout) -> list[Setting]:
    """Return what has to be known of each column beside its scores."""
    axes = _axes(run, layout)
    return [_setting(run, place, axes.get(place, {})) for place in layout.places]


def _setting(run: Results, place: int, axes: Mapping[str, str]) -> Setting:
    outcomes = [one for one in run.of_setting(place) if one.reply is not None and one.repeat <= run.repeats]
    replies = [one.reply for one in outcomes if one.reply is not None]
    costs = [price.cost_of(reply.model, reply.usage) for reply in replies]
    known = [cost for cost in costs if cost is not None]
    times = [one.at for one in outcomes]
    return Setting(
        label=run.settings[place].label,
        cost=fmean(known) if known and len(known) == len(costs) else None,
        oldest=min(times, default=None),
        newest=max(times, default=None),
        models=tuple(dict.fromkeys(reply.model for reply in replies if reply.model)),
        replayed=any(one.replayed for one in outcomes),
        axes=axes,
    )


def _axes(run: Results, layout: Layout) -> dict[int, dict[str, str]]:
    """Return the cells of a grid of two axes by place; a value that is deployed is called so."""
    others = layout.places[1:]
    names = list(dict.fromkeys(name for place in others for name in run.settings[place].overrides))
    if len(names) != 2:
        return {}
    cells = {place: {name: _value(run, place, name) for name in names} for place in others}
    # Both as deployed is the first setting itself, where the grid holds it.
    if all(any(axes[name] == "deployed" for axes in cells.values()) for name in names):
        cells[layout.places[0]] = dict.fromkeys(names, "deployed")
    return cells


def _value(run: Results, place: int, name: str) -> str:
    one = run.settings[place]
    if name not in one.overrides:
        return "deployed"
    value: Any = one.overrides[name]
    return one.titles.get(name) or (f"{value:g}" if isinstance(value, float) else str(value))


def _columns(scored: Scored, places: Sequence[int]) -> Scored:
    def chosen(of: Sequence[Values]) -> list[Values]:
        return [of[place] for place in places]

    marks = None if scored.marks is None else chosen(scored.marks)
    alone = None if scored.alone is None else chosen(scored.alone)
    return replace(scored, values=chosen(scored.values), marks=marks, alone=alone)


def _noise(run: Results, layout: Layout, scores: Sequence[Scored]) -> dict[str, Noise | None]:
    """Return the noise of each score, from the repeats of the plan and those that ``noise=`` asked beside."""
    assert run.book is not None
    slots = {
        unit: [*of_unit, *((row, run.repeats + 1) for row in dict.fromkeys(row for row, _ in of_unit))]
        for unit, of_unit in layout.slots.items()
    }
    more = {one.name: one.values[0] for one in run.book.scored(slots, 1) if not one.is_pairwise}
    found: dict[str, Noise | None] = {}
    for one in scores:
        values = more.get(one.name, {})
        asked = {unit: [v for v in of_unit if not isinstance(v, Missing)] for unit, of_unit in values.items()}
        found[one.name] = noises.noise(asked, run.repeats) if not one.is_measure else None
    return found


def _sameness(run: Results) -> Sameness | None:
    texts: dict[Unit, list[tuple[int | None, str]]] = {}
    for one in run.of_setting(0):
        if one.reply is not None:
            seed = one.reply.request.parameters.get("seed")
            texts.setdefault(one.row, []).append((seed, one.reply.text))
    return noises.sameness(texts)
