"""One connection to an origin, direct or through a proxy. Hides how httpcore makes them.

Past httpx, which finds a connection for each request anew: that costs a third of a call.
"""

from __future__ import annotations

import ssl
from functools import lru_cache
from typing import Final

import httpcore
import httpx

from langtail_nb._http.one_write import OneWriteBackend

# Longer than a reader's pause between two cells helps, but routers forget idle connections without a word.
KEPT_S: Final = 30.0

Connection = httpcore.AsyncHTTPConnection | httpcore.AsyncConnectionPool
"""Made with its first request; a proxy's are pools of one."""

ERRORS: Final = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
)
"""What a connection raises."""


@lru_cache(256)
def address(text: str) -> tuple[httpcore.URL, str]:
    """Return a URL as it is asked for, and what its Host header says.

    Raises:
        httpx.InvalidURL: It is none.
    """
    # Most calls go to a few addresses, and reading one takes a tenth of a call.
    url = httpx.URL(text)
    asked = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    return asked, url.netloc.decode("ascii")


def direct(base_url: str, context: ssl.SSLContext) -> Connection:
    """Return a connection to the origin of a URL."""
    origin = address(base_url)[0].origin
    return httpcore.AsyncHTTPConnection(
        origin, ssl_context=context, keepalive_expiry=KEPT_S, network_backend=OneWriteBackend()
    )


def through(proxy: httpx.Proxy, context: ssl.SSLContext) -> Connection:
    """Return a connection to wherever a proxy leads.

    Raises:
        ImportError: It is spoken to in SOCKS, and the package for that is missing.
    """
    url = proxy.url
    there = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    if url.scheme.startswith("socks"):
        import socksio  # noqa: F401 - httpcore asks for it with the first request only

        return httpcore.AsyncSOCKSProxy(
            there, proxy.raw_auth, ssl_context=context, max_connections=1, keepalive_expiry=KEPT_S
        )
    return httpcore.AsyncHTTPProxy(
        there,
        proxy.raw_auth,
        proxy.headers.raw,
        ssl_context=context,
        proxy_ssl_context=proxy.ssl_context,
        max_connections=1,
        keepalive_expiry=KEPT_S,
    )


def is_over(connection: Connection) -> bool:
    """Return whether a kept connection cannot be used again: the server closed it, or it is too old."""
    if isinstance(connection, httpcore.AsyncHTTPConnection):
        return connection.is_closed() or connection.has_expired()
    return False  # a pool sees to it by itself
