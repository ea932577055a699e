"""The threads of an assistant as ``%langtail thread list`` shows them: each branch below what it left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from langtail_nb._kernel.conversation.conversations import Conversations
from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._text.brief import shorten
from langtail_nb._types.messages import shown_text

QUESTION: Final = 40
"""Characters of a question that are shown in a list."""


def tree(conversations: Conversations) -> list[list[Any]]:
    """Return a row for each thread: whether it is current, its name, its turns, its last question, its id."""
    current = conversations.current
    return [
        ["→" if thread is current else "", f"{stem}{thread.label}{_from(stem, thread)}", *_about(thread)]
        for conversation in conversations.all
        for stem, thread in _branches(conversation.threads, None)
    ]


def _branches(threads: Sequence[Thread], of: Thread | None, stem: str = "") -> Iterator[tuple[str, Thread]]:
    """Yield the branches of a thread, or all that have none here, each before its own."""
    for thread in threads:
        parent = thread.forked_from if thread.forked_from in threads else None
        if parent is of:
            yield stem, thread
            # A table joins blanks, so the depth is drawn.
            yield from _branches(threads, thread, f"{'· ' * (len(stem) // 2)}└ ")


def _from(stem: str, thread: Thread) -> str:
    return f", from turn {thread.before}" if stem else ""


def _about(thread: Thread) -> tuple[str, str, str | None]:
    asked = [turn.sent[-1] for turn in thread.turns if turn.sent]
    return thread.length, shorten(shown_text(asked[-1]), QUESTION) if asked else "", thread.id
