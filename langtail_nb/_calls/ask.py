"""``lt.ask``: one call from Python, with the settings of a cell and without its display."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, SupportsFloat

from langtail_nb._calls.call import take_turn
from langtail_nb._calls.manner import unseen
from langtail_nb._errors import ConfigurationError, LangtailWarning
from langtail_nb._kernel.conversation.route import Route
from langtail_nb._kernel.session import session
from langtail_nb._line.options import spellings
from langtail_nb._text.near import near
from langtail_nb._types.config import variables_of
from langtail_nb._types.fields import FIELDS
from langtail_nb._types.json_value import Named
from langtail_nb._types.limits import check_timeout
from langtail_nb._types.remarks import unknown_variables
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request, named_values
from langtail_nb._types.signature import names_parameters
from langtail_nb._types.target import Target

# "temprature" reaches it, "topic" beside "stop" does not.
_ALMOST: Final = 0.8
_OPTIONS: Final = {name.lstrip("-").replace("-", "_") for name in spellings("cell") if name.startswith("--")}

# What takes variables in one function is no name in the other.
_VARIABLES: Final = {"vars", "variables"}


@names_parameters
def ask(
    message: str | Sequence[Mapping[str, Any]] | None = None,
    *,
    target: str | None = None,
    thread: str | None = None,
    variables: Named | None = None,
    messages: Sequence[Mapping[str, Any]] = (),
    as_deployed: bool = False,
    json: bool = False,
    timeout: SupportsFloat | None = None,
    **named: Any,
) -> Reply:
    """Return the answer to one call, made with the settings that a ``%%langtail`` cell has.

    It waits, can be interrupted, and shows nothing.

    Args:
        message: The user's message, text or content parts.
        target: As on a cell's line; the current one if not given.
        thread: Name of the thread to continue. Without it the call opens a thread of its own.
        variables: Template variables, for names that are also parameters; a dict, or what counts as one, such
            as a row of a table.
        messages: Messages before ``message``, in wire form.
        as_deployed: Leave out every override of the settings.
        json: Ask for JSON, unless a response format is set; ``reply.json()`` decodes it.
        timeout: Seconds of silence before giving up.
        **named: Parameters such as ``temperature``; other names are template variables. One that is almost a
            parameter's, or an option of cells, and no variable of the assistant is refused; ``variables``
            takes it all the same. Any other that the assistant does not have is sent, and a
            :class:`LangtailWarning` names it once.

    Raises:
        ConfigurationError: A value is wrong; nothing was sent.
        LangtailError: The call failed, or gave no JSON where that was asked for; its ``reply`` holds what had
            arrived.

    Example:
        >>> print(lt.ask("How long does it take?", delivery="two weeks", temperature=0).text)
        system: Delivery takes two weeks.
        user: How long does it take?
    """
    if "api_key" in named:
        named.clear()  # a traceback would print it
        raise ConfigurationError(
            "lt.ask takes no key, and would send it as a variable: set LANGTAIL_API_KEY, or make an lt.Client"
        )
    parameters = {name: value for name, value in named.items() if name in FIELDS}
    others = {name: value for name, value in named.items() if name not in FIELDS}
    resolved = session.target(target)
    unsure = refuse_slips(resolved, others)
    request = session.settings.request(
        message,
        target=resolved,
        variables={**others, **named_values(variables)},
        messages=messages,
        as_deployed=as_deployed,
        json=json,
        **parameters,
    )
    manner = unseen(
        session,
        given=frozenset(parameters),
        timeout=None if timeout is None else check_timeout(timeout),
    )
    given = {*others, *named_values(variables)}
    _warn(request, given, unsure)
    try:
        reply = take_turn(session, request, route=Route(thread, apart=thread is None), manner=manner)
    finally:
        _warn(request, given, ())  # by now what is deployed has been read
    if json:
        # As in a cell: what is none fails with the reason; the answer itself is kept by now.
        reply.json()
    return reply


def refuse_slips(target: Target, names: Iterable[str], *, by: str = "variables") -> list[str]:
    """Refuse a name that means something else and is, as far as is known, no variable of the assistant.

    It is almost a parameter's, or that of an option of cells. Returns those of which nothing is known.

    Args:
        target: Whose variables they may be.
        names: Those that were given.
        by: The argument by which any name is sent.
    """
    slips = [
        name
        for name in names
        if name in _OPTIONS | _VARIABLES or get_close_matches(name, FIELDS, n=1, cutoff=_ALMOST)
    ]
    config = session.config_soon(target) if slips else None
    if config is None:
        return slips
    known = variables_of(config, session.settings.overrides(target).get("template"))
    for name in slips:
        if name not in known:
            raise ConfigurationError(
                f"{name!r} is {_other(name, by)} variable of {target.assistant}{near(name, FIELDS)}; "
                f"nothing was sent. To send it all the same: {by}={{{name!r}: ...}}"
            )
    return []


def _other(name: str, by: str) -> str:
    if name in _VARIABLES:
        return f"not how variables are given, which is {by}={{...}}, and no"
    return "an option of cells, and no" if name in _OPTIONS else "neither a parameter nor a"


def _warn(request: Request, given: Collection[str], unsure: Iterable[str]) -> None:
    """Warn the caller of each name that the assistant does not have, or may not, once in a kernel."""
    config = session.deployed.config(session.base_url, request.target)
    told = {name: f"{name!r} went as a variable; what is deployed cannot be read" for name in unsure}
    told |= unknown_variables(config, request) if config is not None else {}
    for name, sentence in told.items():
        if name in given and session.tell_once(f"{request.target.identity} has no variable {name}"):
            warnings.warn(sentence, LangtailWarning, stacklevel=3)


def last() -> Reply | None:
    """Return the newest reply of this kernel, partial and failed ones included, or None.

    Example:
        >>> _ = lt.ask("How long does it take?")
        >>> print(lt.last().text)
        system: Delivery takes 3 days.
        user: How long does it take?
    """
    return session.last
