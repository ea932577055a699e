"""What the Rows tab says: what a sweep will take, what the button carries, how far it is."""

from __future__ import annotations

from typing import Final

from langtail_nb._panel.grid_figures import plain
from langtail_nb._panel.sweep_form import AXES, labels
from langtail_nb._panel.sweep_inputs import Inputs
from langtail_nb._panel.sweep_wire import SweepAxis, SweepSection
from langtail_nb._sweep import progress, spending
from langtail_nb._sweep.durations import duration
from langtail_nb._sweep.plan import Plan, Run
from langtail_nb._sweep.running import Running
from langtail_nb._text.brief import shorten
from langtail_nb._types.fields import FIELDS

_PREVIEW: Final = 5
_WIDTH: Final = 80


def section(
    inputs: Inputs,
    plan: Plan | None,
    number: int,
    problem: str,
    running: Running[Run] | None,
    *,
    is_planned: bool,
) -> SweepSection:
    """Return all that the tab shows.

    Args:
        plan: None while it is made, or where there is none.
        problem: Why it does not run as it is.
        running: The run that is on its way, or was the last.
        is_planned: Whether anybody has turned to the tab.
    """
    form, columns, rows = inputs.form, inputs.table.columns, inputs.table.rows
    is_running = running is not None and not running.is_done
    run = running.run if running is not None else None
    return SweepSection(
        count=len(rows),
        parts=inputs.parts(),
        preview=[[shorten(plain(row.get(name)), _WIDTH) for name in columns] for row in rows[:_PREVIEW]],
        message=inputs.column,
        axes=[SweepAxis(name=n, label=m, hint=FIELDS[n].range) for n, m in zip(AXES, labels(), strict=True)],
        stops=form.stops_shown(),
        repeats=form.repeats,
        score=form.score,
        budget=form.budget,
        hint=f"{plan.to_send:,} calls" if plan is not None and plan.to_send else "",
        settings=[one.label for one in plan.settings] if plan is not None else [],
        plan=number if plan is not None else 0,
        button=_button(plan, run),
        told=_told(plan) if plan is not None else _waiting(is_planned, problem, len(rows)),
        notes=_notes(plan) if plan is not None else [],
        problem=problem or None,
        running=is_running,
        done=len(run.outcomes) if run is not None else 0,
        total=len(run.plan.trials) if run is not None else 0,
        progress=_progress(running) if running is not None else "",
        waits=(running.waits_for() or "") if running is not None and is_running else "",
    )


def _button(plan: Plan | None, run: Run | None) -> str:
    if plan is None:
        return "Sweep"
    if not plan.to_send:
        return f"Show {_counted(plan.stored, 'stored answer')}"
    is_begun = run is not None and run.state != "done" and plan.stored > 0
    return f"{'Resume' if is_begun else 'Sweep'} {_counted(plan.to_send, 'call')}"


def _told(plan: Plan) -> str:
    sizes = [_counted(len(plan.ways), "setting"), _counted(len(plan.rows), "row")]
    sizes += [_counted(plan.repeats, "repeat")] if plan.repeats > 1 else []
    parts = [" × ".join(sizes), f"{plan.stored:,} stored, {plan.to_send:,} to send"]
    if plan.to_send:
        cost, seconds = spending.estimate(plan), spending.seconds(plan)
        parts += [str(cost)] if cost is not None else []
        parts += [f"about {duration(seconds)}"] if seconds is not None else []
    return " · ".join(parts)


def _notes(plan: Plan) -> list[str]:
    same = len(plan.trials) - plan.calls
    alone = ["only what is deployed is asked: type stops, or compare settings in Ask"]
    repeated = [f"{_counted(same, 'call')} would be the same as others and are made once"]
    return [
        *(alone if len(plan.ways) == 1 else []),
        *(repeated if same else []),
        *plan.rows.told(),
        *plan.told,
    ]


def _waiting(is_planned: bool, problem: str, rows: int) -> str:
    return "counting calls" if is_planned and rows and not problem else ""


def _progress(running: Running[Run]) -> str:
    parts = _ended(running.run) if running.is_done else [*progress.parts(running)]
    error = running.run.first_error
    return " · ".join([*parts, *([f"first error: {error}"] if error else [])])


def _ended(run: Run) -> list[str]:
    failed, done = len(run.failed()), len(run.outcomes)
    told = [f"{done - failed:,} of {len(run.plan.trials):,} answered"]
    told += [f"{failed:,} did not get through"] if failed else []
    return [*told, *([run.why_stopped] if run.why_stopped else [])]


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
