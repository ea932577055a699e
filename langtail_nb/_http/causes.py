"""Errors of httpcore and what lies below it in, our faults out."""

from __future__ import annotations

import os
import re
import socket
import ssl
import traceback
from collections.abc import Collection, Iterator
from http import HTTPStatus
from typing import Final

import httpcore

from langtail_nb._http.fault import Fault, Kind
from langtail_nb._http.proxy import Proxy
from langtail_nb._http.secret import Secret

_RESET: Final = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, ssl.SSLEOFError)
_NOT_TAKEN: Final = (ConnectionRefusedError, *_RESET)
_ENDED: Final = ("EndOfStream", "BrokenResourceError")  # of anyio, which httpcore brings along
_MOST_TELLING_FIRST: Final = (socket.gaierror, ssl.SSLError, ConnectionRefusedError, *_RESET, OSError)


def fault_of(exc: BaseException, *, sent: bool, was_kept: bool, proxy: Proxy | None) -> Fault:
    """Return what an error of a connection, or a TimeoutError of our own, says."""
    kind, said = _before(exc) if not sent else _after(exc)
    is_timeout = kind in ("no connection in time", "silence")
    return Fault(
        kind,
        said,
        sent=sent,
        was_refused=not sent and not is_timeout and any(map(_is_refusal, _causes(exc))),
        was_kept=was_kept,
        proxy=proxy,
    )


def forget(exc: BaseException, secrets: Collection[Secret]) -> None:
    """Drop the local variables of the libraries' frames below ``exc``, and the secrets from its texts.

    They hold the request as it is written to the socket; IPython's ``%xmode Verbose`` prints them.
    """
    for cause in _causes(exc):
        traceback.clear_frames(cause.__traceback__)
        for secret in secrets:
            cause.args = tuple(secret.mask(arg) if isinstance(arg, str) else arg for arg in cause.args)


def _before(exc: BaseException) -> tuple[Kind, str]:
    if (timed_out := _timeout(exc)) is not None:
        return timed_out, _line(exc)
    cause = _telling_cause(exc)
    if isinstance(exc, httpcore.ProxyError):
        return "proxy", _refusal_of_a_proxy(exc)
    if isinstance(cause, socket.gaierror):
        return "no host", str(cause.strerror)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "certificate", cause.verify_message
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, _RESET):
        return "TLS", cause.reason or _line(cause)
    is_numbered = isinstance(cause, OSError) and cause.errno
    return "no connection", os.strerror(cause.errno).lower() if is_numbered else _line(exc)  # type: ignore[attr-defined]


def _refusal_of_a_proxy(exc: httpcore.ProxyError) -> str:
    # Not in the proxy's own words, which may name the user.
    found = re.match(r"(\d{3})\b", str(exc))
    try:
        return f"{found[0]} {HTTPStatus(int(found[0])).phrase}" if found else _line(exc)
    except ValueError:
        return f"status {found[0]}" if found else _line(exc)


def _after(exc: BaseException) -> tuple[Kind, str]:
    if (timed_out := _timeout(exc)) is not None:
        return timed_out, _line(exc)
    return "break" if _is_break(exc) else "nonsense", _line(exc)


def _timeout(exc: BaseException) -> Kind | None:
    if isinstance(exc, httpcore.ConnectTimeout):
        return "no connection in time"
    return "silence" if isinstance(exc, httpcore.TimeoutException | TimeoutError) else None


def _is_refusal(cause: BaseException) -> bool:
    return isinstance(cause, _NOT_TAKEN) or type(cause).__name__ in _ENDED


def _is_break(exc: BaseException) -> bool:
    if isinstance(exc, httpcore.NetworkError):
        return True
    # What h11 rejects is nonsense from the server; without it, the connection ended early.
    nonsense = any(type(cause).__module__.startswith("h11") for cause in _causes(exc))
    return isinstance(exc, httpcore.RemoteProtocolError) and (not nonsense or "peer closed" in str(exc))


def _telling_cause(exc: BaseException) -> BaseException:
    causes = [*_causes(exc)]
    for kind in _MOST_TELLING_FIRST:
        found = [cause for cause in causes if isinstance(cause, kind)]
        if found:
            return found[-1]
    return exc


def _causes(exc: BaseException) -> Iterator[BaseException]:
    waiting, seen = [exc], set[int]()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        members = current.exceptions if isinstance(current, BaseExceptionGroup) else ()
        waiting += [
            cause for cause in (current.__cause__, current.__context__, *members) if cause is not None
        ]


def _line(exc: BaseException) -> str:
    return " ".join(str(exc).split()) or type(exc).__name__
