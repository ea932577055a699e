"""The quiet line under an answer: who answered, what it took."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from langtail_nb._text.brief import dollars, seconds
from langtail_nb._types.reply import Reply


def facts(reply: Reply, *, by: str | None = None, cost: float | None = None) -> list[str]:
    """Return model, tokens, cost and times of a reply, one short text each; what is not known is left out.

    What differs from call to call, overrides and turn, goes before them: that is what a reader looks for.

    Args:
        by: Who answered; the model's own name if not given.
        cost: An estimate, in dollars.
    """
    items = [name] if (name := by or reply.model) else []
    if reply.usage.raw:
        items.append(f"{_count(reply.usage.prompt_tokens)} → {_count(reply.usage.completion_tokens)} tokens")
    items += [f"about {dollars(cost)}"] if cost is not None else []
    if reply.first_token_s is not None:
        items.append(f"first token {seconds(reply.first_token_s)}")
    if reply.latency_s is not None:
        items.append(f"total {seconds(reply.latency_s)}")
    if reply.attempts > 1:
        items.append(f"attempt {reply.attempts}, waited {seconds(reply.wait_s)}")
    return items


def _count(tokens: int | None) -> str:
    return "?" if tokens is None else f"{tokens:,}"


def override(name: str, value: Any, source: str) -> str:
    """Return what was sent in place of what is deployed, and where it was set if not in the cell."""
    shown = f"{name} {value}" if isinstance(value, str | int | float) and len(str(value)) <= 30 else name
    return shown if source == "cell" else f"{shown} ({source})"


def sent_to(origin: str) -> str:
    """Return to whom a call went, where that is neither Langtail nor this machine."""
    return f"sent to {origin}"


def inherited(names: Collection[str]) -> list[str]:
    """Return that variables came from the turn before, where some did."""
    return [f"{', '.join(names)} from an earlier turn"] if names else []
