"""Connections: a stack of single ones, the last used on top.

One httpx client with many connections collapses (110 calls a second at concurrency 100, seen with httpx 0.28:
its pool looks through all of them for each request); as many transports of one connection each do not.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from functools import cached_property
from typing import ClassVar, Final

import httpx

from langtail_nb._http.fault import Unusable
from langtail_nb._http.proxy import proxy_for
from langtail_nb._http.secret import Secret

# Longer than a reader's pause between two cells helps, but routers forget idle connections without a word.
_KEPT_S: Final = 30.0


class Pool:
    """The connections of one client to one origin. Used from one event loop at a time.

    Args:
        secret: What each request carries, and no text that comes back may show; None for nothing.
        header: The header that carries it.
        scheme: What stands before it there, such as ``Bearer``.
    """

    def __init__(
        self,
        base_url: str,
        secret: Secret | None,
        *,
        max_connections: int,
        header: str = "Authorization",
        scheme: str = "",
    ) -> None:
        self.base_url, self.secret = base_url, secret
        self.proxy = proxy_for(base_url)
        self.is_closed = False
        self._header, self._scheme = header, scheme
        self._size = max_connections
        self._idle: list[tuple[float, httpx.AsyncHTTPTransport]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._slots = asyncio.Semaphore(max_connections)
        if secret is not None:
            _masking.secrets.add(secret)
        logging.getLogger("httpcore.http11").addFilter(_masking)  # adds it once only

    def secret_headers(self) -> list[tuple[str, str]]:
        """Return the header that carries the secret, for the request itself and nothing else."""
        if self.secret is None:
            return []
        return [(self._header, f"{self._scheme} {self.secret.reveal()}".lstrip())]

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
        proxy = self.proxy
        try:
            return httpx.AsyncHTTPTransport(
                verify=self._ssl_context, limits=limits, proxy=proxy.url if proxy else None
            )
        except (ImportError, ValueError, httpx.InvalidURL) as exc:
            assert proxy is not None
            what = "pip install 'httpx[socks]'" if isinstance(exc, ImportError) else "check it"
            said = f"the proxy {proxy.name} in {proxy.variable} cannot be used; {what}"
            raise Unusable("proxy", said) from None

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        # Made once: reading the certificates takes longer than a call on this machine.
        if self.base_url.startswith("http:"):
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            return httpx.create_ssl_context()
        except (OSError, ssl.SSLError) as exc:
            raise Unusable(
                "certificates", f"the certificates in SSL_CERT_FILE cannot be read: {exc}"
            ) from None


class _Masking(logging.Filter):
    """Keeps secrets out of httpcore's log, which writes answers' headers down; a server may echo there."""

    secrets: ClassVar[set[Secret]] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        for secret in self.secrets:
            text = secret.mask(text)
        record.msg, record.args = text, ()
        return True


_masking = _Masking()
