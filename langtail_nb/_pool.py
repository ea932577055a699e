"""Connections: a stack of single ones, the last used on top; and one request on one of them.

One httpx client with many connections collapses (110 calls a second at concurrency 100, seen with httpx 0.28:
its pool looks through all of them for each request); as many transports of one connection each do not.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from functools import cached_property
from typing import Any, ClassVar, Final

import httpx

from langtail_nb._errors import ConfigurationError
from langtail_nb._key import ApiKey
from langtail_nb._network import Route, break_in_words, failure, proxy_for, scrub
from langtail_nb._refusal import without_key
from langtail_nb._retry import Failure, Timeout
from langtail_nb._version import __version__

# Longer than a reader's pause between two cells helps, but routers forget idle connections without a word.
_KEPT_S: Final = 30.0
_DRAIN_S: Final = 0.5


class Pool:
    """The connections of one client to one origin. Used from one event loop at a time."""

    def __init__(self, base_url: str, key: ApiKey, *, max_connections: int) -> None:
        self.route = Route(base_url, proxy_for(base_url), key)
        self._size = max_connections
        self._idle: list[tuple[float, httpx.AsyncHTTPTransport]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._slots = asyncio.Semaphore(max_connections)
        self.is_closed = False
        _masking.keys.add(key)
        logging.getLogger("httpcore.http11").addFilter(_masking)  # adds it once only

    async def take(self) -> httpx.AsyncHTTPTransport:
        """Return a transport, the last one used if any is idle; waits where all are busy."""
        if asyncio.get_running_loop() is not self._loop:
            self._move()
        slots = self._slots
        await slots.acquire()
        try:
            await self._close_old()
            return self._idle.pop()[1] if self._idle else self._new()
        except BaseException:
            slots.release()
            raise

    async def give_back(self, transport: httpx.AsyncHTTPTransport, *, keep: bool) -> None:
        """Put a transport on the stack, or close its connection at once."""
        self._slots.release()
        if keep and not self.is_closed:
            self._idle.append((time.monotonic(), transport))
        else:
            await transport.aclose()

    async def aclose(self) -> None:
        """Close what is idle; what is in use closes when its call ends."""
        self.is_closed = True
        idle, self._idle = self._idle, []
        for _, transport in idle:
            await transport.aclose()

    def _move(self) -> None:
        """Start anew on the running loop: connections belong to the loop they were made on."""
        if self._loop is not None and self._loop.is_running():
            for _, transport in self._idle:
                asyncio.run_coroutine_threadsafe(transport.aclose(), self._loop)
        self._loop, self._idle = asyncio.get_running_loop(), []
        self._slots = asyncio.Semaphore(self._size)

    async def _close_old(self) -> None:
        while self._idle and self._idle[0][0] < time.monotonic() - _KEPT_S:
            await self._idle.pop(0)[1].aclose()

    def _new(self) -> httpx.AsyncHTTPTransport:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=_KEPT_S)
        proxy = self.route.proxy
        try:
            return httpx.AsyncHTTPTransport(
                verify=self._ssl_context, limits=limits, proxy=proxy.url if proxy else None
            )
        except (ImportError, ValueError, httpx.InvalidURL) as exc:
            assert proxy is not None
            what = "pip install 'httpx[socks]'" if isinstance(exc, ImportError) else "check it"
            raise ConfigurationError(
                f"the proxy {proxy.name} in {proxy.variable} cannot be used; {what}"
            ) from None

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        # Made once: reading the certificates takes longer than a call on this machine.
        if self.route.base_url.startswith("http:"):
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            return httpx.create_ssl_context()
        except (OSError, ssl.SSLError) as exc:
            raise ConfigurationError(f"the certificates in SSL_CERT_FILE cannot be read: {exc}") from None


class _Masking(logging.Filter):
    """Keeps keys out of httpcore's log, which writes down the headers of answers; a server may echo there."""

    keys: ClassVar[set[ApiKey]] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        for key in self.keys:
            text = without_key(text, key)
        record.msg, record.args = text, ()
        return True


_masking = _Masking()


class Broken(Exception):
    """The answer ended early. ``str()`` says why, as the end of a sentence."""


class Failed(Exception):
    """No answer came; ``failure`` says what that means."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


class Exchange:
    """One request and its answer, on one connection.

    Attributes:
        status: The HTTP status.
        headers: The answer's headers, by their names in lower case.
        sent: Whether bytes of the request may have reached the server.
        sent_at: When the first went out, by ``time.monotonic``; None before that.
    """

    def __init__(
        self, pool: Pool, method: str, path: str, *, content: bytes | None, accept: str, timeout: Timeout
    ) -> None:
        self._pool, self._method, self._path = pool, method, path
        self._content, self._accept, self._timeout = content, accept, timeout
        self._transport: httpx.AsyncHTTPTransport | None = None
        self._response: httpx.Response | None = None
        self._parts: AsyncIterator[bytes] | None = None
        self._is_read = False
        self._has_bytes = False
        self._was_kept = True
        # Reading is limited from outside, since the limit changes on the way; until the request goes out only
        # a proxy is read from.
        self._limits = {"connect": timeout.connect, "read": timeout.connect, "write": timeout.first_byte}
        self.sent_at: float | None = None
        self.status = 0
        self.headers: Mapping[str, str] = {}

    @property
    def sent(self) -> bool:
        """Whether bytes of the request may have reached the server."""
        return self.sent_at is not None

    async def open(self) -> None:
        """Send the request and read the answer's headers.

        Raises:
            Failed: There is no answer.
        """
        self._transport = await self._pool.take()
        try:
            async with asyncio.timeout(self._timeout.first_byte):
                response = await self._transport.handle_async_request(self._request())
        except BaseException as exc:
            # Nothing of the libraries' frames may outlive the call: they hold the key.
            scrub(exc, self._pool.route.key)
            await self.close()
            if isinstance(exc, httpx.InvalidURL):
                raise ConfigurationError("the target is too long for a URL") from None
            if not isinstance(exc, httpx.HTTPError | TimeoutError):
                raise
            raise Failed(self._failure(exc)) from exc
        self._response = response
        self._parts = response.aiter_bytes()
        self.status, self.headers = response.status_code, response.headers

    def _failure(self, exc: BaseException) -> Failure:
        return failure(exc, self._pool.route, sent=self.sent, was_kept=self._was_kept, timeout=self._timeout)

    async def read(self) -> bytes:
        """Return the next bytes of the body, ``b""`` at its end.

        Raises:
            Broken: The connection broke or fell silent.
        """
        assert self._parts is not None
        limit = self._timeout.silence if self._has_bytes else self._timeout.first_byte
        try:
            async with asyncio.timeout(limit):
                part = await anext(self._parts, b"")
        except BaseException as exc:
            scrub(exc, self._pool.route.key)
            await self.close()
            if not isinstance(exc, httpx.HTTPError | TimeoutError):
                raise
            raise Broken(break_in_words(exc, self._timeout)) from exc
        self._is_read = not part
        self._has_bytes = True
        return part

    async def drain(self) -> None:
        """Read on to the end of the body, which was announced, so that the connection can be used again."""
        try:
            async with asyncio.timeout(_DRAIN_S):
                while await self.read():
                    pass
        except (Broken, TimeoutError):
            await self.close()

    async def close(self) -> None:
        """Give the connection back; one with an unread answer is closed, so that the server stops writing."""
        transport, self._transport = self._transport, None
        if transport is None:
            return
        try:
            if self._response is not None:
                await self._response.aclose()
        finally:
            await self._pool.give_back(transport, keep=self._is_read)

    def _request(self) -> httpx.Request:
        return httpx.Request(
            self._method,
            f"{self._pool.route.base_url}/{self._path}",
            headers=[
                ("Accept", self._accept),
                # Compression holds back what a stream is for.
                ("Accept-Encoding", "identity"),
                ("User-Agent", f"langtail-nb/{__version__}"),
                *([("Content-Type", "application/json")] if self._content is not None else []),
                ("X-API-Key", self._pool.route.key.reveal()),
            ],
            content=self._content,
            extensions={"timeout": self._limits, "trace": self._trace},
        )

    async def _trace(self, name: str, info: Mapping[str, Any]) -> None:
        # Whether a server may know of a call is told truthfully: watched, and not guessed from errors.
        if name == "connection.connect_tcp.started":
            self._was_kept = False
        elif name == "http11.send_request_headers.started" and info["request"].method != b"CONNECT":
            self.sent_at = time.monotonic()
            del self._limits["read"]
