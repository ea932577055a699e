"""Bytes in, events out: literal bytes only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langtail_nb._http.events import Event, SSEDecoder

WIRE = (
    b"\xef\xbb\xbf: ping\r\n"
    b'data: {"a": "tram \xe2\x80\xa8 \xc2\x85 4"}\r\n\r\n'
    b"event: error\r\ndata:one\r\ndata: two\r\n\r\n"
    b"id: 7\nretry: 250\rdata:  spaced\r\r"
    b"data: \xf0\x9f\x9a\x8b\n\n"
    b"data\n\n"
    b"data: [DONE]\n\n"
)
EVENTS = [
    Event('{"a": "tram \u2028 \x85 4"}'),
    Event("one\ntwo", "error"),
    Event(" spaced", "", "7", 250),
    Event("🚋", "", "7", 250),
    Event("", "", "7", 250),
    Event("[DONE]", "", "7", 250),
]


def test_events_come_out_as_the_standard_says():
    assert SSEDecoder().feed(WIRE) == EVENTS


@pytest.mark.parametrize("cut", range(len(WIRE) + 1))
def test_an_event_survives_a_cut_at_any_byte(cut):
    """The network may end a piece anywhere, inside a character or between \\r and \\n too."""
    decoder = SSEDecoder()

    assert decoder.feed(WIRE[:cut]) + decoder.feed(WIRE[cut:]) == EVENTS


def test_an_event_survives_coming_byte_by_byte():
    decoder = SSEDecoder()

    assert [event for byte in WIRE for event in decoder.feed(bytes([byte]))] == EVENTS


@given(st.lists(st.integers(0, len(WIRE)), max_size=12))
def test_an_event_survives_any_cuts(cuts):
    decoder, found, start = SSEDecoder(), [], 0
    for end in [*sorted(cuts), len(WIRE)]:
        found += decoder.feed(WIRE[start:end])
        start = end

    assert found == EVENTS


@given(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])))
def test_data_comes_back_as_it_was_written(text):
    """Whatever Unicode calls a line end, only \\r and \\n end a line of a stream."""
    assert SSEDecoder().feed(f"data: {text}\n\n".encode()) == [Event(text)]


@given(st.binary())
def test_no_bytes_make_it_fail(data):
    decoder = SSEDecoder()

    assert all(isinstance(event, Event) for event in decoder.feed(data) + decoder.flush())


def test_an_event_without_data_is_none():
    assert SSEDecoder().feed(b"event: ping\n\n: comment\n\nid: 3\n\n") == []


def test_a_name_holds_for_one_event_only():
    found = SSEDecoder().feed(b"event: a\ndata: 1\n\ndata: 2\n\n")

    assert [event.event for event in found] == ["a", ""]


def test_an_id_with_a_null_and_a_retry_that_is_no_number_are_ignored():
    assert SSEDecoder().feed(b"id: a\0b\nretry: soon\ndata: 1\n\n") == [Event("1")]


def test_the_end_gives_the_event_that_lacks_its_blank_line():
    decoder = SSEDecoder()

    assert decoder.feed(b"data: 1\n\ndata: [DONE]") == [Event("1")]
    assert decoder.flush() == [Event("[DONE]")]
    assert decoder.flush() == []


def test_a_long_line_in_small_pieces_takes_memory_once():
    """Joining bytes again with each piece would copy the line thousands of times."""
    decoder = SSEDecoder()
    for _ in range(20_000):
        decoder.feed(b"data: " if not decoder._tail else b"x" * 100)

    assert len(decoder.feed(b"\n\n")[0].data) == 19_999 * 100
