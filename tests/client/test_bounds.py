"""Whatever a server sends, reading it ends in time, in one line, and keeps what came before."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterable

import pytest

from langtail_nb._client.client import Client
from langtail_nb._errors import LangtailError, StreamError
from langtail_nb._local.engines.address import parse_address
from langtail_nb._local.engines.upstream import Upstream
from langtail_nb._local.protocol.refusals import Refusal
from langtail_nb._text import limits
from langtail_nb._text.limits import LONGEST_EVENT, MOST_CALLS
from langtail_nb._types.request import Request
from tests.literal import COMPLETION, STREAM_END, STREAM_HEAD, TAKE, literal, part, response

MIB = 2**20
TARGET = "acme/support/triage/staging"
DEEP = b'{"x":' * 100_000 + b"1" + b"}" * 100_000
NESTED = b"[" * 700 + b"]" * 700


def event(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"


def call(index: int) -> bytes:
    function = {"name": f"f{index}", "arguments": "{}"}
    calls = [{"index": index, "id": f"t{index}", "function": function}]
    return event(json.dumps({"choices": [{"index": 0, "delta": {"tool_calls": calls}}]}).encode())


def streamed(pieces: Iterable[bytes]) -> list[bytes]:
    return [STREAM_HEAD, *map(part, pieces), STREAM_END]


ODD = {
    "a line without an end": lambda: [b"data: ", *[b"x" * MIB] * (LONGEST_EVENT // MIB + 1)],
    "an event without an end": lambda: [b"data: x\n" * (MIB // 8)] * (LONGEST_EVENT // MIB + 2),
    "a field without an end": lambda: [b"x" * MIB] * (LONGEST_EVENT // MIB + 1),
    "calls without an end": lambda: [call(index * 7) for index in range(MOST_CALLS + 1)],
    "an error that is very deep": lambda: [event(b'{"error":' + NESTED + b"}")],
    "JSON that is too deep": lambda: [event(DEEP)],
    "a message that is very deep": lambda: [event(b'{"choices":[{"delta":{"x":' + NESTED + b"}}]}")],
    "digits without an end": lambda: [b"retry: " + b"9" * 5_000 + b"\n\n"],
}


async def read_by_client(url: str) -> None:
    request = Request(TARGET, "hi")
    async with Client("lt-test-key", url, retries=0) as client, client.stream(request) as stream:
        async for _ in stream:
            pass


async def read_by_engine(url: str) -> None:
    engine = Upstream(parse_address(url), None)
    try:
        async for _ in await engine.answer({"model": "m", "messages": [{"role": "user", "content": "hi"}]}):
            pass
    finally:
        await engine.close()


@pytest.mark.parametrize("name", ODD)
async def test_the_client_ends_in_one_line_and_keeps_what_came(name):
    async with literal(streamed([TAKE, *ODD[name]()])) as server:
        with pytest.raises(StreamError) as caught:
            await read_by_client(server.url)

    reply = caught.value.reply
    assert reply is not None
    assert (reply.text, reply.partial, reply.error) == ("Take ", True, caught.value)
    assert len(str(caught.value)) < 500
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ODD)
async def test_the_engine_ends_in_one_line(name):
    async with literal(streamed([TAKE, *ODD[name]()])) as server:
        with pytest.raises(Refusal) as caught:
            await read_by_engine(server.url)

    assert len(str(caught.value)) < 700


async def read_config(url: str) -> None:
    async with Client("lt-test-key", url, retries=0) as client:
        await client.config(TARGET)


async def read_whole(url: str) -> None:
    async with Client("lt-test-key", url, retries=0) as client:
        await client.invoke(Request(TARGET, "hi"))


WHOLE = [response(b'{"choices": [' + b" " * 2 * MIB + b"]}")]
PARTS = streamed([*[event(b'{"choices":[{"index":0,"delta":{"content":"word"}}]}' + b" " * 1000)] * 2000])


@pytest.mark.parametrize(
    ("read", "body"),
    [
        (read_whole, WHOLE), (read_by_client, WHOLE), (read_by_client, PARTS), (read_config, WHOLE),
        (read_by_engine, WHOLE), (read_by_engine, PARTS),
    ],
)  # fmt: skip
async def test_no_more_is_read_than_any_answer_has(read, body, monkeypatch):
    monkeypatch.setattr(limits, "LONGEST_ANSWER", MIB)
    async with literal(body) as server:
        with pytest.raises((StreamError, Refusal), match="more than 1 MiB"):
            await read(server.url)


async def test_an_answer_of_just_the_longest_is_read(monkeypatch):
    body = COMPLETION + b" " * MIB
    monkeypatch.setattr(limits, "LONGEST_ANSWER", len(body))
    async with literal([response(body)]) as server:
        await read_whole(server.url)
    monkeypatch.setattr(limits, "LONGEST_ANSWER", len(body) - 1)
    async with literal([response(body)]) as server:
        with pytest.raises(StreamError, match="broke off before its first word: the server sent more than"):
            await read_whole(server.url)


@pytest.mark.parametrize("kind", ["text/event-stream", "application/json"])
async def test_a_compressed_answer_which_may_be_of_any_size_is_refused(kind):
    packed = response(b"\x1f\x8b", kind=kind, headers="Content-Encoding: gzip\r\n")
    async with literal([packed]) as server, Client("lt-test-key", server.url, retries=0) as client:
        with pytest.raises(LangtailError, match="encoded as 'gzip', which was not asked for"):
            await client.invoke(Request(TARGET, "hi"))


async def test_the_memory_of_a_long_answer_is_a_few_times_its_size():
    piece = event(
        json.dumps({"id": "c", "choices": [{"index": 0, "delta": {"content": "word " * 2_000}}]}).encode()
    )
    end = event(b'{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}')
    size = 50 * MIB
    body = streamed([*[piece] * (size // 10_000), end])
    async with literal(body) as server, Client("lt-test-key", server.url, retries=0) as client:
        tracemalloc.start()
        try:
            async with client.stream(Request(TARGET, "hi")) as stream:
                async for _ in stream:
                    pass
            reply = stream.reply
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert len(reply.text) >= size - 10_000
    assert most < 6 * size
