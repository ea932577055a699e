"""Many clients at once, slow ones and ones that leave; counts, never times."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.servers import Server, deployment

STREAMS = 200
PIECES = 1000


def head(length: int, *more: str) -> bytes:
    """The head of an invoke."""
    lines = ["POST /a/b/plain/production HTTP/1.1", "host: localhost", "x-api-key: k", *more]
    return "\r\n".join([*lines, f"content-length: {length}", "", ""]).encode()


async def read_stream(port: int, number: int) -> bytes:
    """The bytes of one stream of a thousand pieces, read from a bare socket."""
    text = "".join(f"{number:03}{index % 10}" for index in range(PIECES - 2)) + "xx"
    body = json.dumps({"stream": True, "messages": [{"role": "user", "content": text}]}).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head(len(body), "connection: close") + body)
    wire = await reader.read()
    writer.close()
    await writer.wait_closed()
    return wire


def text_of(wire: bytes) -> str:
    lines = (line for line in wire.split(b"\n") if line.startswith(b"data: {"))
    choices = (choice for line in lines for choice in json.loads(line[6:])["choices"])
    return "".join(choice["delta"].get("content", "") for choice in choices)


async def test_two_hundred_streams_lose_and_swap_nothing(make_server: Any) -> None:
    server: Server = make_server({"plain": deployment()})

    wires = await asyncio.gather(*(read_stream(server.port, number) for number in range(STREAMS)))

    for number, wire in enumerate(wires):
        expected = "".join(f"{number:03}{index % 10}" for index in range(PIECES - 2)) + "xx"
        assert text_of(wire) == f"user: {expected}"
        assert wire.count(b"data: {") == 1 + 1 + PIECES + 1 + 1 - 1
        assert b"data: [DONE]\n\n" in wire
    assert server.errors == []


async def test_a_slow_reader_holds_nobody_else_up(make_server: Any) -> None:
    server: Server = make_server({"plain": deployment()})
    body = json.dumps({"stream": True, "messages": [{"role": "user", "content": "x" * 400_000}]}).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
    writer.write(head(len(body)) + body)
    await reader.read(100)

    wire = await read_stream(server.port, 1)

    assert b"[DONE]" in wire
    slow = next(entry for entry in server.requests() if "x-api-key" in entry["headers"])
    assert slow["ended_at"] is None
    assert slow["events"] < 100_000
    writer.close()
    await writer.wait_closed()


async def test_a_client_that_sends_half_a_request_holds_nobody_up(make_server: Any) -> None:
    server: Server = make_server({"plain": deployment()})
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(head(9) + b"{")
    await writer.drain()

    assert b"[DONE]" in await read_stream(server.port, 1)

    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n"]
)
async def test_garbage_ends_its_own_connection_only(server: Server, garbage: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(garbage + b"\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()

    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 403"))
    assert b"[DONE]" in await read_stream(server.port, 1)
