"""Every trial of a run as one row of a table, by column."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from langtail_nb._errors import LangtailError
from langtail_nb._sweep import price
from langtail_nb._sweep.answers import reply_to
from langtail_nb._sweep.order import Trial
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.results import Results
from langtail_nb._types.json_value import json_text
from langtail_nb._types.plain_form import is_nothing, opened
from langtail_nb._types.reply import Reply

Columns = dict[str, list[Any]]

_FIRST: Final = ("setting", "row", "repeat", "text")
_ANSWER: Final = (
    "model", "finish_reason", "prompt_tokens", "completion_tokens", "cost", "latency_s", "first_token_s",
    "waited_s", "stored", "shared", "error", "id", "thread_id", "at",
)  # fmt: skip


def columns_of(run: Results) -> Columns:
    """Return all trials of a run, by setting, row and repeat.

    The columns: ``setting``, what each setting overrides, ``row`` (its number, from 0), the columns of the
    rows, ``repeat``, ``text``, the scores with their reasons, then what the answer took and came from. A
    name that is there twice gets an ending: ``model_setting``, ``text_row``, ``cost_score``.
    """
    trials = sorted(run.plan.trials)
    replies = [reply_to(run, trial) for trial in trials]
    outcomes = [run.outcomes.get(trial) for trial in trials]
    settings = _settings(run, trials)
    taken = {*_FIRST, *_ANSWER, *settings}
    rows = _apart(_rows(run, trials), taken, "_row")
    scores = _apart(_scores(run, trials), {*taken, *rows}, "_score")
    return {
        "setting": [run.settings[trial.setting].label for trial in trials],
        **settings,
        "row": [trial.row for trial in trials],
        **rows,
        "repeat": [trial.repeat for trial in trials],
        "text": [reply.text for reply in replies],
        **scores,
        **dict(zip(_ANSWER, _answers(replies, outcomes), strict=True)),
    }


def flat(value: Any) -> Any:
    """Return a value as a file holds it: a text, number, truth value or None; anything else as JSON."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return value.isoformat()
    if is_nothing(value):
        return None
    form = opened(value)
    if form is not value and isinstance(form, str | bool | int | float):
        return flat(form)
    try:
        return json_text("value", value)
    except LangtailError:
        return str(value)


def _settings(run: Results, trials: Sequence[Trial]) -> Columns:
    """Return what each trial's setting overrides by name; a value that has a name of its own as that."""
    names = dict.fromkeys(name for one in run.settings for name in one.overrides)
    told = [
        {name: one.titles.get(name) or flat(opened(value)) for name, value in one.overrides.items()}
        for one in run.settings
    ]
    found = {name: [told[trial.setting].get(name) for trial in trials] for name in names}
    return _apart(found, {*_FIRST, *_ANSWER}, "_setting")


def _rows(run: Results, trials: Sequence[Trial]) -> Columns:
    names = dict.fromkeys(name for row in run.rows.data for name in row)
    return {str(name): [run.rows.data[trial.row].get(name) for trial in trials] for name in names}


def _scores(run: Results, trials: Sequence[Trial]) -> Columns:
    """Return the scores of each trial, and what they say of it where they say anything.

    The one place that knows where a run keeps its scores.
    """
    book = run.book
    if book is None:
        return {}
    found: Columns = {}
    for name in book.names:
        given = [book.given(name, *trial) for trial in trials]
        found[name] = [None if one is None else one.value for one in given]
        reasons = [None if one is None else one.error or one.reason or None for one in given]
        if any(reasons):
            found[f"{name}_reason"] = reasons
    return found


def _apart(columns: Columns, taken: set[str], ending: str) -> Columns:
    return {f"{name}{ending}" if name in taken else name: values for name, values in columns.items()}


def _answers(replies: Sequence[Reply], outcomes: Sequence[Outcome | None]) -> Iterator[list[Any]]:
    """Yield the columns of ``_ANSWER``."""
    yield [reply.model for reply in replies]
    yield [reply.finish_reason for reply in replies]
    yield [reply.usage.prompt_tokens for reply in replies]
    yield [reply.usage.completion_tokens for reply in replies]
    yield [price.cost_of(reply.model, reply.usage) for reply in replies]
    yield [reply.latency_s for reply in replies]
    yield [reply.first_token_s for reply in replies]
    yield [None if one is None else one.waited_s for one in outcomes]
    yield [one is not None and one.stored for one in outcomes]
    yield [one is not None and one.shared for one in outcomes]
    yield [None if reply.error is None else str(reply.error) for reply in replies]
    yield [reply.id for reply in replies]
    yield [reply.thread_id for reply in replies]
    yield [None if one is None else datetime.fromtimestamp(one.at, UTC) for one in outcomes]


def as_rows(columns: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Yield the rows of columns."""
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))
