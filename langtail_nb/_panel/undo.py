"""The way back to how things were before an edit, and forth again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypedDict

from langtail_nb._types.messages import Message

_DEPTH: Final = 100
# Edits of one thing that follow each other so closely are one step: a drag, a word being typed.
_ONE_STEP_S: Final = 2.0


class Standing(NamedTuple):
    """Everything of a panel that can be edited, as it stands at one moment.

    Attributes:
        row: The row of the table that was filled in last, from 0.
    """

    text: str
    images: tuple[str, ...]
    extra: list[Message]
    overrides: dict[str, Any]
    variables: dict[str, str]
    row: int | None = None


@dataclass(slots=True)
class _Step:
    label: str
    before: Standing
    after: Standing
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

    def note(self, label: str, before: Standing, after: Standing) -> None:
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

    def back(self) -> tuple[Standing, Standing] | None:
        """Return how things were after the last step and before it, or None if there is none."""
        if not self._steps:
            return None
        self._again.append(step := self._steps.pop())
        return step.after, step.before

    def forward(self) -> tuple[Standing, Standing] | None:
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


def changed(
    old: Mapping[str, Any], new: Mapping[str, Any], standing: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return the new value of each name that differs, None where it has none any more.

    And, apart from them, the names of which neither value stands now: somebody else gave them another.
    """
    differing = [name for name in {**old, **new} if new.get(name) != old.get(name)]
    left = [name for name in differing if standing.get(name) not in (old.get(name), new.get(name))]
    return {name: new.get(name) for name in differing if name not in left}, left
