"""What the arguments of a client must be: anything else is told in one line, before anything is sent.

Not left to fail by itself: with ``%xmode Verbose`` the traceback of a TypeError prints the values of the line
that failed, and a key may be among them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._http.timeout import Timeout
from langtail_nb._http.transport import Transport
from langtail_nb._text.near import near
from langtail_nb._types.limits import check_timeout
from langtail_nb._types.request import Request
from langtail_nb._types.target import Target


def wrong_call(function: Callable[..., Any], arguments: Sequence[Any], named: Mapping[str, Any]) -> str:
    """Return what is wrong with the arguments of a method of an object, ``""`` for nothing."""
    try:
        signature(function).bind(None, *arguments, **named)
    except TypeError as exc:
        unknown = next((name for name in named if name not in signature(function).parameters), "")
        return f"{exc}{near(unknown, signature(function).parameters) if unknown else ''}"
    return ""


def check_count(name: str, value: Any, *, least: int) -> int:
    """Return a whole number that is not too small."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigurationError(f"{name} must be a whole number, at least {least}, not {value!r}")
    return value


def limits_of(timeout: Any) -> Timeout:
    """Return limits of a call; a number limits every silence."""
    if not isinstance(timeout, Timeout):
        return Timeout.of(check_timeout(timeout))
    for limit in (timeout.connect, timeout.first_byte, timeout.silence):
        if limit is not None:
            check_timeout(limit)
    return timeout


def check_transport(transport: Any) -> Transport | None:
    """Return what carries calls, None for the network."""
    if transport is not None and not callable(getattr(transport, "exchange", None)):
        raise ConfigurationError(f"transport carries no calls: {_brief(transport)} has no method exchange")
    carrier: Transport | None = transport
    return carrier


def check_request(request: Any) -> Request:
    """Return a request."""
    if not isinstance(request, Request):
        raise ConfigurationError(f"a call takes lt.Request(TARGET, MESSAGE), not {_brief(request)}")
    return request


def check_target(target: Any) -> Target:
    """Return a target, given as one or as its text."""
    if isinstance(target, Target):
        return target
    if not isinstance(target, str):
        raise ConfigurationError(f"a target is text, such as 'support/production', not {_brief(target)}")
    return Target.parse(target)


def check_mapping(name: str, value: Any) -> dict[str, Any]:
    """Return a copy of a mapping."""
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{name} must be a dict, not {_brief(value)}")
    return dict(value)


def _brief(value: object) -> str:
    kind = type(value).__name__
    return f"{kind} {value!r:.40}" if isinstance(value, str | int | float) else kind
