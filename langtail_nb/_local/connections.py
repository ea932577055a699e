"""The TCP connections beneath the server, so that a fault can really cut one."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections import deque
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

Address = tuple[str, int]

_LINGER_NONE = struct.pack("ii", 1, 0)


class Connections:
    """Open connections by the client's address, and how many there were."""

    def __init__(self) -> None:
        self._open: dict[Address, asyncio.Transport] = {}
        self.accepted = 0
        self.accepted_at: deque[float] = deque(maxlen=1000)

    @property
    def open_count(self) -> int:
        """How many are open now."""
        return len(self._open)

    def protocol(self) -> type[H11Protocol]:
        """Return uvicorn's HTTP protocol, telling these connections about its own."""
        connections = self

        class Watched(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                connections._made(self.client, transport)

            def connection_lost(self, exc: Exception | None) -> None:
                connections._lost(self.client)
                super().connection_lost(exc)

        return Watched

    def close(self, client: Address) -> None:
        """Close a connection once what was written has left; the client sees an early end."""
        if transport := self._open.get(client):
            transport.close()

    def reset(self, client: Address) -> None:
        """Reset a connection at once; the client sees an error."""
        if transport := self._open.get(client):
            # Without lingering, closing sends RST in place of FIN.
            raw: socket.socket = transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
            transport.abort()

    def close_all(self) -> None:
        """Close every connection at once, streams included."""
        for transport in list(self._open.values()):
            transport.abort()

    def counts(self) -> dict[str, Any]:
        """Return the counts as JSON; times are monotonic seconds."""
        return {"accepted": self.accepted, "open": self.open_count, "accepted_at": list(self.accepted_at)}

    def _made(self, client: Address | None, transport: asyncio.Transport) -> None:
        self.accepted += 1
        self.accepted_at.append(time.monotonic())
        if client is not None:
            self._open[client] = transport

    def _lost(self, client: Address | None) -> None:
        if client is not None:
            self._open.pop(client, None)
