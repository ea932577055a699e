"""Tokens counted by the provider."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens counted by the provider; None where it did not say.

    Attributes:
        cached_tokens: The part of ``prompt_tokens`` that was read from a cache.
        reasoning_tokens: The part of ``completion_tokens`` spent on reasoning.
        raw: The record as sent, provider's own figures included.
    """

    prompt_tokens: int | None
    completion_tokens: int | None
    total_tokens: int | None
    cached_tokens: int | None
    reasoning_tokens: int | None
    raw: dict[str, Any]

    @classmethod
    def parse(cls, raw: Any) -> Usage | None:
        """Return the usage in a ``usage`` member, or None if it holds no record."""
        if not isinstance(raw, dict) or not raw:
            return None
        prompt, completion = _count(raw.get("prompt_tokens")), _count(raw.get("completion_tokens"))
        total = _count(raw.get("total_tokens"))
        if not total and prompt is not None and completion is not None:
            total = prompt + completion
        cached = _count(_details(raw, "prompt").get("cached_tokens"))
        reasoning = _count(_details(raw, "completion").get("reasoning_tokens"))
        return cls(prompt, completion, total, cached, reasoning, raw)

    def __add__(self, later: Usage) -> Usage:
        """Return both together: each round of a hosted tool is a completion of its own."""
        return Usage(
            _sum(self.prompt_tokens, later.prompt_tokens),
            _sum(self.completion_tokens, later.completion_tokens),
            _sum(self.total_tokens, later.total_tokens),
            _sum(self.cached_tokens, later.cached_tokens),
            _sum(self.reasoning_tokens, later.reasoning_tokens),
            later.raw,
        )


def _details(raw: Mapping[str, Any], of: str) -> Mapping[str, Any]:
    details = raw.get(f"{of}_tokens_details")
    return details if isinstance(details, dict) else {}


def _sum(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else a + b


def _count(value: Any) -> int | None:
    if isinstance(value, float):
        return int(value) if math.isfinite(value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
