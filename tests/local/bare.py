"""Bare sockets: requests as bytes, answers as bytes, for what no HTTP client would send."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

JSON = dict[str, Any]

PLAIN = "/acme/demo/plain/production"


class Answer(NamedTuple):
    """One answer, or none: status 0 where the connection ended without a byte."""

    status: int
    head: str
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        lines = (line.partition(": ") for line in self.head.split("\r\n")[1:])
        return next((value for key, _, value in lines if key.lower() == name), None)


def request(
    body: bytes = b"{}",
    *headers: str,
    target: str = PLAIN,
    method: str = "POST",
    version: str = "1.1",
    host: str | None = "localhost",
    length: bool = True,
) -> bytes:
    """A request with a key, after whose answer the connection ends."""
    lines = [f"{method} {target} HTTP/{version}", *([f"host: {host}"] if host is not None else [])]
    lines += [
        "x-api-key: k",
        "connection: close",
        *headers,
        *([f"content-length: {len(body)}"] if length else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@contextmanager
def connected(port: int, *parts: bytes, room: int | None = None) -> Iterator[socket.socket]:
    """A connection on which these bytes were sent; the system keeps so many unread bytes for it."""
    with socket.socket() as connection:
        connection.settimeout(20)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if room is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        connection.connect(("127.0.0.1", port))
        for part in parts:
            connection.sendall(part)
        yield connection


def read_all(connection: socket.socket) -> bytes:
    """Everything up to the end of the connection, however it ends."""
    wire = b""
    try:
        while more := connection.recv(65536):
            wire += more
    except ConnectionResetError:
        pass
    return wire


def parsed(wire: bytes) -> Answer:
    """The answer that some bytes are; a chunked body is put together."""
    head, _, body = wire.partition(b"\r\n\r\n")
    text = head.decode("latin-1")
    status = int(text.split()[1]) if text else 0
    answer = Answer(status, text, body)
    return answer._replace(body=_joined(body)) if answer.header("transfer-encoding") == "chunked" else answer


def ask(port: int, *parts: bytes) -> Answer:
    """The answer to some bytes; what the server did not want to read any more is no failure."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return parsed(read_all(connection))


def is_langtails(body: Any) -> bool:
    """Whether a body is one of Langtail's two error shapes."""
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, str):
        return True
    return isinstance(error, dict) and error.keys() == {"message", "type", "param", "code"}


def _joined(body: bytes) -> bytes:
    parts, start = [], 0
    while (end := body.find(b"\r\n", start)) >= 0 and (size := int(body[start:end], 16)):
        parts.append(body[end + 2 : end + 2 + size])
        start = end + 2 + size + 2
    return b"".join(parts)
