"""The answer to each trial of a run, or a reply that says why there is none."""

from __future__ import annotations

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.order import Trial
from langtail_nb._sweep.results import Results
from langtail_nb._types.reply import Reply


def reply_to(run: Results, trial: Trial) -> Reply:
    """Return the answer to a trial; where it has none, a reply with the error, or why it was not sent."""
    outcome = run.outcomes.get(trial)
    if outcome is not None and outcome.reply is not None:
        return outcome.reply
    error = run.errors.get(trial) or ConfigurationError(_why_not(run, trial))
    if isinstance(error.reply, Reply):
        return error.reply
    return Reply(run.plan.request(trial), partial=True, error=error)


def _why_not(run: Results, trial: Trial) -> str:
    if trial.row in run.rows.unasked:
        return "the message of this row is missing or empty; nothing was sent"
    if trial.setting in run.rejected:
        return f"the model rejects this setting: {run.rejected[trial.setting]}"
    if run.plan.cache == "only":
        return 'nothing is stored for this row, and cache="only" sends nothing'
    return f"this row was not asked{f': {run.why_stopped}' if run.why_stopped else ''}"
