"""How far a run is: one display, painted a few times a second, that says why it waits."""

from __future__ import annotations

import os
import sys
import time
from typing import Any, Final

from IPython.core.getipython import get_ipython

from langtail_nb._show.ending import ends_with_output, running_cell
from langtail_nb._show.live_display import LiveDisplay
from langtail_nb._show.views import Watched, view_for
from langtail_nb._sweep.durations import duration
from langtail_nb._sweep.outcome import answered
from langtail_nb._sweep.price import money
from langtail_nb._sweep.report import live
from langtail_nb._sweep.running import Running
from langtail_nb._text.characters import encodable, visible, visible_line

EVERY_S: Final = 0.2
"""Seconds from one frame to the next, at least."""

_BAR: Final = 14


class Progress:
    """Where a run is shown while it is on its way.

    Nothing is shown of one that is over within a frame.
    """

    def __init__(self, running: Running[Any]) -> None:
        self._running = running
        self._shell = shell = get_ipython()
        self._cell = running_cell(shell)
        self._watched = isinstance(view_for(shell), Watched)
        self._display = LiveDisplay(shell)
        self._is_terminal = getattr(shell, "kernel", None) is None and sys.stderr.isatty()
        self._due = time.monotonic() + EVERY_S
        self._shown = ""

    def tick(self) -> float:
        """Show what is due, and return the seconds until something may be again."""
        left = self._due - time.monotonic()
        if left > 0:
            return left
        self._due = time.monotonic() + EVERY_S
        self._show(text(self._running))
        return EVERY_S

    def finish(self) -> None:
        """Give way to what the cell shows next; where nothing follows, leave one line."""
        if self._shown:
            self._show("" if self._gives_way() else _first(self._running), is_last=True)

    def _gives_way(self) -> bool:
        run = self._running.run
        goes_on = run.state != "paused" and run.why_stopped != "stopped"
        return goes_on and self._cell == running_cell(self._shell) and ends_with_output(self._shell)

    def _show(self, told: str, *, is_last: bool = False) -> None:
        if told == self._shown:
            return
        self._shown = told
        if self._watched:
            self._display.show({"text/plain": visible(told)})
        elif self._is_terminal and "CI" not in os.environ:
            line = encodable(visible_line(" · ".join(told.splitlines())), sys.stderr.encoding)
            sys.stderr.write(f"\r\x1b[K{line[: _columns()]}" + ("\n" if is_last and told else ""))
            sys.stderr.flush()


def text(running: Running[Any]) -> str:
    """Return how far a run is, in a line or two."""
    run = running.run
    why = [one for one in (running.waits_for(),) if one]
    why += [f"first error: {run.first_error}"] if run.first_error else []
    return "\n".join([_first(running), *([" · ".join(why)] if why else []), *live.lines(run)])


def _first(running: Running[Any]) -> str:
    run = running.run
    outcomes, trials = run.counted()
    return f"{_bar(len(outcomes), trials)}  {' · '.join(parts(running))}"


def parts(running: Running[Any]) -> list[str]:
    """Return how far a run is: what came, from where, what failed, what is spent, the time left."""
    run = running.run
    outcomes, trials = run.counted()
    got = sum(one.reply is not None and one.was_sent for one in outcomes)
    told = answered(outcomes, trials)
    told += [f"{running.on_their_way:,} on their way"] if running.on_their_way else []
    told += [_spent(running)] if run.spent.usd else []
    told += [f"{duration(left)} left"] if (left := _left_s(running, got)) else []
    told += [run.why_stopped] if run.why_stopped else []
    return told


def _spent(running: Running[Any]) -> str:
    budget = running.run.plan.budget
    of = f" of {budget.amount:g} USD" if budget is not None and budget.kind == "USD" else ""
    return f"{money(running.run.spent.usd)}{of}"


def _left_s(running: Running[Any], got: int) -> float | None:
    waiting = running.left + running.on_their_way
    if got < 3 or not waiting or running.is_done:
        return None
    return (time.monotonic() - running.began) / got * waiting


def _bar(done: int, of: int) -> str:
    full = round(_BAR * done / of) if of else _BAR
    return "▓" * full + "░" * (_BAR - full)


def _columns() -> int:
    try:
        return max(20, os.get_terminal_size(sys.stderr.fileno()).columns - 1)
    except (OSError, ValueError):
        return 79
