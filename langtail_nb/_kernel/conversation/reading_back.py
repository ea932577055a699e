"""Turns read back from the server."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from langtail_nb._errors import BadRequestError, NotFoundError, PermissionDeniedError
from langtail_nb._kernel import loop
from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._types.messages import Message

if TYPE_CHECKING:
    from langtail_nb._client.client import Client


def read_back(client: Client, thread_id: str) -> list[Turn] | None:
    """Return the turns of a thread as the server holds it, or None where this key can reach no such id."""
    try:
        messages = loop.wait(client.threads.messages(thread_id))
    except (NotFoundError, PermissionDeniedError, BadRequestError):
        return None
    return turns_from([content for message in messages for content in message.contents])


def turns_from(messages: list[Message]) -> list[Turn]:
    """Return messages read back from the server, split into turns, each starting with what a user sent."""
    parts: list[tuple[list[Message], list[Message]]] = []
    for message in messages:
        answers = message.get("role") in ("assistant", "function") or "handled_tool_result" in message
        if answers and parts:
            parts[-1][1].append(message)
        elif parts and not parts[-1][1]:
            parts[-1][0].append(message)
        else:
            parts.append(([message], []))
    return [Turn(None, sent, received) for sent, received in parts]


def recognised(turns: list[Turn], before: list[Turn]) -> list[Turn]:
    """Return ``turns``, each replaced by what was known of it before, as far as both begin alike."""
    alike = takewhile(lambda pair: pair[0].sent == pair[1].sent, zip(turns, before, strict=False))
    known = [old.with_answer(new.received) for new, old in alike]
    return known + turns[len(known) :]
