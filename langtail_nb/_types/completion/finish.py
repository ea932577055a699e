"""Why a model stopped: the word in a choice, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "other", "unknown"]

# Source: Langtail's JavaScript SDK, 0.16.16, map-langtail-finish-reason. The provider's word is passed on.
_MEANT: Final[dict[FinishReason, str]] = {
    "stop": "stop end_turn stop_sequence eos eos_token complete completed",
    "length": "length max_tokens max_output_tokens model_length model_context_window_exceeded",
    "tool_calls": "tool_calls function_call tool_use tool_calls_handled",
    "content_filter": "content_filter safety recitation sensitive prohibited_content blocklist spii refusal "
    "image_safety language guardrail_intervened",
    "other": "other finish_reason_unspecified error insufficient_system_resource malformed_function_call",
}
# Gemini, Zhipu, OpenRouter, DeepSeek and others have words of their own.
_FINISH_REASONS: Final = {word: meaning for meaning, words in _MEANT.items() for word in words.split()}
_NONE: Final = ("null", "none")


def reason_of(choice: Mapping[str, Any]) -> str | None:
    """Return a choice's finish reason as it is written, None where it gives none.

    Azure's vision models say it in ``finish_details``, SGLang as an object; some write "null" until the end.
    """
    reason = choice.get("finish_reason") or choice.get("finish_details")
    if isinstance(reason, dict):
        reason = reason.get("type")
    return reason if isinstance(reason, str) and reason and reason.lower() not in _NONE else None


def finish_reason(raw: str | None, *, has_tool_calls: bool) -> FinishReason | None:
    """Return the meaning of a provider's finish reason, or None if it gave none."""
    if raw is None:
        return None
    if raw == "STOP" and has_tool_calls:
        return "tool_calls"
    return _FINISH_REASONS.get(raw.lower(), "unknown")
