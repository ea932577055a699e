"""What every request passes first: where it comes from, how large it is, which key it shows."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from h11 import LocalProtocolError
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from langtail_nb._local.asking.journal_entry import LONGEST_BODY_BYTES, JournalEntry
from langtail_nb._local.asking.responses import refusal_response
from langtail_nb._local.asking.served_call import KEY, ServedCall
from langtail_nb._local.asking.services import Services
from langtail_nb._local.faults.faults import Faults, parse_faults
from langtail_nb._local.page.document import refused, root_of
from langtail_nb._local.protocol import refusals
from langtail_nb._local.protocol.access import check_key, check_name, check_origin, keys_of
from langtail_nb._local.protocol.assumed import BODY_LIMIT_BYTES
from langtail_nb._local.protocol.masking import Mask
from langtail_nb._local.protocol.origin_form import origin_form
from langtail_nb._local.protocol.refusals import Refusal
from langtail_nb._local.protocol.schema import parse_object

_METADATA_HEADER = "x-langtail-metadata-"
_JOURNAL_PATH = "/_requests"
_TOKENS_PATH = "/_tokens/"
_LONGEST_ERROR_BYTES = 64 * 1024


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
        answer = _Overheard(send, entry)
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
        self, scope: Scope, headers: dict[str, str], entry: JournalEntry, receive: Receive, send: Send
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
        call = ServedCall(self._services, entry, tuple(scope["client"]), body, Faults())
        call.faults = parse_faults(headers.get("x-fault"))
        path = _within(scope["path"], self._rules.prefix)
        await self._app({**scope, "path": path, "root_path": "", KEY: call}, receive, send)

    def _enter(self, scope: Scope, headers: dict[str, str]) -> JournalEntry:
        host, port = scope["client"]
        query = scope["query_string"].decode("latin-1")
        where = f"{host}:{port}"
        if self._is_journal(scope) or scope["path"].startswith(f"{self._rules.prefix}{_TOKENS_PATH}"):
            # Neither is a call of the API, and a count is asked for with every look at the status.
            return JournalEntry(0, 0.0, where, scope["method"], scope["path"], query, {})
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        mask = Mask(keys_of(self._rules.api_key, headers))
        entry = self._services.journal.open(where, scope["method"], path, query, headers.items(), mask)
        entry.fault = entry.headers.get("x-fault")
        return entry


class _Overheard:
    """Sends an answer on, and keeps its status and, where it is an error, the start of its body."""

    def __init__(self, send: Send, entry: JournalEntry) -> None:
        self._send, self._entry = send, entry
        self.status: int | None = None
        self.error = bytearray()

    async def send(self, message: Message) -> None:
        # Entered before it is sent: who has the answer may read the journal at once.
        self.status = self._entry.status = message.get("status", self.status)
        if self.status is not None and self.status >= 400:
            room = _LONGEST_ERROR_BYTES - len(self.error)
            self.error += message.get("body", b"")[:room]
        # What the client sent behind its request may have ended the connection meanwhile: nobody listens.
        with suppress(LocalProtocolError):
            await self._send(message)


def is_page(method: str, path: str) -> bool:
    """Return whether a request is for the page and not for the API; four segments are a deployment's."""
    if path in ("/", "/favicon.ico"):
        return method in ("GET", "HEAD")
    return path.startswith("/_page/") and path.count("/") <= 3


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
