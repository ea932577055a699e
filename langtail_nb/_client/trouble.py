"""What went wrong below HTTP, as our errors; and the way through a proxy. Knows httpx, and hides it."""

from __future__ import annotations

import os
import socket
import ssl
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from langtail_nb._client.attempts import Failure
from langtail_nb._client.key import ApiKey
from langtail_nb._errors import APIConnectionError, APITimeoutError
from langtail_nb._http.origin import is_loopback
from langtail_nb._http.proxy import Proxy
from langtail_nb._http.timeout import Timeout

_RESET = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, ssl.SSLEOFError)
_NOT_TAKEN = (ConnectionRefusedError, *_RESET)
_ENDED = ("EndOfStream", "BrokenResourceError")  # of anyio, which httpx brings along


@dataclass(frozen=True, slots=True)
class Route:
    """Where a client's requests go, for its errors."""

    base_url: str
    proxy: Proxy | None
    key: ApiKey

    @property
    def host(self) -> str:
        """The server's host name."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def where(self) -> str:
        """The server, in words."""
        through = f" through the proxy {self.proxy.name} ({self.proxy.variable})" if self.proxy else ""
        return f"{self.base_url}{through}"

    @property
    def hint(self) -> str:
        """What to look at when nobody answers there."""
        if is_loopback(self.host):
            return "has the local server stopped? %langtail local or langtail-nb serve starts one"
        return "is the network up, and the base URL right?"


def failure(exc: BaseException, route: Route, *, sent: bool, was_kept: bool, timeout: Timeout) -> Failure:
    """Return what an error of httpx, or a TimeoutError of our own, means for the call."""
    if isinstance(exc, httpx.ConnectTimeout):
        text = f"no connection to {route.where} within {timeout.connect:g} s; {route.hint}"
        return Failure(APITimeoutError(text), "no connection")
    if isinstance(exc, httpx.TimeoutException | TimeoutError):
        remedy = "a slow model needs a longer timeout"
        text = f"{route.where} gave no answer within {timeout.first_byte:g} s; {remedy}"
        return Failure(APITimeoutError(text, sent=sent), "no answer")
    text = _before_sending(exc, route) if not sent else _after_sending(exc, route)
    causes = {type(cause) for cause in _causes(exc)}
    if not sent:
        refused = any(issubclass(kind, _NOT_TAKEN) or kind.__name__ in _ENDED for kind in causes)
        return Failure(APIConnectionError(text), "connection refused", was_refused=refused)
    passing = _is_break(exc)
    return Failure(
        APIConnectionError(text, sent=True),
        "connection broken",
        is_passing=passing,
        was_stale=passing and was_kept,
    )


def break_in_words(exc: BaseException, limit: float | None) -> str:
    """Return why an answer broke off, as the end of a sentence; ``limit`` is what its silence had."""
    if isinstance(exc, httpx.TimeoutException | TimeoutError):
        return f"no data for {limit:g} s"
    if _is_break(exc):
        return "the connection was closed before its end"
    return f"it cannot be read: {_line(exc)}"


def scrub(exc: BaseException, key: ApiKey) -> None:
    """Drop the local variables of the libraries' frames below ``exc``, and the key from its texts.

    They hold the request as it is written to the socket; IPython's ``%xmode Verbose`` prints them.
    """
    for cause in _causes(exc):
        traceback.clear_frames(cause.__traceback__)
        cause.args = tuple(key.mask(arg) if isinstance(arg, str) else arg for arg in cause.args)


def _before_sending(exc: BaseException, route: Route) -> str:
    cause = _telling_cause(exc)
    if isinstance(exc, httpx.ProxyError) and route.proxy is not None:
        name = f"{route.proxy.name} ({route.proxy.variable})"
        return f"the proxy {name} does not connect to {route.host}: {_line(exc)}"
    if isinstance(cause, socket.gaierror):
        name = route.proxy.name if route.proxy else route.host
        return f"no host {name!r} is known to this network ({cause.strerror}); {route.hint}"
    if isinstance(cause, ssl.SSLCertVerificationError):
        remedy = "if your network has a certificate authority of its own, name its file in SSL_CERT_FILE"
        return f"the certificate of {route.where} is not trusted: {cause.verify_message}; {remedy}"
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, _RESET):
        return f"TLS with {route.where} failed: {cause.reason or _line(cause)}; does it speak https?"
    said = os.strerror(cause.errno).lower() if isinstance(cause, OSError) and cause.errno else _line(exc)
    return f"cannot connect to {route.where}: {said}; {route.hint}"


def _after_sending(exc: BaseException, route: Route) -> str:
    if _is_break(exc):
        return f"{route.where} closed the connection without an answer; it may have received the request"
    return f"{route.where} gave no HTTP answer: {_line(exc)}"


def _is_break(exc: BaseException) -> bool:
    if isinstance(exc, httpx.NetworkError):
        return True
    # What h11 rejects is nonsense from the server; without it, the connection ended early.
    nonsense = any(type(cause).__module__.startswith("h11") for cause in _causes(exc))
    return isinstance(exc, httpx.RemoteProtocolError) and (not nonsense or "peer closed" in str(exc))


def _telling_cause(exc: BaseException) -> BaseException:
    kinds = (socket.gaierror, ssl.SSLError, ConnectionRefusedError, *_RESET, OSError)
    causes = [*_causes(exc)]
    for kind in kinds:
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
