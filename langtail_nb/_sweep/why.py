"""``run.why()``: in words, why a trial is sent, or was, and not taken from the store."""

from __future__ import annotations

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.identity import all_parts, differing
from langtail_nb._sweep.order import Trial
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.planned import Planned


def why(plan: Planned, trial: Trial, outcome: Outcome | None) -> str:
    """Return why a trial of a plan is sent, or was.

    Args:
        outcome: What became of it; None where it was not sent yet.

    Raises:
        ConfigurationError: No such row is asked.
    """
    if not (isinstance(trial.row, int) and isinstance(trial.repeat, int)) or trial not in plan.same_as_any(
        trial
    ):
        which = f"repeat {trial.repeat!r} of row {trial.row!r}" if trial.repeat != 1 else f"row {trial.row!r}"
        raise ConfigurationError(f"{which} is none of the {len(plan.rows)} rows that are asked")
    first = plan.same_as(trial)[0]
    if first != trial:
        return f"row {trial.row} sends the same as row {first.row}, which was asked once for both"
    if outcome is not None and outcome.stored:
        ago = plan.ages([outcome.at])
        return f"stored{f' {ago} ago' if ago else ''}; nothing was sent"
    if plan.cache in ("off", "refresh"):
        return f'sent, as cache="{plan.cache}" takes nothing from the store'
    if plan.ways[trial.setting].base.is_private:
        return "sent, as what is not to be recorded is not stored"
    return _nearest(plan, trial)


def _nearest(plan: Planned, trial: Trial) -> str:
    mark = plan.mark(trial)
    wanted = all_parts(mark)
    stored = plan.store.near(mark.target, mark.row)
    differences = [differing(wanted, {"repeat": wanted["repeat"], **parts}) for parts in stored]
    differences = [one for one in differences if one]
    if not differences:
        return "sent, as nothing like it was stored"
    names = min(differences, key=len)
    return f"sent, as the nearest stored trial differs in {', '.join(names)}"
