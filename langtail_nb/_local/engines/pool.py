"""Connections to one server: a stack of single ones, the last used on top.

One httpx client with many connections collapses (110 calls a second at concurrency 100, seen with httpx 0.28:
its pool looks through all of them for each request); as many transports of one connection each do not.
"""

from __future__ import annotations

import ssl
import time
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from langtail_nb._local.engines.address import Address

KEPT_S: Final = 30.0


class PoolError(Exception):
    """A proxy, or a file of certificates, that cannot be used; the message is one line."""


class Pool:
    """As many connections as there are answers at a time; those not in use are kept for half a minute."""

    def __init__(self, address: Address) -> None:
        self._proxy = _proxy_for(address)
        self._ssl = _ssl_context(address)
        self._idle: list[tuple[float, httpx.AsyncHTTPTransport]] = []
        self._is_closed = False
        self._new()  # what cannot be used is told now, not with the first request

    async def take(self, *, fresh: bool = False) -> tuple[httpx.AsyncHTTPTransport, bool]:
        """Return a transport of one connection, and whether that was used before."""
        while self._idle and self._idle[0][0] < time.monotonic() - KEPT_S:
            await self._idle.pop(0)[1].aclose()
        if self._idle and not fresh:
            return self._idle.pop()[1], True
        return self._new(), False

    async def give_back(self, transport: httpx.AsyncHTTPTransport, *, keep: bool) -> None:
        """Take a transport back, or close its connection."""
        if keep and not self._is_closed:
            self._idle.append((time.monotonic(), transport))
        else:
            await transport.aclose()

    async def aclose(self) -> None:
        """Close what is idle; what is in use closes when its answer ends."""
        self._is_closed = True
        idle, self._idle = self._idle, []
        for _, transport in idle:
            await transport.aclose()

    def _new(self) -> httpx.AsyncHTTPTransport:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEPT_S)
        try:
            return httpx.AsyncHTTPTransport(verify=self._ssl, limits=limits, proxy=self._proxy)
        except (ImportError, ValueError, httpx.InvalidURL) as exc:
            name = urlsplit(self._proxy or "").netloc.rpartition("@")[2]
            what = "pip install 'httpx[socks]'" if isinstance(exc, ImportError) else "check it"
            raise PoolError(f"the proxy {name} of the environment cannot be used; {what}") from None


def _proxy_for(address: Address) -> str | None:
    # httpx reads these by itself only for its own client, which also follows .netrc.
    if address.is_local or proxy_bypass(address.host) or proxy_bypass(f"{address.host}:{address.port}"):
        return None
    found = getproxies()
    url = found.get(urlsplit(address.base).scheme) or found.get("all")
    return url if url is None or "://" in url else f"http://{url}"


def _ssl_context(address: Address) -> ssl.SSLContext:
    if address.base.startswith("http:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return httpx.create_ssl_context()
    except (OSError, ssl.SSLError) as exc:
        raise PoolError(f"the certificates in SSL_CERT_FILE cannot be read: {exc}") from None
