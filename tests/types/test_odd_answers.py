"""Answers in the odd forms that servers send: the client and the engine of the local server read them alike.

A row is a name, the chunks as they come, and what they are: add one for each form that is seen.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from langtail_nb._local.engines.chunk_reader import ChunkReader
from langtail_nb._local.protocol.answer_pieces import Finish, Reasoning, Text, ToolCall
from langtail_nb._types.completion.chunk import Chunk
from langtail_nb._types.completion.collector import Collector
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request

REQUEST = Request("acme/support/triage/staging", "Where is the tram?")
OSLO = '{"city":"Oslo"}'


def delta(_id: Any = "c1", finish_reason: str | None = None, **part: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": part} | ({"finish_reason": finish_reason} if finish_reason else {})
    return {"choices": [choice]} | ({} if _id is None else {"id": _id})


def call(arguments: Any = None, **more: Any) -> dict[str, Any]:
    """A chunk with a piece of one tool call; ``name`` goes where the wire has it."""
    function = {"name": more.pop("name")} if "name" in more else {}
    if arguments is not None:
        function["arguments"] = arguments
    return delta(tool_calls=[{**more, "function": function}])


def whole(**message: Any) -> dict[str, Any]:
    return {"id": "c1", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}


END = delta(finish_reason="stop")
CALLED = delta(finish_reason="tool_calls")

# name: chunks, text, calls as (name, arguments), meaning of the finish reason
ROWS: dict[str, tuple[list[dict[str, Any]], str, list[tuple[str, str]], str]] = {
    "plain": ([delta(content="Hel"), delta(content="lo"), END], "Hello", [], "stop"),
    "an id for each chunk": (
        [delta("x.1", content="Hel"), delta("x.2", content="lo"), delta("x.3", "stop")], "Hello", [], "stop",
    ),
    "an empty id, then the real one": (
        [delta("", content="Hel"), delta(content="lo"), END], "Hello", [], "stop",
    ),
    "no id, then one": ([delta(None, content="Hel"), delta(content="lo"), END], "Hello", [], "stop"),
    "an id, then none": ([delta(content="Hel"), delta(None, content="lo"), END], "Hello", [], "stop"),
    "an id that is a number": ([delta(7, content="Hel"), delta(8, content="lo"), END], "Hello", [], "stop"),
    "the role with each chunk": (
        [delta(role="assistant", content="Hel"), delta(role="assistant", content="lo"), END],
        "Hello", [], "stop",
    ),
    "no role": ([delta(content="Hello"), END], "Hello", [], "stop"),
    "null for what is not there": (
        [delta(role=None, content="Hello", tool_calls=None, refusal=None, function_call=None), END],
        "Hello", [], "stop",
    ),
    "content in parts": ([delta(content=[{"type": "text", "text": "Hello"}]), END], "Hello", [], "stop"),
    "the reason beside the last text": (
        [delta(content="Hel"), delta("c1", "stop", content="lo")], "Hello", [], "stop",
    ),
    "text after the reason": ([delta("c1", "stop", content="Hel"), delta(content="lo")], "Hello", [], "stop"),
    "a whole completion": ([whole(role="assistant", content="Hello")], "Hello", [], "stop"),
    "a refusal": ([delta(refusal="I can't "), delta(refusal="help."), END], "I can't help.", [], "stop"),
    "a refusal beside null content": (
        [delta(role="assistant", content=None, refusal="I can't "), delta(refusal="help."), END],
        "I can't help.", [], "stop",
    ),
    "a refusal after some text": (
        [delta(content="Well. "), delta(refusal="No."), END], "Well. No.", [], "stop",
    ),
    "a whole refusal": ([whole(role="assistant", content=None, refusal="No.")], "No.", [], "stop"),
    "a refusal that was filtered": (
        [delta(refusal="No."), delta(finish_reason="content_filter")], "No.", [], "content_filter",
    ),
    "a call in one piece": (
        [call(OSLO, index=0, id="t1", name="weather"), CALLED], "", [("weather", OSLO)], "tool_calls",
    ),
    "a call in pieces": (
        [
            call("", index=0, id="t1", name="weather"),
            call('{"ci', index=0),
            call('ty":"Oslo"}', index=0),
            CALLED,
        ],
        "", [("weather", OSLO)], "tool_calls",
    ),
    "a call in pieces without an index": (
        [call('{"ci', id="t1", name="weather"), call('ty":"Oslo"}'), CALLED],
        "", [("weather", OSLO)], "tool_calls",
    ),
    "an id for each piece": (
        [
            call('{"ci', index=0, id="a", name="weather"),
            call('ty":', index=0, id="b"),
            call('"Oslo"}', index=0, id="c"),
            CALLED,
        ],
        "", [("weather", OSLO)], "tool_calls",
    ),
    "an id for each piece, no index": (
        [call('{"ci', id="a", name="weather"), call('ty":"Oslo"}', id="b"), CALLED],
        "", [("weather", OSLO)], "tool_calls",
    ),
    "an id for each piece, the name again": (
        [
            call('{"ci', index=0, id="a", name="weather"),
            call('ty":"Oslo"}', index=0, id="b", name="weather"),
            CALLED,
        ],
        "", [("weather", OSLO)], "tool_calls",
    ),
    "{} first": (
        [call("{}", index=0, id="t1", name="weather"), call(OSLO, index=0), CALLED],
        "", [("weather", OSLO)], "tool_calls",
    ),
    "{} first, then pieces": (
        [
            call("{}", index=0, id="t1", name="weather"),
            call('{"ci', index=0),
            call('ty":"Oslo"}', index=0),
            CALLED,
        ],
        "", [("weather", OSLO)], "tool_calls",
    ),
    "{} and nothing more": (
        [call("{}", index=0, id="t1", name="now"), CALLED], "", [("now", "{}")], "tool_calls",
    ),
    "the text so far in each piece": (
        [
            call('{"ci', index=0, id="t1", name="weather"),
            call('{"city":', index=0),
            call(OSLO, index=0),
            CALLED,
        ],
        "", [("weather", OSLO)], "tool_calls",
    ),
    "the whole call again": (
        [call(OSLO, index=0, id="t1", name="weather"), call(OSLO, index=0, id="t1", name="weather"), CALLED],
        "", [("weather", OSLO)], "tool_calls",
    ),
    "a whole object in place of another": (
        [call('{"city":""}', index=0, id="t1", name="weather"), call(OSLO, index=0), CALLED],
        "", [("weather", OSLO)], "tool_calls",
    ),
    "an object in an object is no repetition": (
        [call('{"a":', index=0, id="t1", name="nest"), call('{"a":1}', index=0), call("}", index=0), CALLED],
        "", [("nest", '{"a":{"a":1}}')], "tool_calls",
    ),
    "two calls, all at index 0": (
        [call(OSLO, index=0, id="a", name="weather"), call("{}", index=0, id="b", name="now"), CALLED],
        "", [("weather", OSLO), ("now", "{}")], "tool_calls",
    ),
    "two calls of one function, all at index 0": (
        [
            call(OSLO, index=0, id="a", name="weather"),
            call('{"city":"Bergen"}', index=0, id="b", name="weather"),
            CALLED,
        ],
        "", [("weather", OSLO), ("weather", '{"city":"Bergen"}')], "tool_calls",
    ),
    "arguments that are an object": (
        [call({"city": "Oslo"}, index=0, id="t", name="weather"), CALLED],
        "", [("weather", '{"city": "Oslo"}')], "tool_calls",
    ),
    **{
        f"the reason {word}": ([delta(content="Hello"), delta(finish_reason=word)], "Hello", [], meaning)
        for word, meaning in {
            "length": "length", "max_tokens": "length", "MAX_TOKENS": "length", "end_turn": "stop",
            "STOP": "stop",
            "error": "other", "sensitive": "content_filter", "PROHIBITED_CONTENT": "content_filter",
            "BLOCKLIST": "content_filter", "SPII": "content_filter", "SAFETY": "content_filter",
            "refusal": "content_filter", "insufficient_system_resource": "other", "brand_new": "unknown",
            "eos": "stop", "model_context_window_exceeded": "length",
        }.items()
    },
}  # fmt: skip


def read_by_client(chunks: list[dict[str, Any]]) -> Reply:
    collector = Collector(REQUEST)
    for raw in chunks:
        collector.feed(Chunk(json.loads(json.dumps(raw))))
    return collector.snapshot()


def read_by_engine(chunks: list[dict[str, Any]]) -> tuple[str, list[tuple[str, str]]]:
    reader = ChunkReader()
    pieces = [piece for raw in chunks for piece in reader.pieces(raw)] + list(reader.end())
    assert isinstance(pieces[-1], Finish)
    calls: dict[int, list[str]] = {}
    for piece in pieces:
        if isinstance(piece, ToolCall):
            made = calls.setdefault(piece.index, [piece.name or "", ""])
            made[1] += piece.arguments
    text = "".join(
        piece.text for piece in pieces if isinstance(piece, Text) and not isinstance(piece, Reasoning)
    )
    return text, [(name, arguments) for name, arguments in calls.values()]


@pytest.mark.parametrize("name", ROWS)
def test_the_client_reads_it_right(name):
    chunks, text, calls, meaning = ROWS[name]

    reply = read_by_client(chunks)

    assert reply.text == text
    assert [(made.name, made.arguments) for made in reply.tool_calls] == calls
    assert reply.finish_reason == meaning
    assert len(reply.messages) == 1


@pytest.mark.parametrize("name", ROWS)
def test_the_engine_reads_it_to_the_same(name):
    chunks, text, calls, _ = ROWS[name]

    assert read_by_engine(chunks) == (text, calls)


def test_a_refusal_goes_back_as_it_was_sent():
    reply = read_by_client([delta(role="assistant", content=None, refusal="No."), END])

    assert reply.messages == ({"role": "assistant", "content": None, "refusal": "No."},)


def test_counts_of_one_answer_are_not_added_up_whatever_the_ids():
    usage = [{"prompt_tokens": 9, "completion_tokens": n, "total_tokens": 0} for n in (1, 2)]
    chunks = [
        delta("x.1", content="Hel") | {"usage": usage[0]},
        delta("x.2", "stop", content="lo") | {"usage": usage[1]},
    ]

    counted = read_by_client(chunks).usage

    assert counted is not None
    # A total of zero is none.
    assert (counted.prompt_tokens, counted.completion_tokens, counted.total_tokens) == (9, 2, 11)
