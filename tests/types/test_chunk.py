"""One decoded event in, a typed chunk out, whatever its shape."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langtail_nb._errors import LangtailError
from langtail_nb._types.completion.chunk import Chunk
from langtail_nb._types.completion.tool_call import ToolCall, ToolCallDelta, valid_prefix
from langtail_nb._types.completion.usage import Usage
from langtail_nb._types.messages import text_of


def chunk(delta: Any = None, **members: Any) -> Chunk:
    top = {name: members.pop(name) for name in ("id", "model", "usage", "object") if name in members}
    return Chunk({**top, "choices": [{"index": 0, "delta": delta, **members}]})


def test_a_piece_of_text_has_its_text_and_nothing_else():
    piece = chunk({"content": "tram"}, id="c1", model="gpt-x")

    assert (piece.text, piece.id, piece.model, piece.index) == ("tram", "c1", "gpt-x", 0)
    assert (piece.reasoning, piece.tool_calls, piece.finish_reason, piece.usage) == ("", (), None, None)


@pytest.mark.parametrize("delta", [None, {}, {"content": None}, {"content": ""}, [], "text"])
def test_a_piece_without_text_has_the_empty_text(delta):
    assert chunk(delta).text == ""


def test_content_in_parts_reads_as_their_text():
    assert chunk({"content": [{"type": "text", "text": "a"}, {"type": "image_url"}, "b"]}).text == "ab"
    assert text_of([{"type": "text", "text": None}]) == ""


def test_a_message_in_place_of_a_delta_is_one_big_piece():
    piece = Chunk(
        {"choices": [{"message": {"role": "assistant", "content": "all"}, "finish_reason": "stop"}]}
    )

    assert (piece.text, piece.is_whole, piece.role, piece.finish_reason) == ("all", True, "assistant", "stop")


def test_a_chunk_without_choices_carries_the_usage():
    piece = Chunk({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}})

    assert piece.text == ""
    assert piece.usage is not None
    assert piece.usage.total_tokens == 7


@pytest.mark.parametrize(
    ("delta", "reasoning"),
    [
        ({"reasoning": "because"}, "because"),
        ({"reasoning": {"type": "text", "text": "because", "signature": "s"}}, "because"),
        ({"reasoning": {"type": "redacted", "data": "…"}}, ""),
        ({"reasoning": [{"type": "text", "text": "be"}, {"type": "text", "text": "cause"}]}, "because"),
        ({"reasoning_content": "because"}, "because"),
        (
            {"reasoning_details": [{"type": "reasoning.text", "text": "because"}], "reasoning": "other"},
            "because",
        ),
        ({"reasoning_details": [{"type": "reasoning.summary", "summary": "because"}]}, "because"),
        ({"reasoning_details": [{"type": "reasoning.encrypted", "data": "…"}]}, ""),
        ({"reasoning_details": [{"type": "reasoning.new", "novel": 1}, None, 3]}, ""),
    ],
)
def test_reasoning_is_read_in_all_its_forms(delta, reasoning):
    assert chunk(delta).reasoning == reasoning


def test_a_tool_call_comes_in_pieces_or_whole():
    pieces = chunk({"tool_calls": [{"index": 900, "function": {"arguments": ':"zoo"'}}]})
    whole = chunk(
        {"tool_calls": [{"id": "call_a", "function": {"name": "find", "arguments": {"to": "zoo"}}}]}
    )

    assert pieces.tool_calls == (ToolCallDelta(900, None, None, ':"zoo"'),)
    assert whole.tool_calls == (ToolCallDelta(None, "call_a", "find", '{"to": "zoo"}'),)


def test_the_legacy_function_call_is_a_tool_call():
    assert chunk({"function_call": {"name": "find", "arguments": "{}"}}).tool_calls == (
        ToolCallDelta(None, None, "find", "{}"),
    )


def test_a_hosted_tools_result_is_no_text_of_the_answer():
    piece = chunk(
        {"role": "tool", "tool_call_id": "call_a", "content": "tram 4", "handled_tool_result": True},
        object="langtail.tool.handled",
        finish_reason="tool_calls_handled",
    )

    assert (piece.text, piece.handled_tool_result, piece.tool_call_id) == ("", "tram 4", "call_a")


NAMES = [
    *("id", "choices", "delta", "message", "content", "role", "tool_calls", "function", "arguments", "index"),
    *("usage", "prompt_tokens", "reasoning", "reasoning_details", "finish_reason", "text", "name", "model"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(raw=st.dictionaries(st.sampled_from(["id", "choices", "usage", "model"]), JSON), delta=JSON)
def test_no_shape_makes_a_chunk_fail(raw, delta):
    assert isinstance(Chunk(raw).text, str)
    assert isinstance(chunk(delta).text, str)


def test_a_usage_reads_every_figure():
    raw = {
        "prompt_tokens": 41,
        "completion_tokens": 5.0,
        "prompt_tokens_details": {"cached_tokens": 8},
        "completion_tokens_details": {"reasoning_tokens": 2},
        "raw_usage": {"origin": "anthropic"},
    }

    assert Usage.parse(raw) == Usage(41, 5, 46, 8, 2, raw)
    assert Usage.parse(None) is None
    assert Usage.parse("12") is None


def test_usages_add_up_where_either_is_known():
    first, second = (
        Usage.parse({"prompt_tokens": 1}),
        Usage.parse({"prompt_tokens": 2, "completion_tokens": 3}),
    )
    assert first is not None
    assert second is not None

    assert ((first + second).prompt_tokens, (first + second).completion_tokens) == (3, 3)


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ('{"to": "zoo"}', '{"to": "zoo"}'),
        ('{"to": "zoo"}}</tool_call>', '{"to": "zoo"}'),
        (' {"to": {"a": []}} {"b": 1}', '{"to": {"a": []}}'),
        ('{"to": "z', None),
        ("", None),
        ("[" * 100_000, None),
    ],
)
def test_junk_after_arguments_leaves_the_longest_valid_prefix(text, prefix):
    assert valid_prefix(text) == prefix


def test_arguments_decode_or_say_what_they_are():
    assert ToolCall("a", "find", '{"to": "zoo"} Done!').json() == {"to": "zoo"}
    assert ToolCall("a", "find", "").json() == {}
    with pytest.raises(LangtailError, match=r"'find' are not JSON: '\{\"to\"'"):
        ToolCall("a", "find", '{"to"').json()


def test_a_chunk_shows_what_it_brings():
    assert repr(chunk({"content": "tram"})) == "Chunk(text='tram')"
    assert json.loads(json.dumps(chunk({"content": "tram"}).raw))["choices"]
