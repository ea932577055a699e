"""The turns of a thread as text: rows to look at, and what is exported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._text.brief import shorten
from langtail_nb._types.messages import Message, calls_of, shown_text
from langtail_nb._types.tool_results import waiting_in


def rows(thread: Thread, limit: int | None) -> Iterator[list[Any]]:
    """Yield a row for each message, and one for what is not known of a turn that did not end well."""
    told = _told(thread.history())
    for number, turn in enumerate(thread.turns, 1):
        for message, text in islice(told, len(turn.messages)):
            yield [number, message.get("role"), text if limit is None else shorten(text, limit)]
        if turn.state != "done":
            where = "the server may hold it in a thread that is not known here"
            yield [number, "", f"not answered; {where if turn.is_lost else 'the server may hold it or not'}"]


def _told(messages: list[Message]) -> Iterator[tuple[Message, str]]:
    """Yield each message with its text; calls with their arguments, results with the name of their call."""
    names: dict[str, str] = {}
    for message in messages:
        names |= {call.id: call.name for call in waiting_in([message])}
        said = [shown_text(message)]
        if name := names.get(str(message.get("tool_call_id"))):
            said = [f"{name}: {said[0]}"]
        said += [f"calls {call.name} {call.arguments}" for call in calls_of(message)]
        yield message, "\n".join(text for text in said if text)


def as_json(thread: Thread) -> str:
    """Return name, id and messages as JSON."""
    record = {"name": thread.name, "id": thread.id, "messages": thread.history()}
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def as_text(thread: Thread) -> str:
    """Return the messages, each below its role."""
    told = _told(thread.history())
    return "\n\n".join(f"--- {message.get('role')}\n{text}" for message, text in told) + "\n"
