"""How long the server waits for a client that sends slowly, or does not read."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from langtail_nb._local.protocol import refusals
from langtail_nb._local.protocol.refusals import Refusal
from langtail_nb._local.protocol.wire import json_bytes

_LONGEST_HEAD_BYTES = 16 * 1024
"""What h11 keeps of a request's head that has not ended."""

# A machine that lost power or its network says nothing; asked so often, it is known to be gone in 2 minutes.
_PROBES = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient the server is, in seconds.

    Attributes:
        silence_s: The longest pause inside a request.
        request_s: The longest time from a request's first byte to its last.
        unread_s: The longest time in which a client takes nothing of what waits for it.
    """

    silence_s: float = 30.0
    request_s: float = 300.0
    unread_s: float = 60.0


class PatientProtocol(H11Protocol):
    """Uvicorn's HTTP protocol, with an end to the patience it has without limit.

    A request that does not come to its end is answered with 408 and its connection closed; a client that
    reads nothing is cut, so that its answer's work stops. What is no HTTP gets an error in Langtail's shape.
    """

    limits: ClassVar[Limits] = Limits()

    idle_since: float = 0.0
    _began: float | None = None
    _slow: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no request has begun to arrive, or is being answered."""
        return (self.cycle is None or self.cycle.response_complete) and not self.conn.trailing_data[0]

    @property
    def is_answering(self) -> bool:
        """Whether an answer is due whose last byte was not written yet."""
        return self.cycle is not None and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(cast(asyncio.Transport, _Outlet(transport)))
        _probe(transport.get_extra_info("socket"))
        self.idle_since = self.loop.time()
        handler = self.timeout_keep_alive_handler
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, handler)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        _cancel(self._slow)
        _cancel(self._unread)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes in."""
        super().data_received(data)
        self._watch_request()

    def on_response_complete(self) -> None:
        """Go on to the next request."""
        self.idle_since = self.loop.time()
        super().on_response_complete()
        self._watch_request()
        self._watch_reader()

    def pause_writing(self) -> None:
        """Watch whether the client reads at all."""
        super().pause_writing()
        self._watch_reader()

    def timeout_keep_alive_handler(self) -> None:
        """End a connection that nobody used; what its client never read would keep it for ever."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP; uvicorn's own answer is text, and fails inside another answer."""
        too_long = not self.is_answering and len(self.conn.trailing_data[0]) > _LONGEST_HEAD_BYTES
        self.refuse(refusals.head_too_long(_LONGEST_HEAD_BYTES) if too_long else refusals.bad_request(msg))

    def refuse(self, refusal: Refusal) -> None:
        """Answer with an error and close; where an answer has begun already, only close."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.abort()
            return
        if self.is_answering:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        body = json_bytes(refusal.body)
        fields = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
        headers, reason = list(fields.items()), HTTPStatus(refusal.status).phrase
        start = h11.Response(status_code=refusal.status, headers=headers, reason=reason.encode())
        for event in (start, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _should_upgrade(self) -> bool:
        # Uvicorn's own would advise on stderr to install a package; an upgrade may always be ignored.
        return False

    def _watch_request(self) -> None:
        _cancel(self._slow)
        if self.transport.is_closing() or not self._is_reading():
            self._began = None
            return
        now = self.loop.time()
        if self._began is None:
            self._began = now
        wait_s = min(self.limits.silence_s, self._began + self.limits.request_s - now)
        self._slow = self.loop.call_later(max(0.0, wait_s), self._end_request)

    def _is_reading(self) -> bool:
        if self.is_answering:
            return self.cycle.more_body
        # The rest of a body that was refused is read and dropped, so that its client sees why.
        return bool(self.conn.trailing_data[0]) or self.conn.their_state is h11.SEND_BODY

    def _end_request(self) -> None:
        self.refuse(refusals.too_slow())

    def _watch_reader(self) -> None:
        _cancel(self._unread)
        waiting = self.transport.get_write_buffer_size()
        if waiting:
            self._unread = self.loop.call_later(self.limits.unread_s, self._end_unread, waiting)

    def _end_unread(self, before: int) -> None:
        flows = self.is_answering and not self.flow.write_paused
        if flows or self.transport.get_write_buffer_size() < before:
            self._watch_reader()
        else:
            self.transport.abort()


class _Outlet:
    """A transport that drops what is written after its end; asyncio's own warns on stderr, line by line."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)


def _probe(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _PROBES.items():
        if option := getattr(socket, name, None):
            connection.setsockopt(socket.IPPROTO_TCP, option, value)


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
