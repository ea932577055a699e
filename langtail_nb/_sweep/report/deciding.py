"""``until="decided"``: a run that stops as soon as the betting rule has a word for every setting."""

from __future__ import annotations

import asyncio
from typing import Final

from langtail_nb._sweep.comparing.scored import first_score
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.report.evaluated import evaluated
from langtail_nb._sweep.results import Results

_EVERY_ROWS: Final = 3
_FEWEST_ROWS: Final = 6


class Deciding:
    """Looks after every few whole rows; the betting rule may be asked at any time."""

    def __init__(self, run: Results) -> None:
        self._run = run
        self._done: dict[int, int] = {}
        self._whole = 0

    async def after(self, outcome: Outcome) -> str | None:
        """Return why to stop now that another outcome is scored, or None."""
        run = self._run
        self._done[outcome.row] = self._done.get(outcome.row, 0) + 1
        of_row = (len(run.settings) - len(run.rejected)) * run.repeats
        if outcome.repeat > run.repeats or self._done[outcome.row] < of_row:
            return None
        self._whole += 1
        if self._whole < _FEWEST_ROWS or self._whole % _EVERY_ROWS:
            return None
        is_decided = await asyncio.get_running_loop().run_in_executor(None, _is_decided, run)
        return f"decided after {self._whole} rows" if is_decided else None


def _is_decided(run: Results) -> bool:
    found = evaluated(run, looks=False).found
    if found is None or (first := first_score(list(found.scored.values()))) is None:
        return False
    return all(one.is_decided for one in found.findings[list(found.scored)[first]][1:])
