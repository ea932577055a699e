"""Tokens counted by the provider."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

# The names of OpenAI's chat completions, of its responses (and Anthropic's), of Ollama, of DeepSeek's cache.
_PROMPT: Final = ("prompt_tokens", "input_tokens", "prompt_eval_count")
_COMPLETION: Final = ("completion_tokens", "output_tokens", "eval_count")
_CACHED: Final = ("cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens")


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens counted by the provider; None where it did not say.

    Attributes:
        cached_tokens: The part of ``prompt_tokens`` that was read from a cache.
        reasoning_tokens: The part of ``completion_tokens`` spent on reasoning.
        raw: The record as sent, provider's own figures included.

    Example:
        >>> usage = lt.ask("How long does delivery take?").usage
        >>> usage.prompt_tokens, usage.completion_tokens
        (9, 11)
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
        prompt, completion = _named(raw, _PROMPT), _named(raw, _COMPLETION)
        total = _count(raw.get("total_tokens"))
        if not total and prompt is not None and completion is not None:
            total = prompt + completion
        cached = _named(_details(raw, "prompt", "input"), _CACHED)
        cached = _named(raw, _CACHED) if cached is None else cached
        reasoning = _count(_details(raw, "completion", "output").get("reasoning_tokens"))
        return cls(prompt, completion, total, cached, reasoning, raw)

    def updated(self, later: Usage) -> Usage:
        """Return what a later record of the same completion leaves: none of its zeros replaces a count."""
        return Usage(
            later.prompt_tokens or self.prompt_tokens,
            later.completion_tokens or self.completion_tokens,
            later.total_tokens or self.total_tokens,
            later.cached_tokens or self.cached_tokens,
            later.reasoning_tokens or self.reasoning_tokens,
            later.raw if later.total_tokens else self.raw,
        )

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


def uncounted() -> Usage:
    """Return the usage of an answer whose tokens nobody told: every count is None, ``raw`` is empty."""
    return Usage(None, None, None, None, None, {})


def usage_in(raw: Mapping[str, Any], choice: Mapping[str, Any]) -> Usage | None:
    """Return the usage that an event tells, None if it tells none.

    Moonshot puts it into the choice, Groq beside other things of its own.
    """
    if found := raw.get("usage"):
        return Usage.parse(found)
    if not choice or choice.get("finish_reason") is None:
        return None
    groq = raw.get("x_groq")
    return Usage.parse(choice.get("usage") or (groq.get("usage") if isinstance(groq, dict) else None))


def _details(raw: Mapping[str, Any], *of: str) -> Mapping[str, Any]:
    found = (raw.get(f"{name}_tokens_details") for name in of)
    return next((details for details in found if isinstance(details, dict)), {})


def _named(raw: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    """Return the first of several counts that is there and not zero, else a zero that is there."""
    counts = [count for name in names if name in raw and (count := _count(raw[name])) is not None]
    return max(counts, default=None)


def _sum(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else a + b


def _count(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < 16:
        return int(value)
    if isinstance(value, float):
        return int(value) if math.isfinite(value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
