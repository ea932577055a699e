"""Turns read back from the server."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from langtail_nb._errors import BadRequestError, NotFoundError, PermissionDeniedError
from langtail_nb._kernel import loop
from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._kernel.interrupts import Interrupts
from langtail_nb._types.messages import Message

if TYPE_CHECKING:
    from langtail_nb._client.client import Client


def read_back(client: Client, thread_id: str, interrupts: Interrupts | None = None) -> list[Message] | None:
    """Return the messages of a thread as the server holds it, or None where this key can reach no such id."""
    try:
        messages = loop.wait(client.threads.messages(thread_id), interrupts=interrupts)
    except (BadRequestError, NotFoundError, PermissionDeniedError):
        return None
    return [content for message in messages for content in message.contents]


def turns_from(messages: list[Message]) -> list[Turn]:
    """Return messages read back from the server, split into turns, each starting with what a user sent."""
    parts: list[tuple[list[Message], list[Message]]] = []
    for message in messages:
        answers = _answers(message)
        if answers and parts:
            parts[-1][1].append(message)
        elif parts and not parts[-1][1]:
            parts[-1][0].append(message)
        else:
            parts.append(([message], []))
    return [Turn(None, sent, received) for sent, received in parts]


def recognised(messages: list[Message], before: list[Turn]) -> list[Turn]:
    """Return the turns that messages make, each the one that was known of it before, as far as they agree.

    A turn that did not end well may be missing: the server did not take it.
    """
    known: list[Turn] = []
    for turn in before:
        rest = messages[len(turn.sent) :]
        if messages[: len(turn.sent)] != turn.sent or turn.is_lost:
            if turn.state == "done":
                break
            continue
        size = _answer_in(rest, turn)
        known.append(turn.read_back(rest[:size]))
        messages = rest[size:]
    return known + turns_from(messages)


def _answer_in(messages: list[Message], turn: Turn) -> int:
    """Return how many messages answer a turn: those known, else all before the next question."""
    size = len(turn.received)
    return size if size and messages[:size] == turn.received else len(list(takewhile(_answers, messages)))


def _answers(message: Message) -> bool:
    return message.get("role") in ("assistant", "function") or "handled_tool_result" in message
