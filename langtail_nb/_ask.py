"""``lt.ask``: one call from Python, with the settings of a cell and without its display."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langtail_nb import _exchange
from langtail_nb._fields import FIELDS
from langtail_nb._reply import Reply
from langtail_nb._route import Route
from langtail_nb._session import session
from langtail_nb._traits import check_timeout


def ask(
    message: str | Sequence[Mapping[str, Any]] | None = None,
    *,
    target: str | None = None,
    thread: str | None = None,
    variables: Mapping[str, Any] | None = None,
    messages: Sequence[Mapping[str, Any]] = (),
    as_deployed: bool = False,
    timeout: float | None = None,
    **named: Any,
) -> Reply:
    """Return the answer to one call, made with the settings that a ``%%langtail`` cell has.

    It waits, can be interrupted, and shows nothing.

    Args:
        message: The user's message, text or content parts.
        target: As on a cell's line; the current one if not given.
        thread: Name of the thread to continue. Without it the call opens a thread of its own.
        variables: Template variables, for names that are also parameters.
        messages: Messages before ``message``, in wire form.
        as_deployed: Leave out every override of the settings.
        timeout: Seconds of silence before giving up.
        **named: Parameters such as ``temperature``; every other name is a template variable.

    Raises:
        ConfigurationError: A value is wrong; nothing was sent.
        LangtailError: The call failed; its ``reply`` holds what had arrived.
    """
    parameters = {name: value for name, value in named.items() if name in FIELDS}
    others = {name: value for name, value in named.items() if name not in FIELDS}
    request = session.settings.request(
        message,
        target=session.target(target),
        variables={**others, **(variables or {})},
        messages=messages,
        as_deployed=as_deployed,
        **parameters,
    )
    manner = _exchange.unseen(
        session,
        given=frozenset(parameters),
        timeout=None if timeout is None else check_timeout(timeout),
    )
    return _exchange.run(session, request, route=Route(thread, apart=thread is None), manner=manner)


def last() -> Reply | None:
    """Return the newest reply of this kernel, partial and failed ones included, or None."""
    return session.last
