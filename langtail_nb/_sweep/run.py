"""A run: what became of each trial of a plan, so far or for good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._sweep.budget import Spent
from langtail_nb._sweep.order import Trial
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.rows import Rows
from langtail_nb._sweep.setting import Setting
from langtail_nb._text.near import near
from langtail_nb._types.plain_form import opened

if TYPE_CHECKING:
    from langtail_nb._sweep.plan import Plan

State = Literal["running", "done", "stopped", "paused", "spent"]
"""``paused``: too many equal errors, or answers could not be kept; ``spent``: the budget was."""


@dataclass(eq=False, repr=False)
class Run:
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
    """

    plan: Plan
    outcomes: dict[Trial, Outcome] = field(default_factory=dict)
    errors: dict[Trial, LangtailError] = field(default_factory=dict)
    rejected: dict[int, str] = field(default_factory=dict)
    state: State = "running"
    why_stopped: str | None = None
    first_error: str | None = None
    spent: Spent = field(default_factory=Spent)
    told: list[str] = field(default_factory=list)

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

    def setting(self, name: Any) -> int:
        """Return the place of a setting, given by its label, its overrides or its place.

        Raises:
            ConfigurationError: There is none like it.
        """
        labels = [one.label for one in self.settings]
        form = opened(name)
        for place, one in enumerate(self.settings):
            if form in (one.label, dict(one.overrides)) or (form == place and not isinstance(form, bool)):
                return place
        hint = near(name, labels) if isinstance(name, str) else ""
        raise ConfigurationError(f"no setting {name!r}{hint or '; there are ' + ', '.join(labels[:8])}")

    def why(self, row: int, setting: Any = 0, repeat: int = 1) -> str:
        """Return in words why a trial was sent and not taken from the store, or was not sent.

        Args:
            row: Its number, from 0.
            setting: Its label, its overrides, or its place.

        Raises:
            ConfigurationError: There is no such row or setting.
        """
        return self.plan.why(Trial(self.setting(setting), row, repeat), self)

    def __repr__(self) -> str:
        done = [one for one in list(self.outcomes.values()) if one.reply is not None]
        stored = sum(one.stored for one in done)
        failed = self.failed()
        parts = [f"{len(done):,} of {len(self.plan.trials):,} answered", f"{stored:,} of them stored"]
        parts += [f"{len(failed):,} did not get through"] if failed else []
        parts += [f"{self.settings[at].label} rejected: {words}" for at, words in self.rejected.items()]
        parts += [self.why_stopped] if self.why_stopped else []
        return " · ".join([*parts, *self.told])
