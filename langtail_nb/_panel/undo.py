"""The way back to how things were before an edit, and forth again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final, TypedDict

from langtail_nb._kernel.runs import Asked

_DEPTH: Final = 100
# Edits of one thing that follow each other so closely are one step: a drag, a word being typed.
_ONE_STEP_S: Final = 2.0


@dataclass(slots=True)
class _Step:
    label: str
    before: Asked
    after: Asked
    at: float


class Labels(TypedDict):
    """What would be undone and redone, in words."""

    undo: str | None
    redo: str | None


@dataclass
class Undo:
    """The steps that can be taken back, and those that can be taken again.

    A step knows how things were before and after it: what others changed in between is theirs.
    """

    _steps: list[_Step] = field(default_factory=list)
    _again: list[_Step] = field(default_factory=list)

    def note(self, label: str, before: Asked, after: Asked) -> None:
        """Keep an edit; one that follows the last of its kind closely, with nothing in between, joins it."""
        if before == after:
            return
        now = time.monotonic()
        last = self._steps[-1] if self._steps else None
        is_one = last is not None and last.label == label and last.after == before
        if last is not None and is_one and now - last.at < _ONE_STEP_S and not self._again:
            last.at, last.after = now, after
            if last.before == after:
                self._steps.pop()
            return
        self._steps.append(_Step(label, before, after, now))
        self._again.clear()
        del self._steps[:-_DEPTH]

    def back(self) -> tuple[Asked, Asked] | None:
        """Return how things were after the last step and before it, or None if there is none."""
        if not self._steps:
            return None
        self._again.append(step := self._steps.pop())
        return step.after, step.before

    def forward(self) -> tuple[Asked, Asked] | None:
        """Return how things were before the last step that was taken back, and after it, or None."""
        if not self._again:
            return None
        self._steps.append(step := self._again.pop())
        # What follows is a step of its own.
        step.at = 0.0
        return step.before, step.after

    @property
    def labels(self) -> Labels:
        """What would be undone and redone, in words."""
        return Labels(
            undo=self._steps[-1].label if self._steps else None,
            redo=self._again[-1].label if self._again else None,
        )
