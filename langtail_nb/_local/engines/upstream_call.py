"""One request to another server, and its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import httpx

from langtail_nb._local.engines.pool import Pool

_LONGEST_ERROR: Final = 64 * 1024
_ERROR_LIMIT_S: Final = 5.0
_LONGEST_BODY: Final = 64 * 1024 * 1024
_STALE = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long another server may take, in seconds.

    Attributes:
        connect_s: To accept a connection.
        silence_s: To send anything: a model may have to be loaded first, or think.
        usage_s: To send usage and the end mark after the finish reason, which is what counts.
        drain_s: To end its body after the end mark, so that the connection can be used again.
    """

    connect_s: float = 10.0
    silence_s: float = 600.0
    usage_s: float = 5.0
    drain_s: float = 0.25


class Call:
    """One request and its answer, on a connection of its own."""

    def __init__(self, pool: Pool, limits: Limits) -> None:
        self._pool, self._limits = pool, limits
        self._transport: httpx.AsyncHTTPTransport | None = None
        self._response: httpx.Response | None = None
        self._parts: AsyncIterator[bytes] | None = None
        self.is_read = False

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Return the answer's head. A kept connection that was given up there is tried once more, anew."""
        self._transport, was_used = await self._pool.take()
        try:
            self._response = await self._transport.handle_async_request(request)
        except _STALE:
            if not was_used:
                raise
            await self._transport.aclose()
            self._transport, _ = await self._pool.take(fresh=True)
            self._response = await self._transport.handle_async_request(request)
        return self._response

    async def read(self, *, is_finished: bool) -> bytes:
        """Return the next bytes of the body as they come, none at its end.

        A connection that breaks or falls silent once the answer is finished has said all that counts.
        """
        limit = self._limits.usage_s if is_finished else self._limits.silence_s
        try:
            async with asyncio.timeout(limit):
                part = await anext(self._body, b"")
        except (TimeoutError, httpx.HTTPError) as exc:
            if is_finished:
                return b""
            raise httpx.ReadTimeout("silence") if isinstance(exc, TimeoutError) else exc
        self.is_read = not part
        return part

    async def drain(self) -> None:
        """Read what follows the end mark, unless it takes too long."""
        with suppress(TimeoutError, httpx.HTTPError):
            async with asyncio.timeout(self._limits.drain_s):
                while await anext(self._body, b""):
                    pass
                self.is_read = True

    @property
    def _body(self) -> AsyncIterator[bytes]:
        if self._parts is None:
            assert self._response is not None
            self._parts = self._response.aiter_bytes()
        return self._parts

    async def close(self) -> None:
        """Give the connection back, or close it where the answer was not read to its end."""
        if self._response is not None:
            await self._response.aclose()
        if self._transport is not None:
            await self._pool.give_back(self._transport, keep=self.is_read)


async def error_body(response: httpx.Response) -> bytes:
    """Return the body of an error, as much of it as comes in reasonable time and size."""
    body = b""
    with suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(_ERROR_LIMIT_S):
            async for part in response.aiter_bytes():
                body += part
                if len(body) >= _LONGEST_ERROR:
                    break
    return body


async def whole_body(response: httpx.Response) -> bytes:
    """Return a body; what is beyond all reason is cut, and then no JSON any more."""
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) >= _LONGEST_BODY:
            break
    return bytes(body)
