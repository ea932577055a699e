"""Sockets that a request leaves in one piece, head and body together.

httpcore writes the two one after the other. That is two packets, and each write costs a tenth of a call.
"""

from __future__ import annotations

import select
import ssl
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

import httpcore

_MOST_HELD: Final = 65_536
"""Bytes that wait for what comes after them, at most."""


class OneWriteBackend(httpcore.AsyncNetworkBackend):
    """Makes the connections that httpcore makes by itself, with such sockets."""

    def __init__(self) -> None:
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Return a connection to a host."""
        return OneWriteStream(
            await self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        )

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Return a connection to a socket in the file system."""
        return OneWriteStream(await self._backend.connect_unix_socket(path, timeout, socket_options))

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._backend.sleep(seconds)


class OneWriteStream(httpcore.AsyncNetworkStream):
    """A connection that holds what is written until there is enough of it, or an answer is waited for."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._held = b""
        self._timeout: float | None = None
        self._socket = stream.get_extra_info("socket")
        self._poll = _poll_of(self._socket)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Send what is held, and return the next bytes, ``b""`` at the end."""
        # A server may answer before it has read all, and close; then its answer is what counts.
        with suppress(httpcore.WriteError):
            await self._send()
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes, soon."""
        self._held += buffer
        self._timeout = timeout
        if len(self._held) > _MOST_HELD:
            await self._send()

    async def aclose(self) -> None:
        """Close it; what is held is sent no more."""
        self._held = b""
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Return the connection with TLS on it."""
        await self._send()
        return OneWriteStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """Return what is known of the connection."""
        # Asked before each call on a kept connection: anyio gathers all that it knows to answer it.
        if info == "is_readable" and self._poll is not None:
            # A closed one's number may be another's by now.
            return self._socket.fileno() < 0 or bool(self._poll.poll(0))
        return self._stream.get_extra_info(info)

    async def _send(self) -> None:
        held, self._held = self._held, b""
        if held:
            await self._stream.write(held, self._timeout)


def _poll_of(socket: Any) -> Any:
    """Return what tells whether a socket can be read; None where the system has no such thing."""
    if socket is None or not hasattr(select, "poll"):
        return None
    poll = select.poll()
    poll.register(socket.fileno(), select.POLLIN)
    return poll
