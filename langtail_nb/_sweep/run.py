"""A run: what became of each trial of a plan, so far or for good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._kernel.budget import Spent, budget_of
from langtail_nb._sweep import faces
from langtail_nb._sweep.order import Trial
from langtail_nb._sweep.outcome import Outcome, answered
from langtail_nb._sweep.report import confirming, gated, marking
from langtail_nb._sweep.report.chosen import Chosen, choose
from langtail_nb._sweep.report.evaluated import evaluated
from langtail_nb._sweep.report.given import scores_given
from langtail_nb._sweep.report.table import Table, table
from langtail_nb._sweep.rows import Rows
from langtail_nb._sweep.scores import ScoreBook
from langtail_nb._sweep.setting import Setting
from langtail_nb._sweep.taking_out import plots, side_by_side, tables
from langtail_nb._text.characters import visible
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
        notes: Where it was sent, and recorded, likewise.
        book: The scores of its answers, as they come; None without any.
        played: The judges of which some verdict was played from a recording, now or when it was stored.
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

    def explore(self) -> Any:
        """Return a widget with the answers, rows × settings: filtered, searched, sorted, opened side by side.

        In an opened row y and n mark an answer as good or not, u or the same key takes that back: for the
        score that is chosen, as :meth:`mark` does it blind. Below it stand the eight rows that differ most,
        as text that stays when the notebook is saved.

        Raises:
            ConfigurationError: anywidget cannot be loaded.
        """
        return faces.explore(self)

    def why(self, row: int, setting: Any = 0, repeat: int = 1) -> str:
        """Return in words why a trial was sent and not taken from the store, or was not sent.

        Args:
            row: Its number, from 0.
            setting: Its label, its overrides, or its place.

        Raises:
            ConfigurationError: There is no such row or setting.
        """
        return self.plan.why(Trial(self.setting(setting), row, repeat), self)

    def table(self, score: str | None = None, *, texts: bool = True) -> Table:
        """Return what may be said of each setting: a sequence of mappings that shows itself.

        Args:
            score: Which score; all of them where None.
            texts: Whether answers stand in what is shown, and so in what is saved.

        Raises:
            ConfigurationError: There is no score of that name.
        """
        return table(self, score, texts=texts)

    def rescore(self, score: Any, *, budget: Any = None) -> Run:
        """Return this run with other scores; nothing is sent but what judges ask that is not stored.

        Args:
            score: As for ``lt.sweep``.
            budget: Needed above 100 calls of judges.

        Raises:
            ConfigurationError: A score is none, or the judges need a budget; nothing was sent.
        """
        plan = self.plan
        columns = [*dict.fromkeys(name for row in self.rows.data for name in row)]
        scores = scores_given(plan.session, score, columns, plan.settings)
        return plan.with_scores(scores, budget_of(budget)).score(self)

    def best(
        self, score: str | None = None, *, margin: float | None = None, max_cost: float | None = None
    ) -> Chosen:
        """Return the setting to take: the top one where it is better, else the first one.

        Args:
            score: By which; the first that is no measure where None.
            margin: Take the cheapest that is shown to lose no more than this.
            max_cost: The most dollars for a row.

        Raises:
            ConfigurationError: There is no such score, it is a measure, or a price is not known.
        """
        return choose(evaluated(self), score, margin, max_cost)

    def expect(
        self,
        score: str | None = None,
        *,
        not_worse_than: Any = None,
        margin: float | None = None,
        setting: Any = None,
        replayed: bool = False,
    ) -> None:
        """Fail where a setting is worse than the one it is compared with, or nothing shows that it is not.

        It says what drop it could have missed.

        Args:
            score: In which score; the first that is no measure where None.
            not_worse_than: The setting that the others are compared with, by its label; that one where None.
            margin: Pass only what is shown to lose no more than this.
            setting: The only one to judge; all of them where None.
            replayed: Whether answers, and verdicts of judges, that were replayed count as evidence.

        Raises:
            LangtailError: One is worse, or no word may be said, and why.
            ConfigurationError: There is no such score or setting.
        """
        first = self.settings[0].label if not_worse_than is None else not_worse_than
        gated.check(self, score, not_worse_than=first, margin=margin, setting=setting, replayed=replayed)

    def confirm(self, rows: Any, score: str | None = None, **options: Any) -> Plan:
        """Return a plan for the best three settings on new rows; it sends nothing.

        Args:
            rows: Rows that none of the settings has answered.
            score: By which they are the best; the first that is no measure where None.
            **options: As for ``lt.sweep``, such as ``message`` and ``budget``, where they are to be others.

        Raises:
            ConfigurationError: Some of the rows are not new, or there is no score.
        """
        return confirming.plan_of(evaluated(self), rows, score, options)

    def mark(self, score: str | None = None, rows: int = 20) -> Run:
        """Ask for marks of the answers of all settings on some rows, blind, and return the run.

        From 20 marked rows on they correct a judge's differences; below, they show how far it agrees.

        Args:
            score: The judge; the first one where None.

        Raises:
            ConfigurationError: There is no such score, or no row that every setting answered.
        """
        marking.ask(self, score, rows, input)
        return self

    def marks(self, frame: Any, score: str | None = None) -> Run:
        """Take marks from a table with the columns row, setting, repeat and mark, and return the run.

        Raises:
            ConfigurationError: A column is missing, a setting unknown, or there is no such answer.
        """
        marking.take(self, frame, score)
        return self

    def take(self, other: Run) -> None:
        """Begin with the outcomes of another run of the same trials."""
        self.outcomes |= other.outcomes
        self.errors |= other.errors
        self.rejected |= other.rejected
        self.first_error = other.first_error
        self.told, self.notes = [*other.told], [*other.notes]

    def to_pandas(self) -> Any:
        """Return a frame of pandas with a row for each trial: setting, row, answer, scores, what it took."""
        return tables.to_pandas(self)

    def to_polars(self) -> Any:
        """Return the same as a frame of polars."""
        return tables.to_polars(self)

    def to_csv(self, path: Any) -> None:
        """Write the same as a file of CSV."""
        tables.to_csv(self, path)

    def to_jsonl(self, path: Any) -> None:
        """Write the same as a file with a JSON object on each line."""
        tables.to_jsonl(self, path)

    def to_parquet(self, path: Any) -> None:
        """Write the same as a file of Parquet; pyarrow or polars is needed."""
        tables.to_parquet(self, path)

    def compare(self, first: Any, second: Any, rows: int = 8) -> side_by_side.Beside:
        """Return two settings on the rows where their answers differ most, with what became of each word.

        Args:
            first: The label, the overrides or the place of a setting.
            second: Likewise.
            rows: How many rows to show.

        Raises:
            ConfigurationError: There is no such setting.
        """
        return side_by_side.beside(self, first, second, rows)

    def plot(self, *names: str, ax: Any = None) -> Any:
        """Draw the run with matplotlib (``pip install "langtail-nb[plot]"``), and return the axes.

        ``run.plot("temperature", "polite")`` is the effect of a parameter with intervals, two parameters are
        a map, ``run.plot("cost", "polite")`` is a score against cost, ``run.plot("latency")`` the latencies.

        Args:
            *names: Parameters, a score, ``"cost"`` or ``"latency"``; without any, what varies.
            ax: Where to draw; a figure of its own where None.

        Raises:
            ConfigurationError: A name means nothing here, or matplotlib is not installed.
        """
        return plots.plot(self, names, ax)

    def summary(self) -> str:
        """Return in a line how much of it there is."""
        parts = answered(list(self.outcomes.values()), len(self.plan.trials))
        parts += [f"{self.settings[at].label} rejected: {words}" for at, words in self.rejected.items()]
        parts += [self.why_stopped] if self.why_stopped else []
        return " · ".join([*parts, *self.told, *([] if self._has_table else self.notes)])

    def __repr__(self) -> str:
        return f"{self.summary()}\n\n{self.table()!r}" if self._has_table else self.summary()

    def _repr_html_(self) -> str:
        first = f"<p>{escape(visible(self.summary()))}</p>"
        return f"{first}{self.table().html()}" if self._has_table else first

    @property
    def _has_table(self) -> bool:
        is_compared = len(self.settings) - len(self.rejected) > 1 or self.book is not None
        return self.state != "running" and is_compared and bool(self.outcomes)
