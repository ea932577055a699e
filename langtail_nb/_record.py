"""A reply as it is kept on disk; ``_runs`` reads it back."""

from __future__ import annotations

from typing import Any

from langtail_nb._errors import Interrupted
from langtail_nb._reply import Reply
from langtail_nb._threads import State


def state_of(reply: Reply) -> State:
    """Return how a reply ended: ``done``, ``partial`` with some text, or ``failed`` with none."""
    return "done" if reply.error is None else "partial" if reply.text else "failed"


def record(reply: Reply) -> dict[str, Any]:
    """Return a reply as it is kept on disk."""
    return {
        "messages": list(reply.messages),
        "model": reply.model,
        "finish_reason": reply.raw_finish_reason,
        "latency_s": reply.latency_s,
        "first_token_s": reply.first_token_s,
        "usage": reply.usage.raw if reply.usage is not None else None,
        "error": str(reply.error) if reply.error is not None else None,
        "stopped": isinstance(reply.error, Interrupted),
    }
