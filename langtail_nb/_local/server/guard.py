"""What every request passes first: where it comes from, how large it is, which key it shows."""

from __future__ import annotations

import hmac
import ipaddress
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from langtail_nb._local.asking.asked import KEY, Exchange, Services
from langtail_nb._local.asking.journal import LONGEST_BODY_BYTES, Entry
from langtail_nb._local.asking.responses import refusal_response
from langtail_nb._local.faults.faults import Faults, parse_faults
from langtail_nb._local.page.document import refused, root_of
from langtail_nb._local.protocol import refusals
from langtail_nb._local.protocol.assumed import BODY_LIMIT_BYTES
from langtail_nb._local.protocol.masking import Mask
from langtail_nb._local.protocol.refusals import Refusal
from langtail_nb._local.protocol.schema import parse_object
from langtail_nb._local.protocol.target import origin_form

SHORTEST_OWN_KEY = 8
"""A shorter key is not masked inside texts: it may be a word."""

_METADATA_HEADER = "x-langtail-metadata-"
_JOURNAL_PATH = "/_requests"
_LONGEST_ERROR_BYTES = 64 * 1024
_SHORTEST_GIVEN_KEY = 16


@dataclass(frozen=True, slots=True)
class Rules:
    """Whom the server answers."""

    host: str = "127.0.0.1"
    api_key: str | None = None
    prefix: str = ""


class Guard:
    """Reads a request, enters it in the journal, and lets it pass or refuses it."""

    def __init__(self, app: ASGIApp, services: Services, rules: Rules) -> None:
        self._app = app
        self._services = services
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; a lifespan passes untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = origin_form(scope)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if self._is_page(scope):
            await self._show(scope, headers, receive, send)
            return
        entry = self._enter(scope, headers)
        answer = _Answer(send)
        try:
            await self._pass(scope, headers, entry, receive, answer.send)
        except Refusal as refusal:
            await refusal_response(refusal)(scope, receive, answer.send)
        except ClientDisconnect:
            self._services.journal.closed_by_client(entry)
        finally:
            if answer.error:
                entry.fail(_as_json(bytes(answer.error)))
            self._services.journal.close(entry, answer.status)

    def _is_journal(self, scope: Scope) -> bool:
        return bool(scope["path"] == f"{self._rules.prefix}{_JOURNAL_PATH}")

    def _is_page(self, scope: Scope) -> bool:
        path: str = scope["path"]
        if not path.startswith(f"{self._rules.prefix}/"):
            return False
        return is_page(scope["method"], path.removeprefix(self._rules.prefix))

    async def _show(self, scope: Scope, headers: dict[str, str], receive: Receive, send: Send) -> None:
        # Not in the journal, which it would fill by showing it; who may see it is for the page to know.
        path = _within(scope["path"], self._rules.prefix)
        try:
            check_origin(self._rules.host, headers.get("host"), headers.get("origin"))
            await self._app({**scope, "path": path, "root_path": ""}, receive, send)
        except Refusal as refusal:
            await refused(refusal, root_of(path))(scope, receive, send)

    async def _pass(
        self, scope: Scope, headers: dict[str, str], entry: Entry, receive: Receive, send: Send
    ) -> None:
        check_origin(self._rules.host, headers.get("host"), headers.get("origin"))
        body = await _read(receive, headers)
        entry.body = _for_journal(entry.mask.bytes(body))
        entry.payload_bytes = len(body) if len(body) <= LONGEST_BODY_BYTES else 0
        entry.metadata = _header_metadata(entry.headers)
        if _must_not_be_recorded(entry.body, headers):
            entry.withhold()
        check_key(self._rules.api_key, headers)
        if self._is_journal(scope) and self._rules.api_key is None:
            check_name(headers.get("host"))
        exchange = Exchange(self._services, entry, tuple(scope["client"]), body, Faults())
        exchange.faults = parse_faults(headers.get("x-fault"))
        path = _within(scope["path"], self._rules.prefix)
        await self._app({**scope, "path": path, "root_path": "", KEY: exchange}, receive, send)

    def _enter(self, scope: Scope, headers: dict[str, str]) -> Entry:
        host, port = scope["client"]
        query = scope["query_string"].decode("latin-1")
        where = f"{host}:{port}"
        if self._is_journal(scope):
            return Entry(0, 0.0, where, scope["method"], scope["path"], query, {})
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        mask = Mask(_keys(self._rules.api_key, headers))
        entry = self._services.journal.open(where, scope["method"], path, query, headers.items(), mask)
        entry.fault = entry.headers.get("x-fault")
        return entry


class _Answer:
    """Sends an answer on, and keeps its status and, where it is an error, the start of its body."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None
        self.error = bytearray()

    async def send(self, message: Message) -> None:
        self.status = message.get("status", self.status)
        if self.status is not None and self.status >= 400:
            room = _LONGEST_ERROR_BYTES - len(self.error)
            self.error += message.get("body", b"")[:room]
        await self._send(message)


def is_page(method: str, path: str) -> bool:
    """Return whether a request is for the page and not for the API; four segments are a deployment's."""
    if path in ("/", "/favicon.ico"):
        return method in ("GET", "HEAD")
    return path.startswith("/_page/") and path.count("/") <= 3


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
    """Return the name in a ``Host`` header, without the port; empty where it has none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def check_name(asked: str | None) -> None:
    """Refuse what shows requests under a name that is not this machine's, where no key guards them.

    Beyond loopback any ``Host`` is the server's own, and a web page can make a name point here.

    Raises:
        Refusal: 403.
    """
    if not is_loopback(hostname(asked or "")):
        raise refusals.not_allowed("Requests are shown on this machine only; --api-key opens them elsewhere")


def is_loopback(name: str) -> bool:
    """Return whether a host name or address is this machine's loopback."""
    if name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    # As a socket for both families names a client of the older one.
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def check_key(api_key: str | None, headers: dict[str, str]) -> None:
    """Refuse a request without a key, or with another than the server's; both header forms will do.

    Raises:
        Refusal: 401.
    """
    given = _given_key(headers)
    if not given:
        raise refusals.bad_key()
    if api_key is not None and not hmac.compare_digest(given.encode(), api_key.encode()):
        raise refusals.bad_key()


def _given_key(headers: dict[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return headers.get("x-api-key") or (token if scheme.lower() == "bearer" else "")


def _keys(own: str | None, headers: dict[str, str]) -> Iterator[str]:
    # What is sent where no key is asked for may be a long word too.
    if own is not None and len(own) >= SHORTEST_OWN_KEY:
        yield own
    if len(given := _given_key(headers)) >= _SHORTEST_GIVEN_KEY:
        yield given


def _must_not_be_recorded(body: object, headers: dict[str, str]) -> bool:
    # Here already, not only once the body is known to be right: a refused request is recorded too.
    asked = body.get("doNotRecord") if isinstance(body, dict) else None
    return headers.get("x-langtail-do-not-record", "").lower() == "true" if asked is None else bool(asked)


async def _read(receive: Receive, headers: dict[str, str]) -> bytes:
    length = headers.get("content-length", "0")
    if length.isdecimal() and int(length) > BODY_LIMIT_BYTES:
        raise refusals.too_large(BODY_LIMIT_BYTES)
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part: bytes = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > BODY_LIMIT_BYTES:
            raise refusals.too_large(BODY_LIMIT_BYTES)
        if not message.get("more_body", False):
            return b"".join(parts)


def _for_journal(body: bytes) -> Any:
    if not body:
        return None
    if len(body) > LONGEST_BODY_BYTES:
        return {"bytes": len(body)}
    try:
        return parse_object(body)
    except Refusal:
        return body.decode(errors="replace")


def _as_json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode(errors="replace")


def _header_metadata(headers: dict[str, str]) -> dict[str, Any]:
    start = len(_METADATA_HEADER)
    return {name[start:]: value for name, value in headers.items() if name.startswith(_METADATA_HEADER)}


def _within(path: str, prefix: str) -> str:
    if not prefix:
        return path
    if not path.startswith(f"{prefix}/"):
        raise refusals.no_route()
    return path.removeprefix(prefix)
