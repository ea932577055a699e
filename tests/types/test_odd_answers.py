"""The client, and the engine of the local server, read every odd form of an answer right, and alike."""

from __future__ import annotations

import json
from typing import Any

import pytest

from langtail_nb._http.events import SSEDecoder
from langtail_nb._local.answering.plan import Plan
from langtail_nb._local.engines.chunk_reader import ChunkReader
from langtail_nb._local.faults.faults import Faults
from langtail_nb._local.protocol.answer_pieces import Pieces
from langtail_nb._types.completion.chunk import Chunk
from langtail_nb._types.completion.collector import Collector
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request
from tests.types.odd_answers import END, JSON, ROWS, Row, counted, delta

REQUEST = Request("acme/support/triage/staging", "Where is the tram?")


def read_by_client(chunks: list[JSON]) -> Reply:
    return collected([json.dumps(raw) for raw in chunks])


def collected(events: list[str]) -> Reply:
    collector = Collector(REQUEST)
    for event in events:
        collector.feed(Chunk(json.loads(event)))
    collector.end()
    return collector.snapshot()


async def read_through_engine(chunks: list[JSON]) -> Reply:
    """What the client reads of what the local server writes of what its engine reads."""
    reader = ChunkReader()

    async def pieces() -> Pieces:
        for raw in chunks:
            for piece in reader.pieces(json.loads(json.dumps(raw))):
                yield piece
        for piece in reader.end():
            yield piece

    decoder = SSEDecoder()
    events = [
        event.data
        async for served in Plan("local", Faults(())).events(pieces())
        for event in decoder.feed(served.data)
    ]
    return collected([data for data in events if data != "[DONE]"])


def shown(reply: Reply) -> dict[str, Any]:
    calls = tuple((call.name, call.arguments.strip()) for call in reply.tool_calls)
    usage = reply.usage
    return {
        "text": reply.text,
        "calls": calls,
        "meaning": reply.finish_reason,
        "reasoning": reply.reasoning,
        "tokens": (usage.prompt_tokens, usage.completion_tokens),
        "messages": len(reply.messages),
    }


def right(row: Row) -> dict[str, Any]:
    return {
        "text": row.text,
        "calls": row.calls,
        "meaning": row.meaning,
        "reasoning": row.reasoning,
        "tokens": row.tokens,
        "messages": 1,
    }


def test_there_are_many_rows():
    assert len(ROWS) >= 150


@pytest.mark.parametrize("name", ROWS)
async def test_client_and_engine_read_it_right(name):
    row = ROWS[name]

    reply = read_by_client(row.chunks)

    assert shown(reply) == right(row)
    assert bool(reply.warnings) == row.are_several
    assert shown(await read_through_engine(row.chunks)) == right(row)


@pytest.mark.parametrize("more", [{}, {"role": "assistant", "content": None}])
def test_a_refusal_goes_back_as_it_was_sent(more):
    reply = read_by_client([delta(refusal="No", **more), delta(refusal="."), END])

    assert reply.messages == ({"role": "assistant", "content": None, "refusal": "No."},)


def test_a_thought_in_the_text_goes_back_as_it_was_sent():
    reply = read_by_client([delta(content="<think>Hm.</think>\n\nHello"), END])

    assert (reply.text, reply.reasoning) == ("Hello", "Hm.")
    assert reply.message == {"role": "assistant", "content": "<think>Hm.</think>\n\nHello"}


def test_the_pieces_of_a_thought_in_the_text_are_reasoning_and_no_text():
    collector, said = Collector(REQUEST), []
    for text in ("<thi", "nk>H", "m.</", "think>", "\n", "Hel", "lo"):
        collector.feed(chunk := Chunk(delta(content=text)))
        said.append((chunk.reasoning, chunk.text))

    assert ["".join(pieces) for pieces in zip(*said, strict=True)] == ["Hm.", "Hello"]


def test_what_was_held_back_comes_with_the_reason():
    collector = Collector(REQUEST)
    collector.feed(first := Chunk(delta(content="<thi")))
    collector.feed(last := Chunk(END))

    assert (first.text, last.text) == ("", "<thi")
    assert collector.snapshot().text == "<thi"


def test_an_audio_and_images_are_put_together_for_the_message():
    image = {"type": "image_url", "image_url": {"url": "data:,"}}
    chunks = [
        delta(content="", audio={"id": "a1", "transcript": "Hel"}, images=[image]),
        delta(audio={"transcript": "lo", "data": "UklG"}, images=[image | {"index": 1}]),
        delta(audio={"data": "AAAA"}),
        END,
    ]

    message = read_by_client(chunks).message

    assert message == {
        "role": "assistant",
        "content": None,
        "audio": {"id": "a1", "transcript": "Hello", "data": "UklGAAAA"},
        "images": [image, image | {"index": 1}],
    }


async def test_images_and_audio_pass_through_the_engine():
    image = {"type": "image_url", "image_url": {"url": "data:,"}}
    reply = await read_through_engine([delta(content="See", images=[image]), END])

    assert reply.message == {"role": "assistant", "content": "See", "images": [image]}


def test_a_total_of_zero_is_none():
    usage = read_by_client([delta(content="Hello") | {"usage": counted(9, 2, 0)}, END]).usage

    assert usage.total_tokens == 11
