"""A server that answers with the bytes it is given, and nothing it makes up; and a proxy that tunnels.

A parser tested against its own writer agrees with itself about every mistake, so no HTTP library writes here.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

LIMIT_S: Final = 20.0
HOST: Final = "langtail.test"
"""A name that no network knows (RFC 6761), and that the tests' certificate is for."""

CLOSE: Final = "close"
"""End the connection as a server does that is done with it."""
RESET: Final = "reset"
"""Break the connection: the other side gets an error."""
STALL: Final = "stall"
"""Send nothing more until the client hangs up."""
GO: Final = "go"
"""Wait until the test says so: ``server.go.set()``."""

Step = bytes | str
Answer = Sequence[Step]


@dataclass(frozen=True)
class Asked:
    """One request, as it was written."""

    head: bytes
    body: bytes

    @property
    def line(self) -> str:
        return self.head.split(b"\r\n")[0].decode()

    @property
    def headers(self) -> dict[str, str]:
        lines = self.head.decode().split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines) if name}


@dataclass
class Literal:
    """A running server.

    Attributes:
        requests: In order.
        connections: Accepted so far.
        open: Of those, not ended yet.
    """

    answers: Sequence[Answer] | Callable[[Asked], Answer]
    url: str = ""
    requests: list[Asked] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    go: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that the server counts."""
        async with asyncio.timeout(LIMIT_S), self.changed:
            await self.changed.wait_for(condition)

    def _answer(self, asked: Asked) -> Answer:
        if callable(self.answers):
            return self.answers(asked)
        return self.answers[min(len(self.requests), len(self.answers)) - 1]

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        await self._tell()
        try:
            while (asked := await read_request(reader)) is not None:
                self.requests.append(asked)
                await self._tell()
                if not await self._write(self._answer(asked), reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()
            await self._tell()

    async def _write(
        self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        for step in answer:
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            elif step == GO:
                await self.go.wait()
                self.go.clear()
            elif step == STALL:
                await reader.read()
                return False
            else:
                if step == RESET:
                    reset(writer)
                return False
        return True


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST, as a crashing server or a firewall does."""
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def read_request(reader: asyncio.StreamReader) -> Asked | None:
    """Read one request, or None at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    length = int(Asked(head, b"").headers.get("content-length", 0))
    return Asked(head, await reader.readexactly(length))


@asynccontextmanager
async def literal(
    *answers: Answer,
    by: Callable[[Asked], Answer] | None = None,
    tls: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
) -> AsyncIterator[Literal]:
    """Run a server. The first answer is for the first request, the last for all that follow.

    Args:
        by: Picks the answer instead, by the request.
        tls: Speaks TLS with this certificate.
        host: The address on which it listens.
        port: Where it listens; 0 picks a free one.
    """
    running = Literal(by if by is not None else answers)
    async with listening(running.serve, tls=tls, host=host, port=port) as found:
        running.url = f"{'https' if tls else 'http'}://{host}:{found}"
        yield running


@asynccontextmanager
async def listening(
    serve: Any, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[int]:
    """Listen on a port, 0 for a free one; at the end, end what is still connected."""
    tasks: set[asyncio.Task[None]] = set()
    writers: list[asyncio.StreamWriter] = []

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        writers.append(writer)
        try:
            await serve(reader, writer)
        except asyncio.CancelledError:
            pass  # asyncio 3.11 logs a cancelled handler as an error
        finally:
            tasks.discard(task)

    server = await asyncio.start_server(served, host, port, ssl=tls, backlog=300)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()
        for writer in writers:
            with suppress(ConnectionError, ssl.SSLError, asyncio.CancelledError):
                await writer.wait_closed()


@dataclass
class Tunnel:
    """A proxy that understands CONNECT; whatever host is asked for, it connects to ``port``.

    Attributes:
        heads: Of the requests it got, in order.
    """

    port: int
    answer: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n"
    url: str = ""
    heads: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(self.answer)
            if b" 200 " in self.answer:
                inside = await asyncio.open_connection("127.0.0.1", self.port)
                try:
                    await asyncio.gather(_copy(reader, inside[1]), _copy(inside[0], writer))
                finally:
                    inside[1].transport.abort()
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def tunnel(port: int, **options: Any) -> AsyncIterator[Tunnel]:
    """Run a proxy."""
    running = Tunnel(port, **options)
    async with listening(running.serve) as own:
        running.url = f"http://127.0.0.1:{own}"
        yield running


def response(
    body: bytes = b"", status: str = "200 OK", *, kind: str = "application/json", headers: str = ""
) -> bytes:
    """A whole response with its length."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


STREAM_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"X-Langtail-Thread-Id: thr_7\r\nTransfer-Encoding: chunked\r\n\r\n"
)
STREAM_END: Final = b"0\r\n\r\n"


def part(data: bytes) -> bytes:
    """One piece of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def stream(*pieces: bytes) -> bytes:
    """A whole streamed response, each piece a chunk of the transfer."""
    return STREAM_HEAD + b"".join(map(part, pieces)) + STREAM_END


COMPLETION: Final = (
    b'{"id":"c1","object":"chat.completion","created":1,"model":"gpt-x","choices":[{"index":0,"message":'
    b'{"role":"assistant","content":"Take tram 4."},"finish_reason":"stop"}],'
    b'"usage":{"prompt_tokens":41,"completion_tokens":5,"total_tokens":46}}'
)
ROLE: Final = (
    b'data: {"id":"c1","model":"gpt-x","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n'
)
TAKE: Final = b'data: {"id":"c1","choices":[{"index":0,"delta":{"content":"Take "}}]}\n\n'
TRAM: Final = b'data: {"id":"c1","choices":[{"index":0,"delta":{"content":"tram 4."}}]}\n\n'
STOP: Final = b'data: {"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
USAGE: Final = (
    b'data: {"id":"c1","choices":[],"usage":{"prompt_tokens":41,"completion_tokens":5,"total_tokens":46}}\n\n'
)
DONE: Final = b"data: [DONE]\n\n"
TEXT: Final = "Take tram 4."
ANSWER: Final = (ROLE, TAKE, TRAM, STOP, USAGE, DONE)
