"""A recorded exchange as texts that a person reads, to be compared word by word."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from langtail_nb._replay.exchange_line import Recorded
from langtail_nb._types.messages import text_of


def asked_text(one: Recorded) -> str:
    """Return what an exchange asked: its parameters a line each, then its messages."""
    return "\n".join(filter(None, (*_parameters(one.asked.body or {}), messages_text(one))))


def messages_text(one: Recorded) -> str:
    """Return what an exchange said: its messages, each behind its role but for a lone one of the user."""
    messages = (one.asked.body or {}).get("messages")
    known = [m for m in messages if isinstance(m, Mapping)] if isinstance(messages, list) else []
    if len(known) == 1 and known[0].get("role") == "user":
        return text_of(known[0].get("content"))
    return "\n".join(f"{message.get('role')}: {text_of(message.get('content'))}" for message in known)


def answer_text(one: Recorded) -> str:
    """Return what was answered; of an answer without words, such as a configuration, its JSON."""
    answer = one.answer
    if answer.is_stream or answer.text:
        return answer.text
    return answer.body if isinstance(answer.body, str) else json.dumps(answer.body, ensure_ascii=False)


def _parameters(body: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(body.keys() - {"messages", "variables"}):
        yield f"{name} {_plain(body[name])}"
    variables = body.get("variables")
    for name, value in sorted(variables.items()) if isinstance(variables, Mapping) else ():
        yield f"{name}={_plain(value)}"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=dict)
