"""``run.confirm()``: the best settings once more, on rows by which nobody chose them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.comparing.choice import top
from langtail_nb._sweep.report.evaluated import Evaluated
from langtail_nb._sweep.rows import numbered

if TYPE_CHECKING:
    from langtail_nb._sweep.plan import Plan


def plan_of(found: Evaluated, rows: Any, score: str | None, options: Mapping[str, Any]) -> Plan:
    """Return a plan for the best three settings on new rows.

    Raises:
        ConfigurationError: Some of the rows are not new, there is no score, or nobody knows how to ask them.
    """
    run = found.run
    if found.found is None:
        raise ConfigurationError("there is no score to choose by; run.rescore(...) adds some")
    if run.plan.anew is None:
        raise ConfigurationError("this run is no sweep, so nothing is to be confirmed")
    settings = [run.settings[found.layout.places[n]] for n in top(found.found, score)]
    if not settings:
        raise ConfigurationError("no setting has a score, so there is none to confirm")
    plan = run.plan.anew(over=settings, rows=rows, score=dict(run.scores), **options)
    sent = {run.plan.key(trial) for trial in run.plan.trials if trial.setting == 0}
    old = sorted({one.row for one in plan.trials if one.setting == 0 and plan.key(one) in sent})
    if old:
        raise ConfigurationError(
            f"{numbered(old)} are among those the settings were chosen by: give new ones"
        )
    return plan
