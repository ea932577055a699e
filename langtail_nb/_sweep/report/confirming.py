"""``run.confirm()``: the best settings once more, on rows by which nobody chose them."""

from __future__ import annotations

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.comparing.choice import top
from langtail_nb._sweep.planned import Planned
from langtail_nb._sweep.report.evaluated import Evaluated
from langtail_nb._sweep.rows import numbered
from langtail_nb._sweep.setting import Setting


def settings(found: Evaluated, score: str | None) -> list[Setting]:
    """Return the best three settings.

    Raises:
        ConfigurationError: There is no score, or no setting that has one.
    """
    if found.found is None:
        raise ConfigurationError("there is no score to choose by; run.rescore(...) adds some")
    best = [found.run.settings[found.layout.places[n]] for n in top(found.found, score)]
    if not best:
        raise ConfigurationError("no setting has a score, so there is none to confirm")
    return best


def check_new(plan: Planned, chosen_by: Planned) -> None:
    """Refuse a plan whose rows are among those that the settings were chosen by.

    Raises:
        ConfigurationError: Some of the rows are not new.
    """
    sent = {chosen_by.key(trial) for trial in chosen_by.trials if trial.setting == 0}
    old = sorted({one.row for one in plan.trials if one.setting == 0 and plan.key(one) in sent})
    if old:
        raise ConfigurationError(
            f"{numbered(old)} are among those the settings were chosen by: give new ones"
        )
