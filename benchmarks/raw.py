"""A request, an answer and a process, as seen from a bare socket: no client's work is in the figures."""

from __future__ import annotations

import json
import math
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

LAST_CHUNK = b"\r\n0\r\n\r\n"
TEXT = b'"content":"'


def request(path: str, body: dict[str, Any], *headers: str) -> bytes:
    """Return the bytes of a POST to this machine, with a key."""
    data = json.dumps({"stream": True, **body}).encode()
    lines = [f"POST {path} HTTP/1.1", "host: localhost", "x-api-key: bench", *headers]
    return "\r\n".join([*lines, f"content-length: {len(data)}", "", ""]).encode() + data


def say(path: str, text: str, **body: Any) -> bytes:
    """Return the bytes of a request with one message."""
    return request(path, {"messages": [{"role": "user", "content": text}], **body})


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    """A blocking connection, without Nagle's delay."""
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield connection


def reads(connection: socket.socket, asked: bytes) -> Iterator[tuple[float, bytes]]:
    """Send a request; yield what each read gave, and when, up to the end of the answer."""
    connection.sendall(asked)
    tail = b""
    while not tail.endswith(LAST_CHUNK):
        data = connection.recv(1 << 16)
        if not data:
            raise ConnectionError(f"the server closed the connection after {tail!r}")
        yield time.perf_counter(), data
        tail = (tail + data)[-len(LAST_CHUNK) :]


def first_text_s(connection: socket.socket, asked: bytes) -> float:
    """Return the seconds from a request to its first text; the answer is read to its end."""
    began, first = time.perf_counter(), 0.0
    seen = b""
    for at, data in reads(connection, asked):
        seen += data
        if not first and has_text(seen):
            first = at - began
    if not seen.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(seen[:400])
    return first


def has_text(wire: bytes) -> bool:
    """Return whether some text has come; the chunk that opens a stream has an empty one."""
    return wire.count(TEXT) > wire.count(TEXT + b'"')


def dechunked(wire: bytes) -> bytes:
    """Return the body of a chunked answer."""
    head, _, rest = wire.partition(b"\r\n\r\n")
    if b"chunked" not in head:
        raise RuntimeError(wire[:400])
    parts: list[bytes] = []
    at = 0
    while True:
        end = rest.index(b"\r\n", at)
        size = int(rest[at:end], 16)
        if not size:
            return b"".join(parts)
        parts.append(rest[end + 2 : end + 2 + size])
        at = end + 4 + size


def spread(values: list[float]) -> str:
    """Return median, 90th percentile and maximum of seconds, in milliseconds."""
    ordered = sorted(value * 1e3 for value in values)
    high = ordered[math.ceil(0.9 * len(ordered)) - 1]
    return f"{statistics.median(ordered):9.2f} {high:9.2f} {ordered[-1]:9.2f}"


def ended_s(process: subprocess.Popen[str]) -> float:
    """Return the seconds from SIGTERM to the end of a server's process."""
    began = time.perf_counter()
    process.terminate()
    code = process.wait(30)
    took = time.perf_counter() - began
    assert process.stdout is not None
    process.stdout.close()
    if code:
        raise RuntimeError(f"the server ended with {code}")
    return took


def cpu_s(pid: int) -> float:
    """Return the CPU time of a process so far."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def peak_mb(pid: int) -> float:
    """Return the most memory that a process had; on other systems than Linux what it has now."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1e3
    return float(psutil.Process(pid).memory_info().rss / 1e6)
