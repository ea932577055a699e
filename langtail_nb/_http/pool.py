"""Connections: a stack of single ones, the last used on top.

One httpx client with many connections collapses (110 calls a second at concurrency 100, seen with httpx 0.28:
its pool looks through all of them for each request); as many single connections do not.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Iterable
from functools import cached_property
from typing import ClassVar, Final

# The first three are looked for with the first connection: in a kernel a file beside the notebook could be
# found in their place. Whoever imports this module sees to it that none is.
import anyio  # noqa: F401
import certifi  # noqa: F401
import h11  # noqa: F401
import httpx

from langtail_nb._http.certificates import ssl_context
from langtail_nb._http.connection import KEPT_S, Connection, direct, is_over, through
from langtail_nb._http.origin import is_encrypted
from langtail_nb._http.proxy import Proxy, proxy_for
from langtail_nb._http.secret import Secret
from langtail_nb._http.unusable import Unusable

_SOCKS: Final = "httpcore.socks"


class Pool:
    """The connections of one client to one origin. Used from one event loop at a time.

    Args:
        secret: What each request carries, and no text that comes back may show; None for nothing.
        header: The header that carries it.
        scheme: What stands before it there, such as ``Bearer``.
        proxied: Whether a proxy may stand between.

    Raises:
        Unusable: What the environment says of proxies cannot be meant.
    """

    def __init__(
        self,
        base_url: str,
        secret: Secret | None,
        *,
        max_connections: int,
        header: str = "Authorization",
        scheme: str = "",
        proxied: bool = True,
    ) -> None:
        self.base_url, self.secret = base_url, secret
        self.proxy = proxy_for(base_url) if proxied else None
        self.is_closed = False
        self._header, self._scheme = header, scheme
        self._size = max_connections
        self._idle: list[tuple[float, Connection]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._slots = asyncio.Semaphore(max_connections)
        _keep_out_of_logs(self.secrets)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """All that no text may show: the secret, and what the proxy is told."""
        own = () if self.secret is None else (self.secret,)
        return (*own, *(self.proxy.secrets() if self.proxy is not None else ()))

    def secret_headers(self) -> list[tuple[str, str]]:
        """Return the header that carries the secret, for the request itself and nothing else."""
        if self.secret is None:
            return []
        return [(self._header, f"{self._scheme} {self.secret.reveal()}".lstrip())]

    async def take(self) -> Connection:
        """Return a connection, the last one used if any is idle; waits where all are busy."""
        if asyncio.get_running_loop() is not self._loop:
            self._move()
        slots = self._slots
        await slots.acquire()
        try:
            await self._close_old()
            return await self._kept() or self._new()
        except BaseException:
            slots.release()
            raise

    async def _kept(self) -> Connection | None:
        while self._idle:
            _, connection = self._idle.pop()
            if not is_over(connection):
                return connection
            await connection.aclose()
        return None

    async def give_back(self, connection: Connection, *, keep: bool) -> None:
        """Put a connection on the stack, or close it at once."""
        self._slots.release()
        if keep and not self.is_closed:
            self._idle.append((time.monotonic(), connection))
        else:
            await connection.aclose()

    async def aclose(self) -> None:
        """Close what is idle; what is in use closes when its call ends."""
        self.is_closed = True
        idle, self._idle = self._idle, []
        for _, connection in idle:
            await connection.aclose()

    def _move(self) -> None:
        """Start anew on the running loop: connections belong to the loop they were made on."""
        if self._loop is not None and self._loop.is_running():
            for _, connection in self._idle:
                asyncio.run_coroutine_threadsafe(connection.aclose(), self._loop)
        self._loop, self._idle = asyncio.get_running_loop(), []
        self._slots = asyncio.Semaphore(self._size)

    async def _close_old(self) -> None:
        while self._idle and self._idle[0][0] < time.monotonic() - KEPT_S:
            await self._idle.pop(0)[1].aclose()

    def _new(self) -> Connection:
        context, proxy = self._ssl_context, self.proxy
        if proxy is None:
            return direct(self.base_url, context)
        try:
            return through(self._spoken_to(proxy), context)
        except (ImportError, ValueError, httpx.InvalidURL) as exc:
            what = "pip install 'httpx[socks]'" if isinstance(exc, ImportError) else "check it"
        # Raised here, so that nothing of the library's error, which quotes the address, goes with it.
        raise Unusable("proxy", f"the proxy in {proxy.variable} cannot be used; {what}")

    def _spoken_to(self, proxy: Proxy) -> httpx.Proxy:
        return httpx.Proxy(proxy.url, ssl_context=self._ssl_context if proxy.is_encrypted else None)

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        # Made once: reading the certificates takes longer than a call on this machine.
        if is_encrypted(self.base_url) or (self.proxy is not None and self.proxy.is_encrypted):
            return ssl_context()
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class _Masking(logging.Filter):
    """Keeps secrets out of httpcore's logs, which write answers' headers down; a server may echo there.

    That of SOCKS writes down what a proxy is told: user and password, however short.
    """

    secrets: ClassVar[set[Secret]] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if record.name == _SOCKS:
            text = text.partition(" ")[0]
        for secret in self.secrets:
            text = secret.mask(text)
        record.msg, record.args = text, ()
        return True


_masking = _Masking()


def _keep_out_of_logs(secrets: Iterable[Secret]) -> None:
    _masking.secrets.update(secrets)
    for name in ("httpcore.http11", "httpcore.proxy", "httpcore.connection", _SOCKS):
        logging.getLogger(name).addFilter(_masking)  # adds it once only
