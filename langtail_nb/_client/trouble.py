"""Faults below HTTP as our errors, in a user's words. The only place that says them."""

from __future__ import annotations

from urllib.parse import urlsplit

from langtail_nb._client.attempts import Failure
from langtail_nb._errors import APIConnectionError, APITimeoutError, ConfigurationError
from langtail_nb._http import certificates
from langtail_nb._http.fault import Broken, Fault
from langtail_nb._http.origin import is_encrypted, is_loopback
from langtail_nb._http.timeout import Timeout
from langtail_nb._http.unusable import Unusable


def failure(fault: Fault, base_url: str, timeout: Timeout) -> Failure:
    """Return what it means for a call that no answer came."""
    match fault.kind:
        case "no connection in time":
            limit = f"within {timeout.connect:g} s"
            text = f"no connection to {_where(fault, base_url)} {limit}; {_hint(base_url)}"
            return Failure(APITimeoutError(text), "no connection")
        case "silence":
            remedy = "a slow model needs a longer timeout"
            text = f"{_where(fault, base_url)} gave no answer within {timeout.first_byte:g} s; {remedy}"
            return Failure(APITimeoutError(text, sent=fault.sent), "no answer")
    if not fault.sent:
        error = APIConnectionError(_before_sending(fault, base_url))
        return Failure(error, "connection refused", was_refused=fault.was_refused)
    is_passing = fault.kind == "break"
    return Failure(
        APIConnectionError(_after_sending(fault, base_url), sent=True),
        "connection broken",
        is_passing=is_passing,
        was_stale=is_passing and fault.was_kept,
    )


def why_broken(broken: Broken) -> str:
    """Return why an answer broke off, as the end of a sentence."""
    match broken.fault.kind:
        case "silence" | "no connection in time":
            return f"no data for {broken.limit_s:g} s"
        case "break":
            return "the connection was closed before its end"
    return f"it cannot be read: {broken.fault.said}"


def unusable(exc: Unusable) -> ConfigurationError:
    """Return the error for an address, a proxy or certificates that are of no use."""
    return ConfigurationError("the target is too long for a URL" if exc.part == "address" else str(exc))


def _before_sending(fault: Fault, base_url: str) -> str:
    where, proxy = _where(fault, base_url), fault.proxy
    match fault.kind:
        case "proxy" if proxy is not None:
            remedy = f"; are user and password in {proxy.variable} right?" if "407" in fault.said else ""
            name = f"{proxy.name} ({proxy.variable})"
            return f"the proxy {name} does not connect to {_host(base_url)}: {fault.said}{remedy}"
        case "no host":
            if proxy is not None:
                return f"no host {proxy.name!r}, which {proxy.variable} names, is known ({fault.said})"
            return f"no host {_host(base_url)!r} is known to this network ({fault.said}); {_hint(base_url)}"
        case "certificate":
            return f"the certificate of {where} is not trusted: {fault.said}; {certificates.remedy()}"
        case "TLS":
            return f"TLS with {where} failed: {fault.said}; does it speak https?"
    return f"cannot connect to {where}: {fault.said}; {_hint(base_url)}"


def _after_sending(fault: Fault, base_url: str) -> str:
    where = _where(fault, base_url)
    if fault.kind == "break":
        return f"{where} closed the connection without an answer; it may have received the request"
    return f"{where} gave no HTTP answer: {fault.said}"


def _where(fault: Fault, base_url: str) -> str:
    proxy = fault.proxy
    return base_url + (f" through the proxy {proxy.name} ({proxy.variable})" if proxy is not None else "")


def _host(base_url: str) -> str:
    return urlsplit(base_url).hostname or ""


def _hint(base_url: str) -> str:
    """Return what to look at when nobody answers there."""
    if is_loopback(_host(base_url)):
        return "has the local server stopped? %langtail local or langtail-nb serve starts one"
    if not is_encrypted(base_url):
        return "does `langtail-nb serve --host 0.0.0.0` run there, and does no firewall stand between?"
    return "is the network up, and the base URL right?"
