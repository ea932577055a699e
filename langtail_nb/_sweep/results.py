"""The results of a plan: what became of each of its trials, so far or for good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._kernel.budget import Spent
from langtail_nb._sweep.order import Trial
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.planned import Planned
from langtail_nb._sweep.rows import Rows
from langtail_nb._sweep.scores import ScoreBook
from langtail_nb._sweep.setting import Setting, named
from langtail_nb._text.near import near

State = Literal["running", "done", "stopped", "paused", "spent"]
"""``paused``: too many equal errors, or answers could not be kept; ``spent``: the budget was."""


@dataclass(eq=False, repr=False)
class Results:
    """The outcomes of a sweep or a map, growing while it runs.

    Attributes:
        plan: What was planned; its settings and rows, its scores.
        outcomes: What became of each trial that is over; one that is stored is there from the beginning.
        errors: The errors of those that did not get through.
        rejected: Settings that the model rejects, and in which words; they are no columns of the table.
        state: Whether it is over, and how.
        why_stopped: Why it stopped, where it did before its end.
        first_error: The first call that did not get through, in one line, or None.
        told: What else is worth knowing, a sentence each.
        notes: Where it was sent, and recorded, likewise.
        book: The scores of its answers, as they come; None without any.
        played: The judges of which some verdict was played from a recording, now or when it was stored.
    """

    plan: Planned
    outcomes: dict[Trial, Outcome] = field(default_factory=dict)
    errors: dict[Trial, LangtailError] = field(default_factory=dict)
    rejected: dict[int, str] = field(default_factory=dict)
    state: State = "running"
    why_stopped: str | None = None
    first_error: str | None = None
    spent: Spent = field(default_factory=Spent)
    told: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    book: ScoreBook | None = None
    played: set[str] = field(default_factory=set)

    @property
    def settings(self) -> Sequence[Setting]:
        """The settings, the one that the others are compared with first."""
        return self.plan.settings

    @property
    def rows(self) -> Rows:
        """The rows."""
        return self.plan.rows

    @property
    def repeats(self) -> int:
        """How often each setting answers each row."""
        return self.plan.repeats

    @property
    def scores(self) -> Mapping[str, Any]:
        """The scores by name, as they were given."""
        return self.plan.scores

    def outcome(self, setting: int, row: int, repeat: int = 1) -> Outcome | None:
        """Return what became of a trial; None where it is not over, or was never sent."""
        return self.outcomes.get(Trial(setting, row, repeat))

    def of_setting(self, setting: int) -> Iterator[Outcome]:
        """Return the outcomes of a setting, by row and repeat."""
        found = [one for trial, one in list(self.outcomes.items()) if trial.setting == setting]
        return iter(sorted(found, key=lambda one: (one.row, one.repeat)))

    def failed(self) -> list[Outcome]:
        """Return what did not get through."""
        return [one for one in list(self.outcomes.values()) if one.reply is None]

    def counted(self) -> tuple[list[Outcome], int]:
        """Return the outcomes and of how many trials they are, without settings that the model rejects."""
        outcomes = list(self.outcomes.values())
        if not self.rejected:
            return outcomes, len(self.plan.trials)
        trials = sum(trial.setting not in self.rejected for trial in self.plan.trials)
        return [one for one in outcomes if one.setting not in self.rejected], trials

    def setting(self, name: Any) -> int:
        """Return the place of a setting, given by its label, its overrides or its place.

        Raises:
            ConfigurationError: There is none like it.
        """
        if (place := named(self.settings, name)) is not None:
            return place
        labels = [one.label for one in self.settings]
        hint = near(name, labels) if isinstance(name, str) else ""
        raise ConfigurationError(f"no setting {name!r}{hint or '; there are ' + ', '.join(labels[:8])}")

    def take(self, other: Results) -> None:
        """Begin with the outcomes of another run of the same trials."""
        self.outcomes |= other.outcomes
        self.errors |= other.errors
        self.rejected |= other.rejected
        self.first_error = other.first_error
        self.told, self.notes = [*other.told], [*other.notes]
