"""One request and its answer, on one connection of the pool. What a connection raises ends here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from typing import Any, Final

import httpcore
import httpx

from langtail_nb._http.causes import fault_of, forget
from langtail_nb._http.connection import ERRORS, Connection, address
from langtail_nb._http.fault import Broken, Failed, Fault
from langtail_nb._http.pool import Pool
from langtail_nb._http.transport import Outgoing
from langtail_nb._http.unusable import Unusable
from langtail_nb._version import __version__

_DRAIN_S: Final = 0.5


class _Silence:
    """Ends a read that gets nothing for too long.

    One timer for a whole answer: ``asyncio.timeout`` around each read costs a third of what a chunk does.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._limit: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[Any] | None = None
        self._since = 0.0
        self._cancelled_before: int | None = None

    def watch(self, limit: float | None) -> None:
        """Begin to wait for bytes, ``limit`` seconds at most."""
        self._task, self._since = asyncio.current_task(), self._loop.time()
        if limit != self._limit:
            self.stop()
            self._limit = limit
            if limit is not None:
                self._timer = self._loop.call_at(self._since + limit, self._check, limit)

    def rest(self) -> None:
        """End the waiting: bytes came, and the time until they are used is not the server's."""
        self._task = None

    def stop(self) -> None:
        """End the watch."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._limit = None

    def _check(self, limit: float) -> None:
        due = (self._since if self._task is not None else self._loop.time()) + limit
        if self._task is None or due > self._loop.time():
            self._timer = self._loop.call_at(due, self._check, limit)
        else:
            self._cancelled_before = self._task.cancelling()
            self._task.cancel()

    def caused(self, exc: BaseException) -> bool:
        """Return whether a cancellation is of the watch alone, and take it back."""
        if (
            self._cancelled_before is None
            or self._task is None
            or not isinstance(exc, asyncio.CancelledError)
        ):
            return False
        return self._task.uncancel() <= self._cancelled_before


class RoundTrip:
    """One request and its answer, on one connection.

    Attributes:
        status: The HTTP status.
        headers: The answer's headers, by their names in lower case.
        silence_s: How long the server may be silent after its first byte; None for ever.
    """

    def __init__(self, pool: Pool, outgoing: Outgoing) -> None:
        timeout = outgoing.timeout
        self._pool, self._outgoing = pool, outgoing
        self._connection: Connection | None = None
        self._response: httpcore.Response | None = None
        self._parts: AsyncIterator[bytes] | None = None
        self._silence: _Silence | None = None
        self._is_read = False
        self._has_bytes = False
        self._was_kept = True
        self._sent_at: float | None = None
        # Reading is limited from outside, since the limit changes on the way; until the request goes out only
        # a proxy is read from.
        self._limits = {"connect": timeout.connect, "read": timeout.connect, "write": timeout.first_byte}
        self.silence_s = timeout.silence
        self.status = 0
        self.headers: Mapping[str, str] = {}

    @property
    def sent(self) -> bool:
        """Whether bytes of the request may have reached the server."""
        return self._sent_at is not None

    @property
    def elapsed_s(self) -> float | None:
        """Seconds since the first byte of the request went out; None before that."""
        return None if self._sent_at is None else time.monotonic() - self._sent_at

    async def open(self) -> None:
        """Send the request and read the answer's headers.

        Raises:
            Failed: There is no answer.
            Unusable: Nothing can be sent.
        """
        try:
            asked = address(f"{self._pool.base_url}/{self._outgoing.path}")
        except httpx.InvalidURL as exc:
            raise Unusable("address", str(exc)) from None
        self._connection = await self._pool.take()
        try:
            async with asyncio.timeout(self._outgoing.timeout.first_byte):
                response = await self._connection.handle_async_request(self._request(*asked))
        except BaseException as exc:
            # Nothing of the libraries' frames may outlive the call: they hold the key.
            forget(exc, self._pool.secrets)
            await self.close()
            if not isinstance(exc, (*ERRORS, TimeoutError)):
                raise
            raise Failed(self._fault(exc)) from exc
        self._response = response
        assert isinstance(response.stream, AsyncIterable)
        self._parts = aiter(response.stream)
        self._silence = _Silence()
        self.status, self.headers = response.status, _read(response.headers)

    def _fault(self, exc: BaseException) -> Fault:
        return fault_of(exc, sent=self.sent, was_kept=self._was_kept, proxy=self._pool.proxy)

    async def read(self) -> bytes:
        """Return the next bytes of the body, ``b""`` at its end.

        Raises:
            Broken: The connection broke or fell silent.
        """
        assert self._parts is not None
        assert self._silence is not None
        limit = self.silence_s if self._has_bytes else self._outgoing.timeout.first_byte
        self._silence.watch(limit)
        try:
            part = await anext(self._parts, b"")
        except BaseException as exc:
            error = TimeoutError() if self._silence.caused(exc) else exc
            forget(exc, self._pool.secrets)
            await self.close()
            if not isinstance(error, (*ERRORS, TimeoutError)):
                raise
            raise Broken(self._fault(error), limit) from exc
        self._silence.rest()
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
        connection, self._connection = self._connection, None
        if self._silence is not None:
            self._silence.stop()
        if connection is None:
            return
        keep = False
        try:
            if self._response is not None:
                await self._response.aclose()
            # Only now: a response that was stopped while it closed has not let go of its connection.
            keep = self._is_read
        finally:
            await self._pool.give_back(connection, keep=keep)

    def _request(self, url: httpcore.URL, host: str) -> httpcore.Request:
        outgoing = self._outgoing
        headers = [
            ("Host", host),
            ("Accept", outgoing.accept),
            # Compression holds back what a stream is for.
            ("Accept-Encoding", "identity"),
            ("User-Agent", f"langtail-nb/{__version__}"),
            *self._pool.secret_headers(),
        ]
        if outgoing.content is not None:
            headers += [("Content-Type", "application/json"), ("Content-Length", f"{len(outgoing.content)}")]
        return httpcore.Request(
            outgoing.method,
            url,
            headers=headers,
            content=outgoing.content,
            extensions={"timeout": self._limits, "trace": self._trace},
        )

    async def _trace(self, name: str, info: Mapping[str, Any]) -> None:
        # Whether a server may know of a call is told truthfully: watched, and not guessed from errors.
        if name == "connection.connect_tcp.started":
            self._was_kept = False
        elif name == "http11.send_request_headers.started" and info["request"].method != b"CONNECT":
            self._sent_at = time.monotonic()
            del self._limits["read"]


def _read(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by their names in lower case; of one that came twice, both values."""
    found: dict[str, str] = {}
    for raw, value in headers:
        name, text = raw.decode("latin-1").lower(), value.decode("utf-8", "replace")
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found
