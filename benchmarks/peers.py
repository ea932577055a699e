"""Servers to compare with, each a process of its own: they send the same events and do nothing else."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from raw_server import END, HEAD, part, serve

PIECE_CHARACTERS = 4


@dataclass
class Peer:
    """A running server."""

    name: str
    port: int
    pid: int


def events(message: str, made_id: str = "chatcmpl-0", created: int = 1763800000) -> Iterator[bytes]:
    """Yield the events of the echo of one word, byte for byte as the local server writes them."""
    text = f"user: {message}"
    head: dict[str, Any] = {
        "id": made_id,
        "object": "chat.completion.chunk",
        "created": created,
        "model": "echo",
    }
    head |= {"model": "echo", "system_fingerprint": None}
    usage = {
        "prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3,
        "prompt_tokens_details": {"cached_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0},
    }  # fmt: skip
    yield _event(head, {"role": "assistant", "content": ""})
    for start in range(0, len(text), PIECE_CHARACTERS):
        yield _event(head, {"content": text[start : start + PIECE_CHARACTERS]})
    yield _event(head, {}, "stop")
    yield _data({**head, "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


def _event(head: dict[str, Any], delta: dict[str, str], finish_reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return _data({**head, "choices": [choice], "usage": None})


def _data(value: object) -> bytes:
    return b"data: " + json.dumps(value, separators=(",", ":")).encode() + b"\n\n"


def _message(body: bytes) -> str:
    message: str = json.loads(body)["messages"][-1]["content"]
    return message


async def _answer(body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    for event in events(_message(body)):
        writer.write(part(event))
        await writer.drain()
    writer.write(END)


def _serve_bare(told: Any) -> None:
    serve(_answer, told)


def _serve_starlette(told: Any) -> None:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import StreamingResponse
    from starlette.routing import Route

    async def answer(request: Request) -> StreamingResponse:
        body = await request.body()

        async def stream() -> AsyncIterator[bytes]:
            for event in events(_message(body)):
                yield event

        return StreamingResponse(stream(), media_type="text/event-stream")

    app = Starlette(routes=[Route("/{a}/{b}/{c}/{d}", answer, methods=["POST"])])
    # The protocol named, as uvicorn's own sockets do: without it each short answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    told.send(listener.getsockname()[1])
    config = uvicorn.Config(app, http="h11", ws="none", log_level="warning", access_log=False, backlog=1024)
    uvicorn.Server(config).run(sockets=[listener])


_SERVERS: dict[str, Callable[[Any], None]] = {"bare socket": _serve_bare, "starlette": _serve_starlette}


@contextmanager
def peer(name: str) -> Iterator[Peer]:
    """Run ``bare socket`` (asyncio streams alone) or ``starlette`` (with uvicorn and h11)."""
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_SERVERS[name], args=(theirs,), daemon=True)
    process.start()
    try:
        assert process.pid is not None
        yield Peer(name, ours.recv(), process.pid)
    finally:
        process.kill()
        process.join()
