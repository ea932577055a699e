"""Whose request is answered: where it comes from, by which name it calls this machine, which key it shows."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator
from typing import Final

from langtail_nb._http.origin import is_loopback
from langtail_nb._local.protocol import refusals

SHORTEST_OWN_KEY = 8
"""A shorter key is not masked inside texts: it may be a word."""

_SHORTEST_GIVEN_KEY = 16
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[\w.-]+)(?::\d*)?", re.IGNORECASE)


def check_origin(host: str, asked: str | None, origin: str | None) -> None:
    """Refuse a request that a web page elsewhere could have made.

    A foreign ``Host`` is a name that was made to point here; a foreign ``Origin`` is another site's page.
    Where the server was told to listen beyond loopback, any host is its own.

    Raises:
        Refusal: 403.
    """
    if is_loopback(host) and not is_loopback(hostname(asked or "")):
        raise refusals.not_allowed("This server answers only to the name of its own machine")
    if origin is not None and origin.partition("://")[2] != asked:
        raise refusals.not_allowed("This server answers no other site's pages")


def hostname(host: str) -> str:
    """Return the name in a ``Host`` header, without the port; empty where it has none, or cannot be read."""
    found = _HOST.fullmatch(host)
    return found[1].strip("[]").lower() if found else ""


def check_name(asked: str | None) -> None:
    """Refuse what shows requests under a name that is not this machine's, where no key guards them.

    Beyond loopback any ``Host`` is the server's own, and a web page can make a name point here.

    Raises:
        Refusal: 403.
    """
    if not is_loopback(hostname(asked or "")):
        raise refusals.not_allowed("Requests are shown on this machine only; --api-key opens them elsewhere")


def check_key(api_key: str | None, headers: dict[str, str]) -> None:
    """Refuse a request without a key, or with another than the server's; both header forms will do.

    Raises:
        Refusal: 401.
    """
    given = given_key(headers)
    if not given:
        raise refusals.bad_key()
    if api_key is not None and not hmac.compare_digest(given.encode(), api_key.encode()):
        raise refusals.bad_key()


def given_key(headers: dict[str, str]) -> str:
    """Return the key that a request shows in either header, empty where it shows none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return headers.get("x-api-key") or (token if scheme.lower() == "bearer" else "")


def keys_of(own: str | None, headers: dict[str, str]) -> Iterator[str]:
    """Return the keys that one request must not leave behind: the server's own, and the one it shows."""
    # What is sent where no key is asked for may be a long word too.
    if own is not None and len(own) >= SHORTEST_OWN_KEY:
        yield own
    if len(given := given_key(headers)) >= _SHORTEST_GIVEN_KEY:
        yield given
