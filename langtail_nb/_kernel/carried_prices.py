"""Prices as ``genai-prices`` carries them, where it is installed; nothing is ever fetched."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from langtail_nb._environment import beside_no_notebook
from langtail_nb._types.completion.usage import Usage


def cost(model: str, usage: Usage) -> float | None:
    """Return what tokens of a model cost in dollars; None for an unknown model, or without the package.

    Args:
        model: By its name, with or without its provider: ``gpt-4o``, ``openai/gpt-4o``.
    """
    try:
        # Not before a call has a cost: it brings pydantic and a client of HTTP.
        with beside_no_notebook():
            import genai_prices
    except ImportError:
        return None
    tokens = genai_prices.Usage(**_tokens(usage))
    provider, has_provider, name = model.partition("/")
    # It raises a LookupError for a model that it does not know, and a ValueError for counts that disagree.
    with suppress(LookupError, ValueError):
        return float(genai_prices.calc_price(tokens, model).total_price)
    with suppress(LookupError, ValueError):
        if has_provider:
            return float(genai_prices.calc_price(tokens, name, provider_id=provider).total_price)
    return None


def _tokens(usage: Usage) -> dict[str, int]:
    prompt, out = usage.prompt_tokens or 0, usage.completion_tokens or 0
    cached, thought = usage.cached_tokens or 0, usage.reasoning_tokens or 0
    if _is_cache_beside(usage.raw):
        prompt += cached
    found = {"input_tokens": prompt, "output_tokens": out, "cache_read_tokens": min(cached, prompt)}
    return found | ({"output_reasoning_tokens": min(thought, out)} if thought else {})


def _is_cache_beside(raw: dict[str, Any]) -> bool:
    """Return whether tokens of the cache are counted beside those of the prompt, as Anthropic does."""
    return "cache_read_input_tokens" in raw and "prompt_tokens" not in raw
