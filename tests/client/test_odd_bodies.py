"""Bodies in the odd framings that servers send, over a socket: client and engine read them alike.

A row is a name, a content type, a body, and its text; or the words that its error must hold.
"""

from __future__ import annotations

from typing import Any

import pytest

from langtail_nb._client.client import Client
from langtail_nb._errors import LangtailError
from langtail_nb._local.engines.address import parse_address
from langtail_nb._local.engines.upstream import Upstream
from langtail_nb._local.protocol.answer_pieces import Text
from langtail_nb._local.protocol.refusals import Refusal
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request
from tests.literal import COMPLETION, STREAM_END, TEXT, literal, part, response

EVENTS = "text/event-stream"
HEL = b'{"id":"c1","choices":[{"index":0,"delta":{"content":"Hel"}}]}'
LO = b'{"id":"c1","choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":"stop"}]}'
LO_OPEN = b'{"id":"c1","choices":[{"index":0,"delta":{"content":"lo"}}]}'


def lines(*data: bytes, between: bytes = b"\n\n") -> bytes:
    return b"".join(b"data: " + one + between for one in data)


RIGHT: dict[str, tuple[str, bytes, str]] = {
    "plain": (EVENTS, lines(HEL, LO, b"[DONE]"), "Hello"),
    "one newline between events": (EVENTS, lines(HEL, LO, b"[DONE]", between=b"\n"), "Hello"),
    "a blank line left out once": (EVENTS, lines(HEL, between=b"\n") + lines(LO, b"[DONE]"), "Hello"),
    "carriage returns": (EVENTS, lines(HEL, LO, b"[DONE]", between=b"\r\n\r\n"), "Hello"),
    "carriage returns alone": (EVENTS, lines(HEL, LO, b"[DONE]", between=b"\r\r"), "Hello"),
    "no blank after the colon": (EVENTS, lines(HEL, LO, b"[DONE]").replace(b"data: ", b"data:"), "Hello"),
    "a mark of byte order": (EVENTS, b"\xef\xbb\xbf" + lines(HEL, LO, b"[DONE]"), "Hello"),
    "blank lines before": (EVENTS, b"\n\n" + lines(HEL, LO, b"[DONE]"), "Hello"),
    "a comment before": (EVENTS, b": hello\n\n" + lines(HEL, LO, b"[DONE]"), "Hello"),
    "no end mark": (EVENTS, lines(HEL, LO), "Hello"),
    "no reason, but the end mark": (EVENTS, lines(HEL, LO_OPEN, b"[DONE]"), "Hello"),
    "no blank line after the end mark": (EVENTS, lines(HEL, LO) + b"data: [DONE]", "Hello"),
    "called JSON": ("application/json", lines(HEL, LO, b"[DONE]"), "Hello"),
    "called text": ("text/plain; charset=utf-8", lines(HEL, LO, b"[DONE]"), "Hello"),
    "called bytes": ("application/octet-stream", lines(HEL, LO, b"[DONE]"), "Hello"),
    "a whole completion, called a stream": (EVENTS, COMPLETION, TEXT),
    "a whole completion, called text": ("text/plain", COMPLETION, TEXT),
    "a whole completion after blank lines": ("application/json", b"\n\n" + COMPLETION, TEXT),
    "a whole completion after a mark of byte order": ("application/json", b"\xef\xbb\xbf" + COMPLETION, TEXT),
    "an object on each line": ("application/x-ndjson", b"\n".join((HEL, LO)) + b"\n", "Hello"),
    "an object on each line, called a stream": (EVENTS, b"\n".join((HEL, LO)), "Hello"),
    "an object on each line, then the end mark": (
        "application/json", b"\n".join((HEL, LO, b"[DONE]")), "Hello",
    ),
    "a list of chunks": ("application/json", b"[" + b",\n".join((HEL, LO)) + b"]", "Hello"),
    "a list of one completion": ("application/json", b"[" + COMPLETION + b"]", TEXT),
    "an event with a name": (
        EVENTS, lines(HEL, LO, b"[DONE]").replace(b"data:", b"event: message\ndata:"), "Hello",
    ),
    "events of other kinds": (
        EVENTS, b'event: ping\ndata: {"type":"ping"}\n\n' + lines(HEL, LO, b"[DONE]"), "Hello",
    ),
    "words after the end mark": (EVENTS, lines(HEL, LO, b"[DONE]", b"bye"), "Hello"),
    "an object without news": (EVENTS, lines(HEL, b'{"id":"c1","model":"m"}', LO, b"[DONE]"), "Hello"),
    "an id and a time before each": (
        EVENTS, lines(HEL, LO, b"[DONE]").replace(b"data:", b"id: 7\nretry: 3000\ndata:"), "Hello",
    ),
}  # fmt: skip
WRONG: dict[str, tuple[str, bytes, str]] = {
    "error, an object": (EVENTS, lines(b'{"error":{"message":"quota exceeded"}}'), "quota exceeded"),
    "error, a text": (EVENTS, lines(b'{"error":"quota exceeded"}'), "quota exceeded"),
    "error, in a list": (EVENTS, lines(b'[{"error":{"message":"quota exceeded"}}]'), "quota exceeded"),
    "an event called error": (
        EVENTS, b'event: error\ndata: {"message":"quota exceeded"}\n\n', "quota exceeded",
    ),
    "object: error": (
        EVENTS,
        lines(b'{"object":"error","message":"max context exceeded","code":400}', b"[DONE]"),
        "max context exceeded",
    ),
    "error_message": (
        EVENTS,
        lines(b'{"choices":null,"error_type":"BadRequest","error_message":"context length 9000"}'),
        "context length 9000",
    ),
    "type: error": (
        EVENTS, lines(b'{"type":"error","code":"server","message":"engine crashed"}'), "engine crashed",
    ),
    "detail": (EVENTS, lines(b'{"detail":"Request too large"}'), "Request too large"),
    "a bare line": (EVENTS, lines(HEL) + b'{"error":{"message":"quota exceeded"}}\n', "quota exceeded"),
    "a bare line alone": (EVENTS, b'{"error":{"message":"quota exceeded"}}\n', "quota exceeded"),
    "in the choice": (
        EVENTS,
        lines(HEL, b'{"choices":[{"index":0,"delta":{"content":""},"error":{"message":"quota exceeded"}}]}'),
        "quota exceeded",
    ),
    "beside a choice": (
        EVENTS,
        lines(b'{"error":{"message":"quota exceeded"},"choices":[{"delta":{},"finish_reason":"error"}]}'),
        "quota exceeded",
    ),
    "code and message": (
        EVENTS, lines(b'{"code":"InvalidParameter","message":"quota exceeded"}'), "quota exceeded",
    ),
    "error_code and error_msg": (
        EVENTS, lines(b'{"error_code":18,"error_msg":"quota exceeded"}'), "quota exceeded",
    ),
    "a base response": (
        EVENTS,
        lines(b'{"choices":null,"base_resp":{"status_code":1004,"status_msg":"quota exceeded"}}'),
        "quota exceeded",
    ),
    "a list of errors": (EVENTS, lines(b'{"errors":[{"message":"quota exceeded"}]}'), "quota exceeded"),
    "a list of words": (EVENTS, lines(b'{"errors":["quota exceeded"]}'), "quota exceeded"),
    "a fault": (EVENTS, lines(b'{"fault":{"faultstring":"quota exceeded"}}'), "quota exceeded"),
    "a problem": (
        EVENTS, lines(b'{"title":"Too Many","status":429,"detail":"quota exceeded"}'), "quota exceeded",
    ),
    "what FastAPI says": (
        EVENTS, lines(b'{"detail":[{"loc":["body","stop"],"msg":"quota exceeded"}]}'), "quota exceeded",
    ),
    "a whole body": ("application/json", b'{"error":{"message":"quota exceeded"}}', "quota exceeded"),
    "a whole body without choices": ("application/json", b'{"message":"quota exceeded"}', "quota exceeded"),
    "the last object of several": (
        "application/x-ndjson", HEL + b'\n{"error":"quota exceeded"}\n', "quota exceeded",
    ),
    "after some text": (EVENTS, lines(HEL, b'{"detail":"engine crashed"}'), "engine crashed"),
}  # fmt: skip


def answer(kind: str, body: bytes) -> list[Any]:
    return [response(body, kind=kind)]


@pytest.mark.parametrize("name", RIGHT)
async def test_the_client_reads_the_body_right(name):
    kind, body, text = RIGHT[name]
    async with literal(answer(kind, body)) as server:
        assert (await by_client(server.url)) == text


@pytest.mark.parametrize("name", RIGHT)
async def test_the_engine_reads_the_body_to_the_same(name):
    kind, body, text = RIGHT[name]
    async with literal(answer(kind, body)) as server:
        assert (await by_engine(server.url)) == text


@pytest.mark.parametrize("name", WRONG)
async def test_the_client_tells_what_the_server_said(name):
    kind, body, words = WRONG[name]
    async with literal(answer(kind, body)) as server:
        with pytest.raises(LangtailError, match=words):
            await by_client(server.url)


@pytest.mark.parametrize("name", WRONG)
async def test_the_engine_tells_what_the_server_said(name):
    kind, body, words = WRONG[name]
    async with literal(answer(kind, body)) as server:
        with pytest.raises(Refusal, match=words):
            await by_engine(server.url)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, br"])
async def test_an_encoding_that_nobody_asked_for_is_named(encoding):
    packed = response(b"\x8b\x02\x80", kind=EVENTS, headers=f"Content-Encoding: {encoding}\r\n")
    async with literal([packed]) as server:
        with pytest.raises(LangtailError, match=f"encoded as '{encoding}'"):
            await by_client(server.url)
        with pytest.raises(Refusal, match=f"encoded as '{encoding}'"):
            await by_engine(server.url)


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "a mark of byte order"])
async def test_the_kind_of_a_body_is_told_wherever_its_beginning_is_cut(cut, mark):
    body = mark + lines(HEL, LO, b"[DONE]")
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    pieces = [head, part(body[:cut]), part(body[cut:]), STREAM_END]
    async with literal(pieces) as server:
        assert await by_client(server.url) == "Hello"
        assert await by_engine(server.url) == "Hello"


async def test_a_missing_finish_reason_is_named():
    async with literal(answer(EVENTS, lines(HEL, LO_OPEN, b"[DONE]"))) as server:
        reply = await reply_of(server.url)

    assert (reply.text, reply.partial, reply.finish_reason) == ("Hello", False, None)
    assert reply.warnings == ["the server gave no finish reason, so it may not be whole"]


@pytest.mark.parametrize("body", [lines(HEL, LO_OPEN), HEL + b"\n" + LO_OPEN], ids=["events", "lines"])
async def test_what_ends_without_a_reason_and_a_mark_is_not_whole(body):
    async with literal(answer(EVENTS, body)) as server:
        with pytest.raises(LangtailError, match="without a finish reason") as caught:
            await by_client(server.url)
        with pytest.raises(Refusal, match="without a finish reason"):
            await by_engine(server.url)

    assert caught.value.reply is not None
    assert (caught.value.reply.text, caught.value.reply.partial) == ("Hello", True)


async def by_client(url: str) -> str:
    return (await reply_of(url)).text


async def reply_of(url: str) -> Reply:
    request = Request("acme/support/triage/staging", "hi")
    async with Client("lt-test-key", url, retries=0) as client, client.stream(request) as stream:
        async for _ in stream:
            pass
        return stream.reply


async def by_engine(url: str) -> str:
    engine = Upstream(parse_address(url), None)
    try:
        pieces = await engine.answer({"model": "m", "messages": [{"role": "user", "content": "hi"}]})
        return "".join([piece.text async for piece in pieces if isinstance(piece, Text)])
    finally:
        await engine.close()
