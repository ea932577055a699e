"""The answers of a panel as columns: what each sent, what it took, how it differs from the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from langtail_nb._compose import calls_of, is_empty, notes
from langtail_nb._diff import Mark, answer_diff
from langtail_nb._footer import facts
from langtail_nb._panel.trial import State, Trial
from langtail_nb._reply import Reply


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
    marks = _marks(trials)
    is_over = all(trial.state != "running" for trial in trials)
    first = trials[0] if trials else None
    return [
        Column(
            id=trial.id,
            title=trial.title,
            detail=trial.detail,
            state=trial.state,
            waiting=trial.waiting,
            note=_notes(trial),
            calls=_calls(trial.reply),
            reasoning=trial.reply.reasoning if trial.reply is not None else "",
            footer=footer(trial.reply, stands_in_for) if trial.state != "running" else [],
            marks=marks.get(trial.id, []),
            kept=kept.get(trial.id),
            can_keep=trial.state in ("done", "stopped") and bool(trial.text) and trial.id not in kept,
            serial=trial.serial,
            diff=answer_diff(first.text, trial.text)
            if is_over and first is not None and trial is not first and trial.text and first.text
            else None,
        )
        for trial in trials
    ]


def footer(reply: Reply | None, stands_in_for: str | None) -> list[str]:
    """Return model, tokens, times and speed of a reply; nothing where no answer came."""
    if reply is None or is_empty(reply):
        return []
    items = facts(reply, stands_in_for=stands_in_for)
    speed = tokens_per_second(reply)
    return [*items, f"{speed:.0f} tokens/s"] if speed is not None else items


def tokens_per_second(reply: Reply) -> float | None:
    """Return how fast the answer came once it began, in tokens per second, or None where that is unknown."""
    tokens = reply.usage.completion_tokens if reply.usage is not None else None
    if not tokens or reply.latency_s is None or reply.first_token_s is None:
        return None
    took = reply.latency_s - reply.first_token_s
    return (tokens - 1) / took if took > 0 and tokens > 1 else None


def _notes(trial: Trial) -> list[str]:
    if trial.reply is None or trial.state in ("idle", "running"):
        return []
    failed = [str(trial.reply.error)] if trial.state == "failed" else []
    return [*failed, *notes(trial.reply)] if not is_empty(trial.reply) or trial.state != "failed" else failed


def _calls(reply: Reply | None) -> list[dict[str, str]]:
    messages = reply.messages if reply is not None else ()
    return [{"name": n, "arguments": a} for message in messages for n, a in calls_of(message)]


def _marks(trials: Sequence[Trial]) -> dict[str, list[str]]:
    """Return which answer was the fastest and which the shortest, once all of several are there."""
    done = [t for t in trials if t.state == "done" and t.reply is not None and t.reply.latency_s is not None]
    if len(done) < 2 or any(t.state == "running" for t in trials):
        return {}
    found: dict[str, list[str]] = {}
    fastest = min(done, key=lambda t: t.reply.latency_s or 0.0)  # type: ignore[union-attr]
    found.setdefault(fastest.id, []).append("fastest")
    lengths = {t.id: len(t.text) for t in done}
    if len(set(lengths.values())) > 1:
        found.setdefault(min(lengths, key=lambda name: lengths[name]), []).append("shortest")
    return found
