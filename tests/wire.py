"""A server of a few lines that writes each byte by hand, and notes when the other side hangs up."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Send = Callable[[str], Awaitable[None]]
Answer = Callable[[Send], Awaitable[None]]

HEAD = (
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nx-langtail-thread-id: thread-1\r\n"
    "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
)
END = "data: [DONE]\n\n"


def event(**members: Any) -> str:
    """One event of a stream, from the members of its only choice."""
    chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "by-hand",
             "choices": [{"index": 0, "delta": {}, "finish_reason": None, **members}]}  # fmt: skip
    return f"data: {json.dumps(chunk)}\n\n"


def piece(text: str) -> str:
    """One event with a piece of text."""
    return event(delta={"content": text})


@dataclass
class Wire:
    """A running server; an assistant's slug picks the answer.

    Attributes:
        answers: By slug, what is sent after the headers; it ends the answer by returning.
        deployed: By slug, what is told of a deployment; nothing of others.
        requests: The decoded bodies, in order.
        closed: When the client closed a connection while it was being answered (``time.monotonic``).
    """

    answers: dict[str, Answer]
    deployed: Mapping[str, Any] = field(default_factory=dict)
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    closed: list[float] = field(default_factory=list)
    open: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def until_closed(self, count: int = 1) -> float:
        """Wait until the client has closed ``count`` connections under an answer; return when."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.closed) >= count, 30), (
                "the connection is still open"
            )
            return self.closed[count - 1]

    def until_asked(self, count: int) -> None:
        """Wait until ``count`` requests have come."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.requests) >= count, 30), "no request came"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.open += 1
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next((int(v[15:]) for v in head.lower().split("\r\n") if v.startswith("content-length:")), 0)
        method, path = head.split()[:2]
        body = json.loads(await reader.readexactly(length) or b"{}")
        slug = path.partition("?")[0].split("/")[-2]
        if method == "GET" and slug in self.deployed:
            told = json.dumps(self.deployed[slug])
            size = f"Content-Length: {len(told)}\r\n\r\n{told}"
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{size}".encode())
            return True
        if method == "GET" or slug not in self.answers:
            writer.write(
                b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
            )
            return True
        with self.changed:
            self.requests.append(body)
            self.changed.notify_all()
        answering = asyncio.create_task(self._answer(slug, writer))
        hung_up = asyncio.create_task(reader.read(1))
        await asyncio.wait([answering, hung_up], return_when=asyncio.FIRST_COMPLETED)
        # A reader that has ended, or a write that failed: either may be the first to notice.
        was_cut = not answering.done() or isinstance(answering.exception(), ConnectionError)
        at = time.monotonic()
        for task in (answering, hung_up):
            task.cancel()
        await asyncio.gather(answering, hung_up, return_exceptions=True)
        if was_cut:
            with self.changed:
                self.closed.append(at)
                self.changed.notify_all()
        return False

    async def _answer(self, slug: str, writer: asyncio.StreamWriter) -> None:
        async def send(text: str) -> None:
            data = text.encode()
            writer.write(b"%x\r\n%s\r\n" % (len(data), data))
            await writer.drain()

        if slug != "no-headers":
            writer.write(HEAD.encode())
        await self.answers[slug](send)
        writer.write(b"0\r\n\r\n")
        await writer.drain()


async def forever(send: Send) -> None:
    """Send nothing more."""
    await asyncio.Event().wait()


def text(whole: str, *, size: int = 4, every_s: float = 0.0, finish: str = "stop") -> Answer:
    """An answer in pieces of ``size`` characters, one every ``every_s`` seconds by the clock."""

    async def answer(send: Send) -> None:
        began = time.monotonic()
        for number, start in enumerate(range(0, len(whole), size)):
            await send(piece(whole[start : start + size]))
            await asyncio.sleep(max(0.0, began + (number + 1) * every_s - time.monotonic()))
        await send(event(finish_reason=finish) + END)

    return answer


def then(*parts: str, after: Answer | None = None) -> Answer:
    """An answer of these events, followed by what ``after`` does."""

    async def answer(send: Send) -> None:
        for part in parts:
            await send(part)
        if after is not None:
            await after(send)

    return answer


@contextmanager
def wire(answers: dict[str, Answer], deployed: Mapping[str, Any] | None = None) -> Iterator[Wire]:
    """Run a server on a free port of this machine, on a thread of its own."""
    running = Wire(answers, deployed or {})
    with on_a_thread(running):
        yield running


@contextmanager
def on_a_thread(running: Any) -> Iterator[None]:
    """Run what has ``serve`` as a server on a free port, which its ``url`` tells, on a thread of its own."""
    loop, stop, ready = asyncio.new_event_loop(), asyncio.Event(), threading.Event()

    async def main() -> None:
        server = await asyncio.start_server(running.serve, "127.0.0.1", 0)
        running.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ready.set()
        await stop.wait()
        server.close()
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()))
    thread.start()
    assert ready.wait(30)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()
