"""A streamed answer in its short form gives the same events, and takes little room."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from langtail_nb._replay.pieces import Piece, coded, decoded


def chunk(text, **more):
    return {"id": "c-1", "object": "chunk", "choices": [{"index": 0, "delta": {"content": text}, **more}]}


def piece(content, event=""):
    return Piece(0, content if isinstance(content, str) else json.dumps(content), event)


def contents(pieces):
    """What readers of events see: JSON by its value, anything else to the letter."""
    return [(as_value(one[-2]), one[-1]) for one in pieces]


def as_value(data):
    try:
        return json.dumps(json.loads(data), sort_keys=True)
    except (ValueError, RecursionError):
        return data


def round_trip(pieces):
    text, events = coded(pieces)
    line = json.dumps([text, events], ensure_ascii=True)
    return text, contents(decoded(*json.loads(line)))


TEXTS = st.text(max_size=9) | st.sampled_from(["\ud83d", "\ude00", "\u2028", "😀", "", '"', "\\"])
DELTAS = st.builds(chunk, TEXTS) | st.builds(lambda text: chunk(text, finish_reason="stop"), TEXTS)
OTHERS = st.sampled_from(
    (
        "[DONE]",
        "",
        "not JSON",
        "[1, 2]",
        "12",
        '{"a": NaN}',
        '{"choices": []}',
        '{"choices": [{"delta": {}}]}',
        '{"choices": [{"index": 1, "delta": {"content": "second"}}]}',
        '{"choices": [{"index": true, "delta": {"content": "first"}}], "object": 1}',
        '{"choices": [{"delta": {"reasoning": "hm", "content": "x"}}]}',
        '{"usage": {"total_tokens": 3}, "id": true}',
        "{" * 3000,
        "two\nlines",
    )
)
PIECES = st.builds(piece, DELTAS) | st.builds(piece, OTHERS, st.sampled_from(["", "", "error"]))


@settings(deadline=None)
@example([piece(chunk("\ud83d")), piece(chunk("\ude00")), piece(chunk("")), piece(chunk("0"))])
@given(st.lists(PIECES, max_size=12))
def test_every_stream_comes_back_as_it_was(pieces):
    _, found = round_trip(pieces)

    assert found == contents([(one.data, one.event) for one in pieces])


def test_the_text_stands_once_and_its_pieces_take_little_beside_it():
    pieces = [piece(chunk("abcd")) for _ in range(10_000)]

    text, events = coded(pieces)

    assert text == "abcd" * 10_000
    assert len(json.dumps(events, separators=(",", ":"))) < len(text)


WITH_TEXT = {"data": {"choices": [{"delta": {"content": "a"}}]}}


@pytest.mark.parametrize(
    "events",
    [[[4]], ["4"], [{}], ["x"], [{"data": {}}, "1"], [{"raw": "x"}, "2"], [{"data": 5}], [WITH_TEXT, "-"]],
)
def test_what_nobody_wrote_is_refused(events):
    with pytest.raises((ValueError, TypeError)):
        list(decoded("abcd", events))
