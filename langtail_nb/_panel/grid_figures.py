"""Scores and figures of a sweep's answers as they are read."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.scoring.score import Given
from langtail_nb._types.json_value import text_of
from langtail_nb._types.messages import calls_of


def took(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the tokens and the seconds that answers took, as a mean and a median."""
    replies = [one.reply for one in outcomes if one.reply is not None]
    if not replies:
        return []
    tokens = [one.usage.completion_tokens for one in replies if one.usage is not None]
    counted = [one for one in tokens if one is not None]
    seconds = [one.latency_s for one in replies if one.latency_s is not None]
    told = [f"{statistics.fmean(counted):.0f} tokens"] if counted else []
    return [*told, *([f"{statistics.median(seconds):.2g} s"] if seconds else [])]


def length(outcomes: Sequence[Outcome]) -> list[str]:
    """Return how long answers are, as a mean."""
    words = [len(one.reply.text.split()) for one in outcomes if one.reply is not None]
    return [f"{statistics.fmean(words):.0f} words"] if words else []


def facts(outcome: Outcome) -> list[str]:
    """Return how an answer ended, if not by itself, and what it took."""
    reply = outcome.reply
    if reply is None:
        return []
    told = [str(reply.finish_reason)] if reply.finish_reason not in (None, "stop") else []
    if reply.usage is not None and reply.usage.completion_tokens is not None:
        told.append(f"{reply.usage.completion_tokens} tokens")
    told += [f"{reply.latency_s:.2g} s"] if reply.latency_s is not None else []
    from_where = ["stored"] if outcome.stored else ["shared"] if outcome.shared else []
    return [*told, *from_where]


def said(given: Given) -> str:
    """Return what a score says of one answer."""
    if given.value is None:
        return "unscored"
    return ("pass" if given.value else "fail") if given.is_bool else figure(given.value)


def figure(value: float) -> str:
    """Return a number in as many digits as can be read."""
    return f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"


def plain(value: Any) -> str:
    """Return a value of a table as text; an empty one where there is none."""
    try:
        return text_of(value, "value") or ""
    except ConfigurationError:  # an object of the user's, which stays here anyway
        return str(value)


def answer_of(outcome: Outcome | None) -> str:
    """Return what a trial answered, the tools that it called included."""
    if outcome is None or outcome.reply is None:
        return ""
    calls = [f"{c.name}({c.arguments})" for message in outcome.reply.messages for c in calls_of(message)]
    return "\n\n".join(filter(None, [outcome.reply.text, *calls]))
