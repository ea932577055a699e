"""Chunks in, a Reply out: literal chunks, as recorded or documented."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langtail_nb._errors import LangtailError
from langtail_nb._types.completion.chunk import Chunk
from langtail_nb._types.completion.collector import Collector
from langtail_nb._types.completion.finish import finish_reason
from langtail_nb._types.completion.tool_call import ToolCall
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request

REQUEST = Request("acme/support/triage/staging", "Where is the tram?")


def collected(*raws: dict[str, Any] | str) -> Reply:
    collector = Collector(REQUEST)
    for raw in raws:
        collector.feed(Chunk(json.loads(raw) if isinstance(raw, str) else raw))
    return collector.snapshot()


def piece(delta: Any, finish: str | None = None, id: str | None = "c1", **top: Any) -> dict[str, Any]:
    return {"id": id, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **top}


# As in the recordings of the JavaScript SDK: first incremental, then aggregated with a hosted round.
INCREMENTAL = (
    '{"id":"c3","choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,'
    '"id":"call_a","type":"function","function":{"name":"find_tram","arguments":"{\\"to\\""}}]}}]}',
    '{"id":"c3","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":\\"zoo\\"}"}}]}}]}',
    '{"id":"c3","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}',
)
ROUND = (
    '{"id":"A","model":"gpt-x","choices":[{"index":0,"delta":{"role":"assistant","content":"I look."}}]}',
    '{"id":"A","choices":[{"index":0,"finish_reason":"tool_use","delta":{"content":null,"tool_calls":[{"id":"call_a",'
    '"type":"function","function":{"name":"find_tram","arguments":"{}"}}]}}],'
    '"usage":{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12}}',
    '{"object":"langtail.tool.handled","id":"A-langtail-tool-handled-call_a","choices":[{"index":0,"finish_reason":'
    '"tool_calls_handled","delta":{"role":"tool","tool_call_id":"call_a","content":"tram 4 at 14:10"}}]}',
    '{"id":"B","choices":[{"index":1,"delta":{"content":"Take tram 4."}}]}',
    '{"id":"B","choices":[{"index":1,"delta":{},"finish_reason":"end_turn"}],'
    '"usage":{"prompt_tokens":20,"completion_tokens":5,"total_tokens":25}}',
)


def test_pieces_of_text_join():
    reply = collected(
        piece({"role": "assistant", "content": ""}),
        piece({"content": "Take "}),
        piece({"content": "tram 4."}),
        piece(None, "stop"),
    )

    assert reply.text == str(reply) == "Take tram 4."
    assert reply.message == {"role": "assistant", "content": "Take tram 4."}
    assert (reply.finish_reason, reply.id) == ("stop", "c1")


def test_a_tool_call_in_pieces_is_put_together():
    reply = collected(*INCREMENTAL)

    assert [(c.id, c.name, c.json(), c.result) for c in reply.tool_calls] == [
        ("call_a", "find_tram", {"to": "zoo"}, None)
    ]
    assert reply.finish_reason == "tool_calls"
    assert reply.message == {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": "call_a",
                "type": "function",
                "function": {"name": "find_tram", "arguments": '{"to":"zoo"}'},
            }
        ],
    }


def test_a_hosted_round_keeps_its_messages_in_order():
    reply = collected(*ROUND)

    assert [m["role"] for m in reply.messages] == ["assistant", "tool", "assistant"]
    assert reply.text == "I look.\n\nTake tram 4."
    assert reply.messages[1] == {"role": "tool", "tool_call_id": "call_a", "content": "tram 4 at 14:10"}
    assert reply.message == {"role": "assistant", "content": "Take tram 4."}
    assert (reply.finish_reason, reply.raw_finish_reason, reply.id) == ("stop", "end_turn", "B")


def test_a_round_that_stops_behind_a_result_says_so_and_nothing_at_all_says_nothing():
    stopped = collected(*ROUND[:3])

    assert (stopped.raw_finish_reason, collected().raw_finish_reason) == ("tool_calls_handled", None)


def test_a_call_that_langtail_made_does_not_wait_for_you():
    reply = collected(*ROUND)

    assert reply.tool_calls == ()
    assert [(call.name, call.result) for call in reply.hosted_calls] == [("find_tram", "tram 4 at 14:10")]


def test_the_tokens_of_all_rounds_add_up():
    usage = collected(*ROUND).usage

    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (30, 7, 37)


def test_a_round_under_the_same_id_is_a_message_of_its_own():
    same = [raw.replace('"id":"B"', '"id":"A"') for raw in ROUND]

    assert [m["role"] for m in collected(*same).messages] == ["assistant", "tool", "assistant"]


@pytest.mark.parametrize("id", ['"id":"A",', ""])
def test_what_follows_a_result_is_another_completion_also_under_the_id_of_the_first(id):
    """And its choice may bear another number."""
    named = ('"id":"A",', '"id":"A-langtail-tool-handled-call_a",', '"id":"B",')
    rounds = [functools.reduce(lambda raw, name: raw.replace(name, id), named, raw) for raw in ROUND]
    reply = collected(*rounds)

    assert reply.text == "I look.\n\nTake tram 4."
    assert [message["role"] for message in reply.messages] == ["assistant", "tool", "assistant"]
    assert reply.warnings == []


def test_text_alone_under_another_id_after_a_finish_reason_is_another_message():
    reply = collected(
        piece({"content": "a"}),
        piece({}, "stop"),
        piece({"content": "b"}, id="c2"),
        piece({}, "stop", id="c2"),
    )

    assert [message["content"] for message in reply.messages] == ["a", "b"]
    assert (reply.text, reply.id) == ("a\n\nb", "c2")


def test_an_id_that_comes_late_is_the_answers():
    reply = collected(piece({"content": "a"}, id=None), piece({"content": "b"}), piece({"content": "c"}))

    assert (reply.text, reply.id, len(reply.messages)) == ("abc", "c1", 1)


@pytest.mark.parametrize("last", [True, False])
def test_usage_is_found_in_either_place(last):
    usage = {"usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}
    ends = [piece({}, "stop"), {"id": "c1", "choices": [], **usage}] if last else [piece({}, "stop", **usage)]
    reply = collected(piece({"content": "a"}), *ends)

    assert reply.usage is not None
    assert reply.usage.total_tokens == 3
    assert len(reply.messages) == 1


def test_a_growing_count_of_tokens_is_not_added_to_itself():
    counts = [piece({"content": "a"}, usage={"completion_tokens": n}) for n in (1, 2, 3)]
    usage = collected(*counts).usage

    assert usage is not None
    assert usage.completion_tokens == 3


def test_sparse_indexes_keep_calls_apart():
    calls = [
        {"index": 7_000_000, "id": "b", "function": {"name": "two"}},
        {"index": 3, "id": "a", "function": {}},
    ]
    more = [{"index": 3, "function": {"name": "one", "arguments": "[3]"}}]
    reply = collected(piece({"tool_calls": calls}), piece({"tool_calls": more}, "tool_calls"))

    assert [(call.id, call.name, call.arguments) for call in reply.tool_calls] == [
        ("b", "two", ""),
        ("a", "one", "[3]"),
    ]


def test_calls_under_one_index_are_told_apart_by_their_ids():
    calls = [{"index": 0, "id": id, "function": {"name": id, "arguments": "{}"}} for id in ("a", "b")]

    assert [c.id for c in collected(*(piece({"tool_calls": [call]}) for call in calls)).tool_calls] == [
        "a",
        "b",
    ]


def test_calls_without_index_and_id_go_by_position():
    first = [{"function": {"name": "one", "arguments": "{"}}, {"function": {"name": "two", "arguments": "{"}}]
    then = [{"function": {"arguments": "}"}}, {"function": {"arguments": "}"}}]
    reply = collected(piece({"tool_calls": first}), piece({"tool_calls": then}))

    assert [(call.name, call.arguments) for call in reply.tool_calls] == [("one", "{}"), ("two", "{}")]


def test_a_lone_piece_that_names_nothing_goes_on_with_the_last_call():
    first = [
        {"function": {"name": "one", "arguments": "{}"}},
        {"function": {"name": "two", "arguments": "{"}},
    ]
    reply = collected(piece({"tool_calls": first}), piece({"tool_calls": [{"function": {"arguments": "}"}}]}))

    assert [(call.name, call.arguments) for call in reply.tool_calls] == [("one", "{}"), ("two", "{}")]


def test_a_call_repeated_whole_is_there_once():
    whole = {"id": "call_a", "function": {"name": "find_tram", "arguments": '{"to":"zoo"}'}}
    reply = collected(*INCREMENTAL[:2], piece({"tool_calls": [whole]}, "tool_calls", id="c3"))

    assert [call.arguments for call in reply.tool_calls] == ['{"to":"zoo"}']


def test_junk_after_arguments_is_kept_raw_and_left_out_of_what_is_sent_back():
    call = {"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"a":1}</call>'}}
    reply = collected(piece({"tool_calls": [call]}, "tool_use"))

    assert reply.tool_calls[0].arguments == '{"a":1}</call>'
    assert reply.messages[0]["tool_calls"][0]["function"]["arguments"] == '{"a":1}'


def test_arguments_that_are_cut_off_are_not_repaired():
    call = {"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"a":1} {'}}
    reply = collected(piece({"tool_calls": [call]}, "length"))

    assert reply.messages[0]["tool_calls"][0]["function"]["arguments"] == '{"a":1} {'


def test_a_legacy_function_call_is_sent_back_in_its_own_form():
    reply = collected(piece({"function_call": {"name": "f", "arguments": "{}"}}, "function_call"))

    assert reply.message == {
        "role": "assistant",
        "content": None,
        "function_call": {"name": "f", "arguments": "{}"},
    }
    assert (reply.tool_calls[0].name, reply.finish_reason) == ("f", "tool_calls")


def test_a_whole_message_after_its_pieces_replaces_them():
    whole = {"id": "c1", "choices": [{"message": {"role": "assistant", "content": "Take tram 4."}}]}

    assert collected(piece({"content": "Take "}), piece({"content": "tram"}), whole).text == "Take tram 4."


def test_a_completion_in_one_piece_keeps_what_we_do_not_know():
    message = {
        "role": "assistant",
        "content": "a",
        "provider_metadata": {"k": 1},
        "refusal": None,
        "name": "x",
    }
    reply = collected({"id": "c1", "model": "m", "choices": [{"message": message, "finish_reason": "STOP"}]})

    assert reply.message == {"role": "assistant", "content": "a", "provider_metadata": {"k": 1}, "name": "x"}
    assert (reply.model, reply.finish_reason) == ("m", "stop")


def test_unknown_members_of_pieces_are_kept_and_joined():
    reply = collected(
        piece({"content": "a", "refusal": "I "}),
        piece({"refusal": "won't", "provider_metadata": {"a": 1}}),
        piece({"provider_metadata": {"b": 2}}),
    )

    assert reply.message == {
        "role": "assistant",
        "content": "a",
        "refusal": "I won't",
        "provider_metadata": {"a": 1, "b": 2},
    }


def test_reasoning_is_apart_from_the_text_and_can_be_sent_back():
    reply = collected(
        piece({"reasoning": "First "}),
        piece({"reasoning": {"type": "text", "text": "then."}}),
        piece({"reasoning": {"type": "text", "signature": "sig"}}),
        piece({"reasoning": {"type": "redacted", "data": "x"}}),
        piece({"content": "Yes."}, "stop"),
    )

    assert (reply.reasoning, reply.text) == ("First then.", "Yes.")
    assert reply.messages[0]["reasoning"] == [
        {"type": "text", "text": "First then.", "signature": "sig"},
        {"type": "redacted", "data": "x"},
    ]


def test_reasoning_details_merge_by_index():
    def detail(index: int, **members: Any) -> dict[str, Any]:
        return piece({"reasoning_details": [{"type": "reasoning.text", "index": index, **members}]})

    reply = collected(detail(0, text="a"), detail(0, text="b"), detail(0, signature="s"), detail(1, text="c"))

    assert reply.reasoning == "abc"
    assert reply.messages[0]["reasoning_details"] == [
        {"type": "reasoning.text", "index": 0, "text": "ab", "signature": "s"},
        {"type": "reasoning.text", "index": 1, "text": "c"},
    ]


def test_a_character_cut_in_two_is_mended():
    """JavaScript may end a piece inside an emoji; JSON then says half of it, which nothing can print."""
    left, right = Chunk(piece({"content": "a\ud83d"})), Chunk(piece({"content": "\ude8b!"}))
    collector = Collector(REQUEST)
    collector.feed(left)
    collector.feed(right)

    assert (left.text, right.text, collector.snapshot().text) == ("a", "🚋!", "a🚋!")


def test_half_a_character_that_stays_alone_is_marked():
    assert collected(piece({"content": "\udc00a\ud83d"}), piece({"content": "b"})).text == "\ufffda\ufffdb"


def test_several_choices_are_mentioned():
    raw = {"choices": [{"delta": {"content": "a"}}, {"delta": {"content": "b"}}]}

    assert "only the first" in collected(raw).warnings[0]


def test_a_snapshot_stays_as_it_is_while_the_answer_grows():
    collector = Collector(REQUEST)
    collector.feed(Chunk(piece({"content": "a"})))
    before = collector.snapshot()
    collector.feed(Chunk(piece({"content": "b", "tool_calls": [{"id": "x"}]})))

    assert (before.text, before.messages, before.tool_calls) == (
        "a",
        ({"role": "assistant", "content": "a"},),
        (),
    )


@given(st.lists(st.text(max_size=8), max_size=30))
def test_a_reply_is_its_pieces_joined(texts):
    reply = collected(*(piece({"content": text}) for text in texts), piece({}, "stop"))

    assert reply.text == "".join(texts)


@pytest.mark.parametrize(
    ("raw", "mapped"),
    [
        ("stop", "stop"),
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("STOP", "stop"),
        ("length", "length"),
        ("max_tokens", "length"),
        ("MAX_TOKENS", "length"),
        ("tool_calls", "tool_calls"),
        ("function_call", "tool_calls"),
        ("tool_use", "tool_calls"),
        ("tool_calls_handled", "tool_calls"),
        ("content_filter", "content_filter"),
        ("SAFETY", "content_filter"),
        ("RECITATION", "content_filter"),
        ("OTHER", "other"),
        ("FINISH_REASON_UNSPECIFIED", "other"),
        ("novel", "unknown"),
        (None, None),
    ],
)
def test_finish_reasons_of_all_providers_are_mapped(raw, mapped):
    assert finish_reason(raw, has_tool_calls=False) == mapped


def test_googles_stop_means_tool_calls_where_there_are_some():
    call = {"tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{}"}}]}

    assert collected(piece(call, "STOP")).finish_reason == "tool_calls"


@pytest.mark.parametrize("text", ['{"a": 1}', ' {"a": 1}\n', '```json\n{"a": 1}\n```', '```\n{"a": 1}```\n'])
def test_json_decodes_the_text_with_or_without_a_fence(text):
    assert collected(piece({"content": text}, "stop")).json() == {"a": 1}


@pytest.mark.parametrize(
    ("text", "finish", "why"),
    [
        ('{"a": ', "length", "cut at max_tokens"),
        ('{"a": ', "content_filter", "content filter"),
        ("Sure!", "stop", "in 'Sure!'"),
        ("", "stop", "no text"),
    ],
)
def test_text_that_is_not_json_says_why(text, finish, why):
    reply = collected(piece({"content": text}, finish))

    with pytest.raises(LangtailError, match=why) as caught:
        reply.json()
    assert caught.value.reply is reply


def test_a_reply_is_short_to_look_at():
    reply = collected(
        piece({"content": "word " * 1000}, "stop"), {"choices": [], "usage": {"total_tokens": 9}}
    )

    assert repr(reply).endswith("…', stop, 9 tokens)")
    assert len(repr(reply)) < 100


def test_what_a_model_wrote_is_escaped_as_markdown():
    assert "<script" not in collected(piece({"content": "<script>alert(1)</script>"}))._repr_markdown_()


def test_a_reply_at_the_end_of_a_cell_always_shows_something():
    called = Reply(REQUEST, tool_calls=(ToolCall("t1", "weather", "{}"),))
    partial = Reply(REQUEST, text="Take", partial=True)

    assert "weather" in called._repr_markdown_()
    assert Reply(REQUEST)._repr_markdown_()
    assert partial._repr_markdown_().splitlines()[0] == "Take"
    assert "broke off" in partial._repr_markdown_()
