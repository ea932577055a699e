"""The TCP connections beneath the server, so that a fault can really cut one.

Nothing here guards against senders that come from elsewhere: slow ones, silent ones, thousands of them. Who
talks to a server of loopback owns the machine. What uvicorn and h11 give for nothing is enough: a head has a
limit, and who does not read holds up no answer but its own.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

try:
    import resource
except ImportError:  # Windows, where a process may have as many sockets as it likes.
    resource = None  # type: ignore[assignment]

Address = tuple[str, int]

_LINGER_NONE = struct.pack("ii", 1, 0)
_MOST_OPEN = 20_000


class Connections:
    """Open connections by the client's address, and how many there were."""

    def __init__(self) -> None:
        self._open: dict[Address, H11Protocol] = {}
        self._accepted = 0

    def protocol(self) -> type[H11Protocol]:
        """Return uvicorn's HTTP protocol, telling these connections about its own."""
        connections = self

        class Watched(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                connections._made(self)

            def connection_lost(self, exc: Exception | None) -> None:
                connections._lost(self)
                super().connection_lost(exc)

        return Watched

    def close(self, client: Address) -> None:
        """Close a connection once what was written has left; the client sees an early end."""
        if connection := self._open.get(client):
            connection.transport.close()

    def reset(self, client: Address) -> None:
        """Reset a connection at once; the client sees an error."""
        if connection := self._open.get(client):
            # Without lingering, closing sends RST in place of FIN.
            raw: socket.socket = connection.transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
            connection.transport.abort()

    def cut_answers(self) -> None:
        """Cut every answer that has not ended; one that has may still leave."""
        for connection in list(self._open.values()):
            if connection.cycle is not None and not connection.cycle.response_complete:
                connection.transport.abort()

    def abort_all(self) -> None:
        """Cut every connection, whatever was not read yet."""
        for connection in list(self._open.values()):
            connection.transport.abort()

    def counts(self) -> dict[str, Any]:
        """Return how many there were, and how many are open, as JSON."""
        return {"accepted": self._accepted, "open": len(self._open)}

    def _made(self, connection: H11Protocol) -> None:
        self._accepted += 1
        if connection.client is None:
            # Reset before it was accepted: there is nobody to answer.
            connection.transport.abort()
        else:
            self._open[connection.client] = connection

    def _lost(self, connection: H11Protocol) -> None:
        if connection.client is not None:
            self._open.pop(connection.client, None)


def allow_many_files() -> None:
    """Raise this process's own limit of open files as far as the system lets it, for its connections."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_OPEN if hard == resource.RLIM_INFINITY else min(hard, _MOST_OPEN)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
