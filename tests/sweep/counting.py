"""A server of bare sockets that counts what it is asked; slow, or with errors, as a test wants it."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

JSON = dict[str, Any]
# A status, and the words of the error.
Answer = Callable[[JSON], "tuple[int, str] | None"]


@dataclass
class Counting:
    """A server on a thread of its own.

    Attributes:
        delay_s: How long each answer takes.
        admits: Calls at once; those above get a 429 with ``Retry-After: 1``; 0 admits all.
        at_a_time: Calls that are worked at; those above wait in line; 0 lets none wait.
        refuse: Returns the status and words of an error in place of an answer, given a body.
        text: Returns the answer to a body; None echoes what it asked.
        tokens: Returns the tokens in and out of an answer to a body; None for always the same.
        bodies: Every body that was answered or refused, but for 429s.
        keys: Every key that came along.
        counts: ``invoke``, ``refused`` (429s), ``delete``, ``mark``, ``config``.
        state: What is deployed.
    """

    delay_s: float = 0.0
    admits: int = 0
    at_a_time: int = 0
    refuse: Answer = lambda body: None
    text: Callable[[JSON], str] | None = None
    tokens: Callable[[JSON], tuple[int, int]] | None = None
    state: JSON = field(
        default_factory=lambda: {
            "type": "chat",
            "template": [{"role": "system", "content": "On {{topic}}."}],
            "args": {"model": "m", "temperature": 0.5},
        }
    )
    bodies: list[JSON] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    threads: set[str] = field(default_factory=set)
    open_now: int = 0
    most_open: int = 0
    port: int = 0
    started: threading.Event = field(default_factory=threading.Event)
    _line: asyncio.Semaphore | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Counting:
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        assert self.started.wait(10)
        return self

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", self.port, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        self.started.set()
        await server.serve_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.keys |= {
                    line[10:].strip() for line in head.split("\r\n") if line.lower().startswith("x-api-key:")
                }
                lengths = [
                    int(line[15:])
                    for line in head.lower().split("\r\n")
                    if line.startswith("content-length:")
                ]
                body = await reader.readexactly(lengths[0]) if lengths else b""
                method, path, _ = head.split(" ", 2)
                await self._answer(method, path, body, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, method: str, path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        if path.startswith("/v2/threads"):
            return self._thread(method, path, writer)
        if path == "/_counts":
            return _write(writer, 200, {**self.counts, "open": self.open_now})
        if method == "GET":
            self.counts["config"] += 1
            return _write(writer, 200, {"chatInput": {"topic": "", "language": ""}, "state": self.state})
        return await self._invoke(json.loads(body), writer)

    def _thread(self, method: str, path: str, writer: asyncio.StreamWriter) -> None:
        self.counts["delete" if method == "DELETE" else "mark"] += 1
        self.threads.discard(path.rpartition("/")[2])
        _write(writer, 200, {"id": path.rpartition("/")[2], "deleted": True})

    async def _invoke(self, body: JSON, writer: asyncio.StreamWriter) -> None:
        if self.admits and self.open_now >= self.admits:
            self.counts["refused"] += 1
            return _write(writer, 429, {"error": {"message": "too many"}}, {"retry-after": "1"})
        self.counts["invoke"] += 1
        self.bodies.append(body)
        if refusal := self.refuse(body):
            return _write(writer, refusal[0], {"error": {"message": refusal[1]}})
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            await self._work()
        finally:
            self.open_now -= 1
        thread = uuid.uuid4().hex
        self.threads.add(thread)
        text = None if self.text is None else self.text(body)
        tokens = (10, 5) if self.tokens is None else self.tokens(body)
        return _write(writer, 200, _completion(body, text, *tokens), {"x-langtail-thread-id": thread})

    async def _work(self) -> None:
        if not self.at_a_time:
            return await asyncio.sleep(self.delay_s)
        self._line = self._line or asyncio.Semaphore(self.at_a_time)
        async with self._line:
            return await asyncio.sleep(self.delay_s)


def _completion(body: JSON, text: str | None, tokens_in: int, tokens_out: int) -> JSON:
    messages = body.get("messages") or [{}]
    if text is None:
        text = f"{messages[-1].get('content')}|{body.get('temperature')}|{body.get('variables')}"
    return {
        "id": "c",
        "object": "chat.completion",
        "model": body.get("model") or "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
        },
    }


def _write(
    writer: asyncio.StreamWriter, status: int, content: JSON, headers: dict[str, str] | None = None
) -> None:
    body = json.dumps(content).encode()
    lines = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body)


if __name__ == "__main__":
    running = Counting(delay_s=float(sys.argv[1]), admits=int(sys.argv[2])).start()
    print(running.url, flush=True)
    while True:
        time.sleep(1)
