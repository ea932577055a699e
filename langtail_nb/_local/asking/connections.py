"""The TCP connections beneath the server, so that a fault can really cut one."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections import deque
from typing import Any

try:
    import resource
except ImportError:  # Windows, where a process may have as many sockets as it likes.
    resource = None  # type: ignore[assignment]

from langtail_nb._local.asking.patience import Limits, PatientProtocol
from langtail_nb._local.protocol.refusals import server_error

Address = tuple[str, int]

_LINGER_NONE = struct.pack("ii", 1, 0)
_MOST_OPEN = 20_000


class Connections:
    """Open connections by the client's address, and how many there were.

    When so many are open that no file could be opened any more, the one that was idle for longest is closed.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._open: dict[Address, PatientProtocol] = {}
        self.accepted = 0
        self.accepted_at: deque[float] = deque(maxlen=1000)

    @property
    def open_count(self) -> int:
        """How many are open now."""
        return len(self._open)

    def protocol(self) -> type[PatientProtocol]:
        """Return the HTTP protocol, telling these connections about its own."""
        connections = self

        class Watched(PatientProtocol):
            limits = connections._limits

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                connections._made(self.client, self)

            def connection_lost(self, exc: Exception | None) -> None:
                connections._lost(self.client)
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

    def close_all(self) -> None:
        """Close every connection: at once inside an answer, else as soon as what was written has left."""
        for connection in list(self._open.values()):
            if connection.is_answering:
                connection.transport.abort()
            else:
                connection.transport.close()

    def abort_all(self) -> None:
        """Close every connection at once, whatever was not read yet."""
        for connection in list(self._open.values()):
            connection.transport.abort()

    def counts(self) -> dict[str, Any]:
        """Return the counts as JSON; times are monotonic seconds."""
        return {"accepted": self.accepted, "open": self.open_count, "accepted_at": list(self.accepted_at)}

    def _made(self, client: Address | None, connection: PatientProtocol) -> None:
        self.accepted += 1
        self.accepted_at.append(time.monotonic())
        if client is None:
            # Reset before it was accepted: there is nobody to answer.
            connection.transport.abort()
            return
        self._open[client] = connection
        if len(self._open) > _most_open():
            self._make_room(connection)

    def _make_room(self, newest: PatientProtocol) -> None:
        idle = [c for c in self._open.values() if c.is_idle and c is not newest]
        if idle:
            oldest = min(idle, key=lambda connection: connection.idle_since)
            oldest.transport.abort()
            # Its end is told only later, and the next connection may be here before.
            self._lost(oldest.client)
        else:
            newest.refuse(server_error(503, f"{self.open_count} connections are in use already"))

    def _lost(self, client: Address | None) -> None:
        if client is not None:
            self._open.pop(client, None)


def allow_many_files() -> None:
    """Raise this process's own limit of open files as far as the system lets it, for its connections."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_OPEN if hard == resource.RLIM_INFINITY else min(hard, _MOST_OPEN)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _most_open() -> int:
    # The rest is for the files and upstream connections of the server itself.
    if resource is None:
        return _MOST_OPEN
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _MOST_OPEN if soft == resource.RLIM_INFINITY else min(soft * 3 // 4, _MOST_OPEN)
