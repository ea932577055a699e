"""Whether an answer is one: what broke, or is no answer, is sent again and not played for ever."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from langtail_nb._replay.exchange_line import Recorded


def ended_well(recorded: Recorded) -> bool:
    """Return whether an answer may be recorded: a refusal that is final, or a whole answer without an error.

    What came with a 2xx all the same may hold an error, be cut, or be the page of a proxy.
    """
    asked, answer = recorded.asked, recorded.answer
    if not 200 <= answer.status < 300:
        return True
    if not answer.is_stream:
        if isinstance(answer.body, dict):
            is_cut = "choices" in answer.body and not _has_finished(answer.body)
            return not answer.body.get("error") and not is_cut
        return isinstance(answer.body, str) and _is_stream(answer.body)
    if asked.method != "POST":
        return True
    contents = list(_contents(recorded))
    is_done = any(piece.data.strip() == "[DONE]" for piece in answer.pieces)
    has_error = any(one.get("error") for one in contents) or any(p.event == "error" for p in answer.pieces)
    return not has_error and (is_done or any(map(_has_finished, contents)))


def _is_stream(body: str) -> bool:
    """Return whether a body is a stream under another content type: events, or an object on each line."""
    lines = [line.removeprefix("data:").strip() for line in body.splitlines() if line.strip()]
    with suppress(ValueError, RecursionError):
        return '"choices"' in body and isinstance(json.loads(lines[0]), dict)
    return False


def _contents(recorded: Recorded) -> Iterator[Mapping[str, Any]]:
    for piece in recorded.answer.pieces:
        try:
            content = json.loads(piece.data)
        except (ValueError, RecursionError):
            continue
        if isinstance(content, dict):
            yield content


def _has_finished(content: Mapping[str, Any]) -> bool:
    choices = content.get("choices")
    return isinstance(choices, list) and any(isinstance(c, dict) and c.get("finish_reason") for c in choices)
