"""A Request in, Chunks or a Reply out; everything that is said to Langtail starts here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from langtail_nb._client import key
from langtail_nb._client.attempts import Attempts, OnWait, Wait
from langtail_nb._client.base_url import base_url_of
from langtail_nb._client.key import ApiKey
from langtail_nb._client.refusal import Subject, status_error
from langtail_nb._client.stream import Stream, json_object, read_text, send
from langtail_nb._client.threads import Threads, moment
from langtail_nb._errors import ConfigurationError, StreamError
from langtail_nb._http.timeout import Timeout
from langtail_nb._types.deployment import Deployment
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request
from langtail_nb._types.target import Target

if TYPE_CHECKING:
    from langtail_nb._http.pool import Pool
    from langtail_nb._http.round_trip import Exchange

__all__ = ["Client", "Deployment", "Stream", "Timeout", "Wait"]

_JSON: Final = "application/json"


class Client:
    """A connection to one Langtail server. Make it once; use it from one event loop.

    Args:
        api_key: The key; None takes the one that belongs to the base URL.
        base_url: Where the API is, path prefix included; None takes ``LANGTAIL_BASE_URL``, then Langtail's.
        retries: Attempts after the first, where repeating is safe.
        max_connections: Calls at the same time; more wait for their turn.
        timeout: Limits of every call; a number limits every silence.

    Raises:
        ConfigurationError: There is no key, or the base URL cannot be used.
    """

    def __init__(
        self,
        api_key: str | ApiKey | None = None,
        base_url: str | None = None,
        *,
        retries: int = 2,
        max_connections: int = 100,
        timeout: Timeout | float = Timeout(),  # noqa: B008
    ) -> None:
        if retries < 0 or max_connections < 1:
            raise ConfigurationError("retries must be at least 0 and max_connections at least 1")
        self.base_url = base_url_of(base_url)
        self._key = _as_key(api_key, self.base_url)
        self.retries, self._max_connections = retries, max_connections
        self._timeout = Timeout.of(timeout)
        self._open_pool: Pool | None = None
        self._is_closed = False
        self.threads = Threads(self)

    def __repr__(self) -> str:
        return f"Client({self.base_url!r})"

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the idle connections; calls that run end, and close theirs."""
        self._is_closed = True
        await self._retire()

    async def _retire(self) -> None:
        """Keep no connection open any more; what still comes of earlier calls, such as a retry, is served."""
        if self._open_pool is not None:
            await self._open_pool.aclose()

    def stream(
        self,
        request: Request,
        *,
        on_wait: OnWait | None = None,
        timeout: Timeout | float | None = None,
        whole: bool = False,
    ) -> Stream:
        """Return the answer as a stream of chunks, to be entered with ``async with``. Nothing is sent before.

        Args:
            on_wait: Called before each wait for another attempt.
            timeout: Limits of this call.
            whole: Ask for the answer in one piece. It comes as one chunk.

        Raises:
            ConfigurationError: The request cannot be written as a URL or as JSON.
        """
        target = request.target
        subject = Subject(str(target), self._key, target=target, thread_id=request.thread_id)
        new_exchange = partial(
            self._exchange,
            "POST",
            _target_path(target),
            content=_body(request.body(stream=not whole)),
            accept=_JSON if whole else f"text/event-stream, {_JSON}",
            timeout=timeout,
        )
        # Repeating a call that continues a thread would append its message twice.
        attempts = Attempts(self.retries, repeatable=request.thread_id is None)
        return Stream(new_exchange, request, subject, attempts, on_wait)

    async def invoke(
        self, request: Request, *, on_wait: OnWait | None = None, timeout: Timeout | float | None = None
    ) -> Reply:
        """Return the answer, asked for in one piece.

        Raises:
            LangtailError: There is none; see :class:`Stream`.
        """
        async with self.stream(request, on_wait=on_wait, timeout=timeout, whole=True) as stream:
            async for _ in stream:
                pass
        return stream.reply

    async def config(self, target: Target | str) -> dict[str, Any]:
        """Return what is deployed: ``chatInput``, the variables with defaults, and ``state``.

        Raises:
            NotFoundError: Nothing is deployed there.
        """
        target = Target.parse(target) if isinstance(target, str) else target
        subject = Subject(str(target), self._key, target=target)
        return await self.call("GET", _target_path(target), subject)

    async def deployments(self) -> list[Deployment]:
        """Return all deployments the key may see, one for each version, in the server's order."""
        subject = Subject("the list of deployments", self._key)
        content = await self.call("GET", "list-deployments", subject)
        rows = content.get("deployments")
        return [_deployment(row) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    def subject(self, name: str, *, thread_id: str | None = None) -> Subject:
        """Return what a call is about, for its errors."""
        return Subject(name, self._key, thread_id=thread_id)

    async def call(
        self,
        method: str,
        path: str,
        subject: Subject,
        *,
        body: Mapping[str, Any] | None = None,
        repeatable: bool | None = None,
    ) -> dict[str, Any]:
        """Return the JSON object that an endpoint answers with.

        Args:
            path: Below the base URL, percent-encoded.
            repeatable: Whether the server may get it twice; None means if it is a GET.

        Raises:
            LangtailError: There is no such answer.
        """
        content = None if body is None else _body(body)
        new_exchange = partial(self._exchange, method, path, content=content, accept=_JSON, timeout=None)
        repeatable = method == "GET" if repeatable is None else repeatable
        exchange = await send(new_exchange, subject, Attempts(self.retries, repeatable=repeatable), None)
        return await _object_in(exchange, subject)

    def _exchange(
        self, method: str, path: str, *, content: bytes | None, accept: str, timeout: Timeout | float | None
    ) -> Exchange:
        from langtail_nb._http.round_trip import Exchange

        limits = self._timeout if timeout is None else Timeout.of(timeout)
        return Exchange(self._pool(), method, path, content=content, accept=accept, timeout=limits)

    def _pool(self) -> Pool:
        # Imported with the first call: httpx takes longer to import than the rest of the package.
        from langtail_nb._http.pool import Pool

        if self._is_closed:
            raise ConfigurationError("this client is closed")
        if self._open_pool is None:
            self._open_pool = Pool(self.base_url, self._key, max_connections=self._max_connections)
        return self._open_pool


async def _object_in(exchange: Exchange, subject: Subject) -> dict[str, Any]:
    from langtail_nb._http.round_trip import Broken

    try:
        body = await read_text(exchange, subject.key)
    except Broken as exc:
        raise StreamError(f"the answer about {subject.name} broke off: {exc}") from exc.__cause__
    finally:
        await exchange.close()
    content = json_object(body)
    if content is None or content.get("error") is not None:
        raise status_error(subject, exchange.status, exchange.headers, body)
    return content


def _as_key(api_key: str | ApiKey | None, url: str) -> ApiKey:
    if api_key is None:
        return key.resolve(url)
    return api_key if isinstance(api_key, ApiKey) else ApiKey(api_key, "the argument api_key")


def _body(content: Mapping[str, Any]) -> bytes:
    try:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except UnicodeEncodeError:  # half a character, which only JSON's escapes can carry
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as exc:
        raise ConfigurationError(f"the request cannot be written as JSON: {exc}") from None


def _target_path(target: Target) -> str:
    for name in ("workspace", "project", "assistant", "environment"):
        # A dot segment would be resolved on the way and reach another path.
        if getattr(target, name) in (".", ".."):
            raise ConfigurationError(f"{name} {getattr(target, name)!r} cannot be in a target")
    try:
        version = f"?v={quote(target.version, safe='')}" if target.version else ""
        return target.path + version
    except UnicodeEncodeError:
        raise ConfigurationError(f"target {str(target)!r} holds half a character") from None


def _deployment(row: Mapping[str, Any]) -> Deployment:
    version = row.get("version")
    return Deployment(
        assistant=str(row.get("promptSlug") or ""),
        environment=str(row.get("environment") or ""),
        version=str(version) if version else None,
        deployed_at=moment(row.get("deployedAt")),
    )
