"""The answers of a panel as columns: what each sent, what it took, how it differs from the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypedDict

from langtail_nb._calls import naming
from langtail_nb._calls.naming import badges_of
from langtail_nb._calls.trial import State, Trial
from langtail_nb._kernel.runs import when
from langtail_nb._text.brief import shorten
from langtail_nb._text.diff import Mark
from langtail_nb._types.messages import calls_of
from langtail_nb._types.reply import Reply
from langtail_nb._types.tool_results import line_for

_ASKED: Final = 80


class Called(TypedDict):
    """A tool that was called; with its result, where Langtail ran it."""

    name: str
    arguments: str
    result: str


class Column(TypedDict):
    """One answer as the front end draws it; its text comes in pieces of its own."""

    id: str
    title: str
    detail: str
    state: State
    waiting: str | None
    note: list[str]
    calls: list[Called]
    reasoning: str
    footer: list[str]
    marks: list[str]
    asked: str
    kept: str | None
    can_keep: bool
    serial: int
    diff: list[Mark] | None


def columns(trials: Sequence[Trial], *, asking: str, kept: Mapping[int, str]) -> list[Column]:
    """Return a column for each trial, in order; the first is what the others are compared with.

    Args:
        asking: The message as it stands in the panel; a column tells its own where that is another.
        kept: What became of the answers that were kept, by the trial's serial.
    """
    is_over = all(trial.state != "running" for trial in trials)
    diffs = naming.differences(trials) if trials and is_over else [None] * len(trials)
    badges = badges_of(trials)
    return [
        Column(
            id=trial.id,
            title=trial.title,
            detail=naming.beside(trial.title, trial.detail),
            state=trial.state,
            waiting=trial.waiting,
            note=[*trial.notes(), *_next_step(trial, kept)],
            calls=_calls(trial.reply),
            reasoning=trial.reply.reasoning if trial.reply is not None else "",
            footer=trial.footer() if trial.state != "running" else [],
            marks=[*_stored(trial), *badges[trial.id]],
            asked=shorten(trial.question, _ASKED) if trial.question.strip() != asking.strip() else "",
            kept=kept.get(trial.serial),
            can_keep=trial.can_be_kept and trial.serial not in kept,
            serial=trial.serial,
            diff=diff,
        )
        for trial, diff in zip(trials, diffs, strict=True)
    ]


def _stored(trial: Trial) -> list[str]:
    return [] if trial.stored_at is None else [f"stored, {when(trial.stored_at)}, not asked anew"]


def _next_step(trial: Trial, kept: Mapping[int, str]) -> list[str]:
    """Return how a tool call gets its result."""
    calls = trial.reply.tool_calls if trial.reply is not None else ()
    if trial.state != "done" or not calls or not trial.can_be_kept:
        return []
    first = "" if trial.serial in kept else "press Keep, then "
    return [f"{first}give its result in a cell: {line_for(calls)}"]


def _calls(reply: Reply | None) -> list[Called]:
    """Return the tools that were called; with its result, one that Langtail ran itself."""
    if reply is None:
        return []
    hosted = {(call.name, call.arguments): call.result or "" for call in reply.hosted_calls}
    made = [(c.name, c.arguments) for message in reply.messages for c in calls_of(message)]
    return [Called(name=n, arguments=a, result=hosted.get((n, a), "")) for n, a in made]
