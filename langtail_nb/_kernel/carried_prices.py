"""Prices as ``genai-prices`` carries them, where it is installed; nothing is ever fetched."""

from __future__ import annotations

from typing import Any, Final

from langtail_nb._environment import beside_no_notebook
from langtail_nb._types.completion.usage import Usage

# Asked about with every answer of a sweep, and it takes a while to find that there is nothing.
_unknown: Final[set[str]] = set()


def cost(model: str, usage: Usage) -> float | None:
    """Return what tokens of a model cost in dollars; None for an unknown model, or without the package.

    Args:
        model: By its name, with or without its provider: ``gpt-4o``, ``openai/gpt-4o``.
    """
    if model in _unknown:
        return None
    try:
        # Not before a call has a cost: it brings pydantic and a client of HTTP.
        with beside_no_notebook():
            import genai_prices
    except ImportError:
        return None
    tokens = genai_prices.Usage(**_tokens(usage))
    provider, has_provider, name = model.partition("/")
    # It raises a LookupError for a model that it does not know, and a ValueError for counts that disagree.
    asked: list[dict[str, Any]] = [
        {"model_ref": model},
        *([{"model_ref": name, "provider_id": provider}] if has_provider else []),
    ]
    is_unknown = True
    for one in asked:
        try:
            return float(genai_prices.calc_price(tokens, **one).total_price)
        except LookupError:
            continue
        except ValueError:
            is_unknown = False
    if is_unknown:
        _unknown.add(model)
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
