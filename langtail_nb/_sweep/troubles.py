"""What goes wrong in a run: which settings the model rejects, and when the first calls fail alike."""

from __future__ import annotations

from collections import Counter
from typing import Final

from langtail_nb._errors import APIStatusError, LangtailError
from langtail_nb._sweep.order import Trial
from langtail_nb._sweep.results import Results
from langtail_nb._text.characters import visible_line

_LOOKED_AT: Final = 10
_EQUAL: Final = 3
REJECTED_ROWS: Final = 2
"""Rows after which a setting is dropped. One alone may be what the model refuses, for its length or words."""

# A call that ends the process that sends it would end them all.
_LIVES: Final = 3


class Troubles:
    """The errors of a run, in the order in which they came."""

    def __init__(self, run: Results) -> None:
        self._run = run
        self._ended: list[str] = []
        self._rejecting: Counter[int] = Counter()
        self._heard: set[int] = set()
        self._lost: Counter[Trial] = Counter()

    def begin(self) -> None:
        """Take note of the settings that were answered before."""
        self._heard |= {one.setting for one in self._run.outcomes.values() if one.reply is not None}

    def is_unsure(self, setting: int) -> bool:
        """Return whether the model may reject a setting: others were heard of, and it was not, or only so."""
        return setting > 0 and setting not in self._heard and bool(self._heard)

    def rejections(self, setting: int) -> int:
        """Return how many calls of a setting were rejected."""
        return self._rejecting[setting]

    def met(self, trial: Trial, error: LangtailError | None) -> str | None:
        """Note how a call ended, tell of the first error, and return why to pause, or None."""
        is_columns_own = is_rejection(error) and trial.setting > 0
        self._ended.append("" if error is None or is_columns_own else line_of(error))
        if not is_rejection(error):
            self._heard.add(trial.setting)
        if error is None:
            return None
        if self._run.first_error is None:
            settings = self._run.settings
            label = f", {settings[trial.setting].label}" if len(settings) > 1 else ""
            self._run.first_error = f"{self._run.rows.named([trial.row])}{label}: {line_of(error)}"
        if is_rejection(error):
            self._rejecting[trial.setting] += 1
        return self._pause()

    def lost(self, trial: Trial) -> LangtailError | None:
        """Note that the worker of a call was lost; return the error that this is after the third time."""
        self._lost[trial] += 1
        if self._lost[trial] < _LIVES:
            return None
        return LangtailError(f"{_LIVES} Dask workers were lost before they said what came of it")

    def drop_rejected(self, setting: int) -> None:
        """Drop a setting that was rejected in several rows and answered in none."""
        if setting in self._rejecting and self._is_rejected_everywhere(setting, REJECTED_ROWS):
            self._reject(setting)

    def settle(self) -> None:
        """Drop those that were rejected wherever they were asked, also in one row alone."""
        for setting in self._rejecting - self._run.rejected.keys():
            if self._is_rejected_everywhere(setting, 1):
                self._reject(setting)

    def _pause(self) -> str | None:
        first = Counter(filter(None, self._ended[:_LOOKED_AT])).most_common(1)
        if len(self._ended) > _LOOKED_AT or not first or first[0][1] < _EQUAL:
            return None
        words, count = first[0]
        return f"paused, as {count} of the first {len(self._ended)} calls ended alike: {words}"

    def _is_rejected_everywhere(self, setting: int, least_rows: int) -> bool:
        found = list(self._run.of_setting(setting))
        return all(one.reply is None for one in found) and len({one.row for one in found}) >= least_rows

    def _reject(self, setting: int) -> None:
        # What is compared with is no column that can be left out.
        if setting > 0:
            self._run.rejected[setting] = next(one.error or "" for one in self._run.of_setting(setting))


def is_rejection(error: LangtailError | None) -> bool:
    """Return whether the server refuses what is asked, and would each time."""
    return isinstance(error, APIStatusError) and error.status_code in (400, 422)


def line_of(error: LangtailError) -> str:
    """Return an error in one line, control characters as pictures."""
    return visible_line(" ".join(str(error).split()))
