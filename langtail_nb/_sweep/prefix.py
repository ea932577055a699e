"""A conversation that goes ahead of every call, as it is when that is planned."""

from __future__ import annotations

from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.session import Session
from langtail_nb._types.messages import Message, check_messages
from langtail_nb._types.reply import Reply
from langtail_nb._types.target import Target


def prefix_of(session: Session, target: Target, prefix: Any) -> list[Message]:
    """Return the messages that go ahead of every call.

    Args:
        prefix: The name or number of a thread, a reply with what it answered, or messages; None for nothing,
            True for the current thread.

    Raises:
        ConfigurationError: There is no such thread, or they are no messages.
    """
    if prefix is None:
        return []
    if prefix is True:
        current = session.conversations(target).current
        if current is None or not current.turns:
            raise ConfigurationError(f"prefix: there is no conversation with {target.assistant} yet")
        return current.history()
    if isinstance(prefix, Reply):
        return [*prefix.request.all_messages, *prefix.messages]
    if not isinstance(prefix, str):
        return check_messages("prefix", prefix)
    thread = session.conversations(target).named(prefix)
    if thread is None:
        known = [one.label for one in session.conversations(target).threads]
        there = f"; there are {', '.join(known)}" if known else ""
        raise ConfigurationError(f"prefix: no thread {prefix!r} of {target.assistant} in this kernel{there}")
    return thread.history()
