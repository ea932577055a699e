"""The answers of a panel as columns: what each sent, what it took, how it differs from the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypedDict

from langtail_nb._compose import calls_of
from langtail_nb._diff import Mark, answer_diff
from langtail_nb._reply import Reply
from langtail_nb._trials.trial import State, Trial, marks


class Column(TypedDict):
    """One answer as the front end draws it; its text comes in pieces of its own."""

    id: str
    title: str
    detail: str
    state: State
    waiting: str | None
    note: list[str]
    calls: list[dict[str, str]]
    reasoning: str
    footer: list[str]
    marks: list[str]
    kept: str | None
    can_keep: bool
    serial: int
    diff: list[Mark] | None


def columns(
    trials: Sequence[Trial], *, kept: Mapping[str, str], stands_in_for: str | None = None
) -> list[Column]:
    """Return a column for each trial, in order; the first is what the others are compared with.

    Args:
        kept: What became of the answers that were kept, by trial id.
        stands_in_for: The deployed model that a local one answers in place of.
    """
    found = marks(trials)
    is_over = all(trial.state != "running" for trial in trials)
    first = trials[0] if trials else None
    return [
        Column(
            id=trial.id,
            title=trial.title,
            detail=trial.detail,
            state=trial.state,
            waiting=trial.waiting,
            note=trial.notes(),
            calls=_calls(trial.reply),
            reasoning=trial.reply.reasoning if trial.reply is not None else "",
            footer=trial.footer(stands_in_for) if trial.state != "running" else [],
            marks=found.get(trial.id, []),
            kept=kept.get(trial.id),
            can_keep=trial.can_be_kept and trial.id not in kept,
            serial=trial.serial,
            diff=_difference(first.text, trial.text)
            if is_over and first is not None and trial is not first and trial.text and first.text
            else None,
        )
        for trial in trials
    ]


@lru_cache(16)
def _difference(old: str, new: str) -> list[Mark]:
    # Asked for with every change of anything in the panel.
    return answer_diff(old, new)


def _calls(reply: Reply | None) -> list[dict[str, str]]:
    messages = reply.messages if reply is not None else ()
    return [{"name": n, "arguments": a} for message in messages for n, a in calls_of(message)]
