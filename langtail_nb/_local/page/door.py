"""Who may see the page. A browser cannot send ``X-API-Key``, so there are two more ways to show the key.

    no key set      a browser of this machine, which names it by a name of this machine
    a key is set    the key as the password of HTTP Basic, or a ticket that somebody with the key asked for

A ticket opens the page once, for the browser that brings it, which then has a session of its own. Neither
opens the API.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import html
import secrets
import time
from collections.abc import Callable
from typing import Final, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from langtail_nb._http.origin import is_loopback
from langtail_nb._local.protocol.access import SHORTEST_OWN_KEY, check_key, hostname
from langtail_nb._local.protocol.masking import Mask
from langtail_nb._local.protocol.refusals import Refusal, error_object, not_allowed

TICKET_LASTS_S: Final = 600.0
"""How long a ticket can be used."""

T = TypeVar("T")

_KEPT = 100
_REALM = 'Basic realm="langtail-nb"'
_ASK = "This page asks for the server's key: any user name, and the key as the password."
_ELSEWHERE = (
    "The server has no key, so its page is for this machine only. Open it here as http://127.0.0.1:{port}/, "
    "or start the server with --api-key KEY."
)


class Door:
    """Lets those in who may see the page.

    Args:
        api_key: The server's own key, None where it takes any.
        clock: Seconds; what tickets are timed by.
    """

    def __init__(self, api_key: str | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._api_key = api_key
        self._clock = clock
        self._tickets: dict[str, float] = {}
        self._sessions: dict[str, None] = {}

    @property
    def has_key(self) -> bool:
        """Whether the server has a key of its own."""
        return self._api_key is not None

    def check(self, request: Request) -> None:
        """Refuse a request that may not see the page.

        Raises:
            Refusal: 403 from elsewhere where no key is set, 401 where the key is missing or wrong.
        """
        if self._api_key is None:
            _check_near(request)
        elif not (self._has_session(request) or self._shows_key(request)):
            message = error_object(_ASK, "authentication_error")
            raise Refusal(401, message, headers={"www-authenticate": _REALM}, message=_ASK)

    def check_api_key(self, request: Request) -> None:
        """Refuse a request without the key in one of the API's two headers.

        Raises:
            Refusal: 401.
        """
        check_key(self._api_key, dict(request.headers))

    def masked(self, response: Response) -> Response:
        """Return a page without the key, which a thread may hold because somebody sent it as a message."""
        if self._api_key is not None and len(self._api_key) >= SHORTEST_OWN_KEY:
            response.body = Mask([html.escape(self._api_key)]).bytes(bytes(response.body))
            response.headers["content-length"] = str(len(response.body))
        return response

    def ticket(self) -> str:
        """Return a new ticket, good for one visit within `TICKET_LASTS_S`."""
        return _remember(self._tickets, self._clock() + TICKET_LASTS_S)

    def enter(self, ticket: str) -> str | None:
        """Return a new session in exchange for a ticket; None where it is unknown, used or late."""
        until = self._tickets.pop(ticket, None)
        if until is None or self._clock() > until:
            return None
        return _remember(self._sessions, None)

    def _has_session(self, request: Request) -> bool:
        return request.cookies.get(cookie_name(request), "") in self._sessions

    def _shows_key(self, request: Request) -> bool:
        assert self._api_key is not None
        password = _password(request.headers.get("authorization", ""))
        if password is not None:
            return hmac.compare_digest(password, self._api_key.encode())
        try:
            self.check_api_key(request)
        except Refusal:
            return False
        return True


def cookie_name(request: Request) -> str:
    """Return the name of the session's cookie; a browser sends cookies to every port of a host."""
    return f"langtail_nb_{request.scope['server'][1]}"


def _check_near(request: Request) -> None:
    # The name as well as the address: where any host is answered, a page elsewhere could have its own name
    # point to this machine, and a browser of this machine would read for it.
    client, name = request.scope["client"][0], hostname(request.headers.get("host", ""))
    if not (is_loopback(client) and is_loopback(name)):
        raise not_allowed(_ELSEWHERE.format(port=request.scope["server"][1]))


def _password(authorization: str) -> bytes | None:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(credentials, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""


def _remember(known: dict[str, T], value: T) -> str:
    while len(known) >= _KEPT:
        del known[next(iter(known))]
    token = secrets.token_urlsafe(32)
    known[token] = value
    return token
