"""The way back to how things were before an edit, and forth again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final

from langtail_nb._runs import Asked

_DEPTH: Final = 100
# Edits of one thing that follow each other so closely are one step: a drag, a word being typed.
_ONE_STEP_S: Final = 2.0


@dataclass(slots=True)
class _Step:
    label: str
    before: Asked
    at: float


@dataclass
class Undo:
    """The steps that can be taken back, and those that can be taken again."""

    _steps: list[_Step] = field(default_factory=list)
    _again: list[_Step] = field(default_factory=list)

    def note(self, label: str, before: Asked) -> None:
        """Keep how things were before an edit; one that follows the last of its kind closely joins it."""
        now = time.monotonic()
        last = self._steps[-1] if self._steps else None
        if last is not None and last.label == label and now - last.at < _ONE_STEP_S and not self._again:
            last.at = now
            return
        self._steps.append(_Step(label, before, now))
        self._again.clear()
        del self._steps[:-_DEPTH]

    def back(self, now: Asked) -> Asked | None:
        """Return how things were before the last step, or None if there is none."""
        return self._move(self._steps, self._again, now)

    def forward(self, now: Asked) -> Asked | None:
        """Return how things were before the last step was taken back, or None."""
        return self._move(self._again, self._steps, now)

    @property
    def labels(self) -> dict[str, str | None]:
        """What would be undone and redone, in words."""
        return {
            "undo": self._steps[-1].label if self._steps else None,
            "redo": self._again[-1].label if self._again else None,
        }

    @staticmethod
    def _move(source: list[_Step], other: list[_Step], now: Asked) -> Asked | None:
        if not source:
            return None
        step = source.pop()
        other.append(_Step(step.label, now, 0.0))
        return step.before
