"""How much is read of what a server sends before it is too much; no honest answer comes near."""

from __future__ import annotations

from typing import Final

LONGEST_ANSWER: Final = 256 * 2**20
"""Bytes of one body."""

LONGEST_EVENT: Final = 64 * 2**20
"""Bytes of one event of a stream, or of a line of it: an image may be one."""

LONGEST_ERROR: Final = 256 * 2**10
"""Bytes of the body of an error."""

MOST_CALLS: Final = 1_000
"""Tool calls of one message."""


class TooMuchError(Exception):
    """A server sent more than anybody reads; ``str()`` says of what."""


def check_answer(length: int) -> None:
    """Refuse a body that is longer than any answer.

    Raises:
        TooMuchError: This one is.
    """
    if length > LONGEST_ANSWER:
        raise TooMuchError(f"more than {LONGEST_ANSWER // 2**20} MiB")


def check_event(length: int) -> None:
    """Refuse an event that is longer than any of an answer.

    Raises:
        TooMuchError: This one is.
    """
    if length > LONGEST_EVENT:
        raise TooMuchError(f"an event of more than {LONGEST_EVENT // 2**20} MiB")
