"""How the trials of a plan are laid out for evidence: units, their rows, the settings that are columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from langtail_nb._sweep.comparing.scored import Unit
from langtail_nb._sweep.results import Results
from langtail_nb._sweep.scoring.kept import Slots


@dataclass(frozen=True)
class Layout:
    """Units and columns.

    Attributes:
        places: The settings that are columns, by their place in the plan; those that were rejected are none.
        slots: Row and repeat of each trial of a unit.
        rows_of: The row of each trial of a unit.
        rows: The rows that are asked, of those that are equal in every column the first.
    """

    places: Sequence[int]
    slots: Slots
    rows_of: Mapping[Unit, Sequence[int]]
    rows: Sequence[int]


def layout_of(run: Results) -> Layout:
    """Return how the trials of a run are laid out."""
    plan, rows = run.plan, run.rows
    asked = sorted({trial.row for trial in plan.trials})
    first_of = {rows.hashes[row]: row for row in reversed(asked)}
    chosen = sorted(first_of.values())
    slots: dict[Unit, list[tuple[int, int]]] = {}
    for row in chosen:
        slots.setdefault(rows.units[row], []).extend((row, n) for n in range(1, plan.repeats + 1))
    return Layout(
        places=[place for place in range(len(run.settings)) if place not in run.rejected],
        slots=slots,
        rows_of={unit: [row for row, _ in of_unit] for unit, of_unit in slots.items()},
        rows=chosen,
    )
