"""``run.expect()``: a cell that fails where a setting is worse, or where nothing shows that it is not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._show.say import say
from langtail_nb._sweep.comparing.choice import of_score
from langtail_nb._sweep.comparing.gate import expect
from langtail_nb._sweep.durations import duration
from langtail_nb._sweep.judge import Judge
from langtail_nb._sweep.report.evaluated import Evaluated, evaluated
from langtail_nb._sweep.results import Results


def check(
    run: Results,
    score: str | None,
    *,
    not_worse_than: Any,
    margin: float | None,
    setting: Any,
    replayed: bool,
) -> None:
    """Say what was seen, and what drop could have been missed.

    Raises:
        ConfigurationError: There is no such score or setting, or it is not what the others are compared with.
        LangtailError: A setting is worse, or no evidence shows that it is not.
    """
    if run.setting(not_worse_than) != 0:
        raise ConfigurationError(
            f"the settings are compared with {run.settings[0].label}; "
            f"lt.sweep(..., against={not_worse_than!r}) compares them with that one"
        )
    found = evaluated(run)
    if found.found is None:
        raise ConfigurationError("there is no score to judge by; run.rescore(...) adds some")
    place = None if setting is None else run.setting(setting)
    if place in run.rejected:
        raise LangtailError(f"{run.settings[place].label}: no evidence: rejected: {run.rejected[place]}")
    column = None if place is None else found.layout.places.index(place)
    gate = expect(found.found, score, margin=margin, setting=column, replayed=replayed)
    say(*gate.told)
    judged = () if replayed else _played(run, of_score(found.found, score)[0].name)
    faults = [*_rejected(run, place), *gate.faults, *judged, *_too_old(found, column)]
    if faults:
        error = LangtailError("; ".join(faults))
        error.reply = None
        raise error


def _rejected(run: Results, place: int | None) -> Iterator[str]:
    if place is None:
        for at, words in run.rejected.items():
            yield f"{run.settings[at].label}: no evidence: rejected: {words}"


def _played(run: Results, score: str) -> Iterator[str]:
    """Yield that a judge's verdicts were played, where they are the score."""
    judge = run.scores.get(score)
    if isinstance(judge, Judge) and judge.addressed.full in run.played:
        yield f"{score}: the verdicts are replayed, which shows nothing new; replayed=True takes them"


def _too_old(found: Evaluated, column: int | None) -> Iterator[str]:
    """Yield what was made too long ago to say something of today."""
    assert found.found is not None
    for n, one in enumerate(found.found.settings):
        is_judged = n == 0 or column in (None, n)
        oldest = one.oldest
        if is_judged and oldest is not None and time.time() - oldest > found.run.plan.max_age_s:
            limit = duration(found.run.plan.max_age_s)
            yield f'{one.label}: no evidence: trials are older than {limit}; cache="refresh" makes new ones'
