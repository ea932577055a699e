"""What is shown of the scores while a run goes on: rows done and means, no words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from langtail_nb._sweep.comparing.scored import first_score
from langtail_nb._sweep.evidence import live
from langtail_nb._sweep.report.numbers import shown
from langtail_nb._sweep.report.slots import layout_of
from langtail_nb._sweep.results import Results

_COLUMNS: Final = 8
# Means of more trials take longer than a frame has.
_MOST_TRIALS: Final = 20_000


def lines(run: Results) -> Iterator[str]:
    """Yield a line for each of the first settings, in the score that comes first."""
    book = run.book
    if book is None or run.state != "running" or len(run.plan.trials) > _MOST_TRIALS:
        return
    layout = layout_of(run)
    scores = book.scored(layout.slots, len(run.settings))
    first = first_score(scores)
    scored = scores[0 if first is None else first]
    label = max(len(one.label) for one in run.settings[:_COLUMNS])
    for one, (done, mean) in list(zip(run.settings, live(scored), strict=True))[:_COLUMNS]:
        told = "" if mean is None else f"  {scored.name} {shown(mean[0])}"
        yield f"{one.label:<{label}}  {done:,} of {len(layout.slots):,} rows{told}"
    if len(run.settings) > _COLUMNS:
        yield f"and {len(run.settings) - _COLUMNS} more settings"
    yield from (f"first unscored: {error}" for error in list(book.first_errors.values()))
    yield "Words come when all rows are in."
