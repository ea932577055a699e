"""The Rows tab of one panel: what stands in it, planned as it changes, run beside the kernel."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import RLock
from typing import Any, Final

from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._panel import pasted, sweep_text
from langtail_nb._panel.common import Common
from langtail_nb._panel.grid import Grid
from langtail_nb._panel.grid_desk import GridDesk
from langtail_nb._panel.grid_marks import GridMarks
from langtail_nb._panel.scoring import Scoring
from langtail_nb._panel.sweep_form import AXES, Form
from langtail_nb._panel.sweep_inputs import Inputs, inputs_of
from langtail_nb._panel.sweep_planner import SweepPlanner
from langtail_nb._panel.sweep_wire import ScoreChoice, ScoreKind
from langtail_nb._panel.table import Rows
from langtail_nb._panel.variants import Variants
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.plan import Run
from langtail_nb._sweep.running import Running
from langtail_nb._types.target import Target

_EVERY_S: Final = 0.25
_MOST_REPEATS: Final = 20


class Sweeping:
    """What the Rows tab of one panel holds and does; nothing is planned before somebody turns to it.

    Args:
        variants: Returns the settings that are compared in Ask.

    Attributes:
        form: What was typed.
        desk: The answers.
    """

    def __init__(self, common: Common, *, variants: Callable[[], Variants]) -> None:
        self._common, self._variants = common, variants
        self.form = Form()
        self.desk = GridDesk(common.session, common.told, aside=common.aside, take=self._take)
        self._planner = SweepPlanner(common.aside, self._show)
        self._lock = RLock()
        self._is_seen = False
        self._inputs: Inputs | None = None
        self._running: Running[Run] | None = None
        self._scoring: Scoring | None = None

    def actions(self) -> dict[str, Callable[..., object]]:
        """Return what is done for each action of a view."""
        return {
            "sweep_look": self._look,
            "sweep_stops": self._put_stops,
            "sweep_repeats": self._put_repeats,
            "sweep_score": self._put_score,
            "sweep_budget": self._put_budget,
            "sweep_paste": self._paste,
            "sweep_run": self._run,
            "sweep_stop": self.stop,
            **self.desk.actions(),
        }

    def draw(self) -> None:
        """Publish what stands here, and plan anew where it is another; with the lock of the settings."""
        self._inputs = inputs_of(
            self._common.session, self._common.target, self._common.edits, self._variants(), self.form
        )
        if self._is_seen:
            self._planner.want(self._inputs)
        self._show()

    def go_on_from(self, earlier: Sweeping) -> None:
        """Take over what stands in the tab of a panel that this one replaces, and its answers."""
        self.form, self._is_seen, self._running = earlier.form, earlier._is_seen, earlier._running
        self.desk.go_on_from(earlier.desk)

    def stop(self) -> None:
        """Stop what runs; what has arrived is kept."""
        if self._running is not None and not self._running.is_done:
            self._running.cancel()

    def _run(self, plan: int) -> None:
        with self._lock:
            if self._running is not None and not self._running.is_done:
                return
            ready, problem, self._scoring = self._planner.plan, self._planner.problem, None
            if problem:
                raise ConfigurationError(problem)
            if ready is None or plan != self._planner.number:
                raise ConfigurationError("the plan has changed since; look at it and press again")
            if not ready.scores:
                ready.follow = self._followed
            self._running = ready.start()
            self._scoring = self._scoring or Scoring(self._running.run)
        self._common.aside(self._watch)

    def _followed(self, running: Running[Run]) -> Callable[[Outcome], Any]:
        self._scoring = Scoring(running.run)
        return self._scoring.follow

    def _watch(self) -> None:
        """Show how far a run is, until it is over."""
        running, scoring = self._running, self._scoring
        assert running is not None
        pause, is_over, marks = _EVERY_S, False, GridMarks(running.run)
        while not is_over:
            is_over, began = _is_over(running, pause), time.monotonic()
            self.desk.show(Grid(running.run, scoring, marks))
            self._show()
            # A head of very many rows takes a while to make.
            pause = max(_EVERY_S, 5 * (time.monotonic() - began))
        if self._inputs is not None:
            # What is stored by now will not be sent again.
            self._planner.want(self._inputs, anew=True)
            self._show()

    def _look(self) -> None:
        self._is_seen = True

    def _put_stops(self, name: str, text: str | None) -> None:
        if name not in AXES:
            raise ConfigurationError(f"there is no parameter {name!r} to vary")
        if text is None:
            self.form.stops.pop(name, None)
        else:
            self.form.stops[name] = text

    def _put_repeats(self, repeats: int) -> None:
        if not 1 <= repeats <= _MOST_REPEATS:
            raise ConfigurationError(f"repeats: a whole number from 1 to {_MOST_REPEATS}, not {repeats}")
        self.form.repeats = repeats

    def _put_score(self, kind: ScoreKind, column: str, pattern: str) -> None:
        self.form.score = ScoreChoice(kind=kind, column=column, pattern=pattern)

    def _put_budget(self, budget: str) -> None:
        self.form.budget = budget

    def _paste(self, text: str) -> None:
        self._common.edits.table = Rows(pasted.rows_in(text))

    def _take(self, target: Target, parameters: Mapping[str, Any], label: str) -> str:
        if target != self._common.target:
            raise ConfigurationError(f"“{label}” asks {target}, and this panel {self._common.target}")
        self._common.edits.take(parameters)
        return f"The settings are those of “{label}” now; cells use them, too."

    def _show(self) -> None:
        if (inputs := self._inputs) is not None:
            planner = self._planner
            section = sweep_text.section(
                inputs, planner.plan, planner.number, planner.problem, self._running, is_planned=self._is_seen
            )
            self._common.told.show("sweep", section)


def _is_over(running: Running[Run], pause_s: float) -> bool:
    """Wait a moment for a run to end, and return whether it has."""
    with suppress(LangtailError):  # it paused, and says why itself
        try:
            running.result(pause_s)
        except TimeoutError:
            return False
    return True
