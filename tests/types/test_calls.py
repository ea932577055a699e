"""How the pieces of a tool call become one, seen at each moment."""

from __future__ import annotations

import pytest

from langtail_nb._text.limits import MOST_CALLS, TooMuchError
from langtail_nb._types.completion.calls import Calls, CallSoFar, may_go_on
from langtail_nb._types.completion.chunk import Chunk
from langtail_nb._types.completion.tool_call import ToolCallDelta


def grown(pieces: list[str]) -> CallSoFar:
    call = CallSoFar()
    for piece in pieces:
        call.add(ToolCallDelta(0, "a", "find", piece))
    return call


@pytest.mark.parametrize(
    ("pieces", "arguments"),
    [
        (['{"to', '":"z'], '{"to":"z'),
        (['{"to', '":"z', 'oo"}'], '{"to":"zoo"}'),
        (['{"to', '{"to":"z'], '{"to":"z'),
        (['{"to', '{"to":"z', '{"to":"zoo"}'], '{"to":"zoo"}'),
        (["{}", '{"to":"zoo"}'], '{"to":"zoo"}'),
        (["[", "[["], "[[["),
        (['{"to', '{"to":"z', "oo"], '{"to":"zoo'),
    ],
)
def test_pieces_go_on_or_hold_all_so_far_also_where_the_last_never_comes(pieces, arguments):
    call = grown(pieces)
    assert call.arguments == arguments
    assert call.is_whole == arguments.endswith("}")


@pytest.mark.parametrize(
    ("text", "goes_on"),
    [
        ('{"a', True), ('{"a": ', True), ('{"a": tr', True), ('{"a": fals', True), ('{"a": nu', True),
        ("{}", True), ("", True), ("[[", True),
        ('{"a": x', False), ('{"a"{', False), ("{} {", False), ("[" * 100_000, False),
    ],
)  # fmt: skip
def test_what_is_json_so_far_may_go_on(text, goes_on):
    assert may_go_on(text) == goes_on


def told(*calls: dict) -> Chunk:
    return Chunk({"choices": [{"index": 0, "delta": {"tool_calls": list(calls)}}]})


def test_a_thousand_calls_are_read_and_not_one_more():
    calls = Calls()
    for at in range(MOST_CALLS):
        calls.feed(told({"index": at, "id": f"c{at}", "function": {"name": "f", "arguments": "{}"}}))
    assert len(calls.all) == MOST_CALLS
    with pytest.raises(TooMuchError, match=r"^more than 1,000 tool calls$"):
        calls.feed(told({"index": MOST_CALLS, "id": "more", "function": {"name": "f", "arguments": "{}"}}))


def test_calls_without_ids_and_indexes_go_on_by_their_position():
    calls = Calls()
    calls.feed(told({"function": {"name": "one", "arguments": "{"}}, {"function": {"name": "two"}}))
    calls.feed(told({"function": {"arguments": "}"}}, {"function": {"arguments": "{}"}}))
    assert [(call.name, call.arguments) for call in calls.all] == [("one", "{}"), ("two", "{}")]


@pytest.mark.parametrize(
    ("first", "then", "names"),
    [
        (
            {"id": "a", "name": "f", "arguments": "{}"},
            {"id": "b", "name": "f", "arguments": "{}"},
            ["f", "f"],
        ),
        ({"id": "a", "name": "f", "arguments": "{"}, {"id": "b", "name": "f", "arguments": "}"}, ["f"]),
        ({"id": "a", "name": "f", "arguments": "{"}, {"id": "b", "name": "g", "arguments": "{}"}, ["f", "g"]),
        ({"name": "f", "arguments": "{}"}, {"name": "f", "arguments": "{}"}, ["f"]),
        ({"name": "f", "arguments": "{}"}, {"name": "f", "arguments": ""}, ["f"]),
        ({"name": "f", "arguments": "{}"}, {"name": "f", "arguments": "[]"}, ["f", "f"]),
        ({"name": "f", "arguments": "{}"}, {"name": "g", "arguments": "{}"}, ["f", "g"]),
        ({"name": "f", "arguments": "{"}, {"arguments": "}"}, ["f"]),
    ],
)
def test_another_call_begins_where_a_name_comes_and_the_last_is_whole(first, then, names):
    calls = Calls()
    for one in (first, then):
        id = {"id": one["id"]} if "id" in one else {}
        calls.feed(
            told({"index": 0, **id, "function": {k: one[k] for k in ("name", "arguments") if k in one}})
        )
    assert [call.name for call in calls.all] == names
