"""Whose word counts for a server's certificate: what the environment names, else what comes with certifi."""

from __future__ import annotations

import os
import ssl
from typing import Final

from langtail_nb._environment import MalformedVariable, given
from langtail_nb._http.unusable import Unusable

_FILE: Final = "SSL_CERT_FILE"
_FOLDER: Final = "SSL_CERT_DIR"
# Known to requests, curl and Node; an office that sets one means it for all.
_OTHERS: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


def ssl_context() -> ssl.SSLContext:
    """Return a context that trusts those whom ``SSL_CERT_FILE``, or else ``SSL_CERT_DIR``, names.

    httpx reads the same two, but passes over what is not there (0.27), or says nothing of its path (0.28).

    Raises:
        Unusable: What is named is not there, or holds no certificates; names the variable and the path.
    """
    named = _named()
    if named is None:
        import httpx  # heavy, and this module is also asked what to say

        return httpx.create_ssl_context(trust_env=False)
    variable, path = named
    if reason := _missing(variable, path):
        raise Unusable("certificates", f"{variable} names {path!r}, which {reason}")
    is_file = variable == _FILE
    try:
        return ssl.create_default_context(cafile=path if is_file else None, capath=None if is_file else path)
    except (OSError, ssl.SSLError) as exc:
        why = "holds no certificates" if isinstance(exc, ssl.SSLError) else f"cannot be read: {exc.strerror}"
    raise Unusable("certificates", f"{variable} names {path!r}, which {why}")


def remedy() -> str:
    """Return what helps where a certificate is not trusted."""
    try:
        named = _named()
    except Unusable as exc:
        return str(exc)
    if named is None:
        other = next((name for name in _OTHERS if os.environ.get(name)), None)
        instead = f"; {other} is not read" if other else ""
        return f"if your network has a certificate authority of its own, name its file in {_FILE}{instead}"
    variable, path = named
    form = "" if variable == _FILE else ", whose files must be named by `openssl rehash`"
    return f"the authorities in {variable} ({path!r}{form}) do not vouch for it"


def _named() -> tuple[str, str] | None:
    try:
        for variable in (_FILE, _FOLDER):
            if path := given(variable):
                return variable, path
    except MalformedVariable as exc:
        said = str(exc)
    else:
        return None
    raise Unusable("certificates", said)


def _missing(variable: str, path: str) -> str:
    if not os.path.exists(path):
        return "is not there"
    if variable == _FILE:
        return "" if os.path.isfile(path) else "is no file"
    return "" if os.path.isdir(path) else "is no folder"
