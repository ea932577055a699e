"""A plan and its run, as people hold them: what can be done with them, and how they show themselves."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from html import escape
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.budget import FREE, Budget, budget_of
from langtail_nb._sweep import faces, judging, plan_text, recorded, spending
from langtail_nb._sweep.order import Trial
from langtail_nb._sweep.outcome import Outcome, answered
from langtail_nb._sweep.planned import Planned
from langtail_nb._sweep.post import Post
from langtail_nb._sweep.report import confirming, gated, marking
from langtail_nb._sweep.report.chosen import Chosen, choose
from langtail_nb._sweep.report.evaluated import evaluated
from langtail_nb._sweep.report.given import scores_given
from langtail_nb._sweep.report.scoring import Scoring
from langtail_nb._sweep.report.table import Table, table
from langtail_nb._sweep.running import Running
from langtail_nb._sweep.sender import Sender
from langtail_nb._sweep.taking_out.taken_out import TakenOut
from langtail_nb._sweep.waiting import awaited, wait
from langtail_nb._sweep.why import why
from langtail_nb._sweep.workers.looks import check_workers
from langtail_nb._text.characters import visible
from langtail_nb._types.plain_form import opened

Follow = Callable[[Running[Any]], Callable[[Outcome], Awaitable[None]]]


class Plan(Planned):
    """Settings × rows × repeats, before a call is sent.

    Attributes:
        follow: Makes of a run that begins what is awaited with each outcome, stored ones first; None for what
            takes its scores.
        anew: Plans some of its settings on other rows; None where it is not known how.
    """

    follow: Follow | None = None
    anew: Callable[..., Plan] | None = None

    @property
    def judge_calls(self) -> int:
        """Calls of judges for the answers, stored ones included; ten answers are judged twice."""
        return judging.calls(self)

    @property
    def judge_calls_to_send(self) -> int:
        """Calls of judges that would be sent, at most."""
        return judging.to_send(self)

    def pilot(self, rows: int = 5) -> Plan:
        """Ask the first trials of a few rows, for price and time, and return the plan; none is sent again.

        Raises:
            ConfigurationError: These alone are more than may be sent without a budget.
            LangtailError: They failed.
        """
        if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
            raise ConfigurationError(f"pilot takes how many rows to ask, not {rows!r}")
        first = list(dict.fromkeys(trial.row for trial in self.trials))[:rows]
        chosen = [t for t in self.unsent() if t.row in first and t.repeat == 1]
        if len(chosen) > FREE and self.budget is None:
            few = max(1, FREE // len(self.ways))
            raise ConfigurationError(
                f"{spending.needs_budget(len(chosen))}; plan.pilot(rows={few}) asks fewer"
            )
        if chosen:
            self.session.spending.check(len(chosen))
        self._waited(self._running(chosen))
        return self

    def run(self) -> Run:
        """Send the calls, show how far they are, and return the run.

        Raises:
            ConfigurationError: It needs a budget, or is over it; nothing was sent.
            Interrupted: The user stopped it; its ``run`` holds what is there, and so does the store.
            LangtailError: It paused: the first calls failed alike, or answers could not be kept.
        """
        return self._waited(self._checked())

    def start(self) -> Running[Run]:
        """Begin to send the calls, and return at once: ``.cancel()``, ``.limit = 8``, ``.result()``.

        Raises:
            ConfigurationError: It needs a budget, or is over it; nothing was sent.
        """
        return self._checked().start()

    def __await__(self) -> Generator[Any, None, Run]:
        return self._awaited().__await__()

    def __repr__(self) -> str:
        return plan_text.plain(self)

    def _repr_html_(self) -> str:
        return plan_text.html(self)

    def with_scores(self, scores: Mapping[str, Any], budget: Budget | None) -> Plan:
        """Return the same plan with other scores."""
        plan = copy.copy(self)
        plan.scores, plan.budget, plan.until_decided = dict(scores), budget, False
        plan.follow = None
        plan.cache = "reuse" if plan.cache == "refresh" else plan.cache
        plan.look()
        return plan

    def score(self, run: Run) -> Run:
        """Return a run that scores the outcomes of another one; nothing is sent but what judges ask.

        Raises:
            ConfigurationError: The judges' calls need a budget, or are over it; nothing was sent.
        """
        if line := spending.refusal_of_judges(self):
            raise ConfigurationError(line)
        running = self._running([])
        running.run.take(run)
        return self._waited(running)

    def _checked(self) -> Running[Run]:
        self.look()
        if line := spending.refusal(self):
            raise ConfigurationError(line)
        return self._running(self.unsent())

    def _running(self, trials: Sequence[Trial]) -> Running[Run]:
        client = self.session.client()
        keeps = self.cache != "off"
        sender = Sender(self.session, client, self.store, self.source, self.timeout, keeps)
        post = self._crew(sender) if trials else None
        running = Running(Run(self), sender, trials, post, self.follow or (Scoring if self.scores else None))
        if trials:
            stranger = self.session.stranger()
            running.run.notes += [*([f"sent to {stranger}"] if stranger else []), *recorded.about(self)]
        return running

    def _crew(self, sender: Sender) -> Post | None:
        if self.executor is None:
            return None
        from langtail_nb._sweep.workers.crew import Crew

        return Crew(self.executor, sender, check_workers(self.executor, self.session))

    def _waited(self, running: Running[Run]) -> Run:
        run = wait(running)
        self.look()
        return run

    async def _awaited(self) -> Run:
        run = await awaited(self._checked())
        self.look()
        return run


class Run(TakenOut):
    """The outcomes of a sweep or a map, growing while it runs; what may be said of them, and done next."""

    plan: Plan

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
        trial = Trial(self.setting(setting), opened(row), opened(repeat))
        return why(self.plan, trial, self.outcomes.get(trial))

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
            ConfigurationError: Some of the rows are not new, there is no score, or settings were given.
        """
        if "over" in options:
            raise ConfigurationError("confirm asks the best settings of this run: leave out over=")
        found = evaluated(self)
        settings = confirming.settings(found, score)
        if self.plan.anew is None:
            raise ConfigurationError("this run is no sweep, so nothing is to be confirmed")
        plan = self.plan.anew(over=settings, rows=rows, score=dict(self.scores), **options)
        confirming.check_new(plan, self.plan)
        return plan

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

    def summary(self) -> str:
        """Return in a line how much of it there is."""
        parts = answered(*self.counted())
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
