"""What is tried again, how often and when: the table of the client's rules, against a real server."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import Any

import pytest

from langtail_nb._client import caller
from langtail_nb._client.attempts import Wait, parse_retry_after, retry_delay
from langtail_nb._client.client import Client
from langtail_nb._errors import (
    APIConnectionError,
    APIStatusError,
    ConfigurationError,
    LangtailError,
    RateLimitError,
    StreamError,
)
from langtail_nb._http.timeout import Timeout
from langtail_nb._types.request import Request
from tests.literal import CLOSE, COMPLETION, RESET, STREAM_HEAD, TAKE, TEXT, literal, part, response

KEY = "lt-secret-key-4711"
FRESH = Request("acme/support/triage/staging", "hi")
ON_THREAD = Request("acme/support/triage/staging", "hi", thread_id="thr_7")
OK = [response(COMPLETION)]


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between attempts, which are noted and left out."""
    seconds: list[float] = []

    async def note(delay: float) -> None:
        seconds.append(delay)

    monkeypatch.setattr(caller, "_pause", note)
    return seconds


def status(line: str, **headers: str) -> list[Any]:
    shown = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return [response(b'{"error":"busy"}', line, headers=shown)]


async def attempts_of(answer: list[Any], request: Request, **options: Any) -> int:
    """How many requests a server gets that answers the first so, and the others well."""
    async with literal(answer, OK) as server:
        async with Client(KEY, server.url, **options) as open:
            try:
                reply = await open.invoke(request)
            except LangtailError:
                assert len(server.requests) == 1
            else:
                assert (reply.text, reply.attempts) == (TEXT, 2)
        return len(server.requests)


TABLE = [
    # the first answer, tried again without a thread, with one
    ("429", status("429 Too Many Requests"), True, True),
    ("429 with Retry-After", status("429 Too Many Requests", Retry_After="2"), True, True),
    ("503 with Retry-After", status("503 Unavailable", Retry_After="2"), True, True),
    ("503", status("503 Unavailable"), True, False),
    ("502", status("502 Bad Gateway"), True, False),
    ("504", status("504 Gateway Timeout"), True, False),
    ("closed after sending", [CLOSE], True, False),
    ("reset after sending", [RESET], True, False),
    ("500", status("500 Oops"), False, False),
    ("501", status("501 Not Implemented"), False, False),
    ("400", status("400 Bad Request"), False, False),
    ("401", status("401 Unauthorized"), False, False),
    ("403", status("403 Forbidden"), False, False),
    ("404", status("404 Not Found"), False, False),
    ("409", status("409 Conflict"), False, False),
    ("302", status("302 Found", Location="/"), False, False),
    ("nonsense", [b"nonsense\r\n\r\n", CLOSE], False, False),
    ("cut in its headers", [b"HTTP/1.1 200 OK\r\nContent-", CLOSE], True, False),
    ("cut after its headers", [STREAM_HEAD, CLOSE], False, False),
    ("cut in its text", [STREAM_HEAD, part(TAKE), CLOSE], False, False),
    ("no answer in it", [response(b"<html>", kind="text/html")], False, False),
]


@pytest.mark.parametrize(("answer", "again"), [row[1:3] for row in TABLE], ids=[row[0] for row in TABLE])
async def test_a_call_without_a_thread_is_tried_again_after(answer, again, waited):
    assert await attempts_of(answer, FRESH) == 1 + again


@pytest.mark.parametrize(("answer", "again"), [row[1::2] for row in TABLE], ids=[row[0] for row in TABLE])
async def test_a_call_on_a_thread_is_tried_again_after(answer, again, waited):
    """Its message would be in the thread twice if the server took the first attempt."""
    assert await attempts_of(answer, ON_THREAD) == 1 + again


@pytest.mark.parametrize("answer", [row[1] for row in TABLE], ids=[row[0] for row in TABLE])
async def test_nothing_is_tried_again_with_no_retries(answer, waited):
    assert await attempts_of(answer, FRESH, retries=0) == 1


async def test_silence_after_sending_is_not_tried_again(waited):
    async with literal(["stall"]) as server:
        async with Client(KEY, server.url, timeout=Timeout(first_byte=0.05)) as open:
            with pytest.raises(APIConnectionError):
                await open.invoke(FRESH)

        assert len(server.requests) == 1


@pytest.mark.parametrize("request_", [FRESH, ON_THREAD], ids=["fresh", "thread"])
async def test_a_refused_connection_is_tried_again_since_nothing_was_sent(request_, waited):
    async with literal(OK) as server:
        url = server.url
    waits: list[Wait] = []
    async with Client(KEY, url) as open:
        with pytest.raises(APIConnectionError, match="refused") as caught:
            await open.invoke(request_, on_wait=waits.append)

    assert [(wait.attempt, wait.of, wait.reason) for wait in waits] == [
        (2, 3, "connection refused"),
        (3, 3, "connection refused"),
    ]
    assert [wait.seconds for wait in waits] == waited
    assert not caught.value.sent
    assert caught.value.reply is None


async def test_attempts_and_waits_are_told_in_the_reply(waited):
    busy = status("429 Too Many Requests", Retry_After="7")
    waits: list[Wait] = []
    async with literal(busy, busy, OK) as server, Client(KEY, server.url) as open:
        reply = await open.invoke(ON_THREAD, on_wait=waits.append)

    assert (reply.attempts, reply.wait_s) == (3, 14.0)
    assert waits == [Wait(7.0, 2, 3, "429"), Wait(7.0, 3, 3, "429")]
    assert waited == [7.0, 7.0]


async def test_the_last_attempts_error_is_raised(waited):
    answers = status("502 Bad Gateway"), status("503 Unavailable"), status("429 Too Many", Retry_After="3")
    async with literal(*answers) as server, Client(KEY, server.url) as open:
        with pytest.raises(RateLimitError) as caught:
            await open.invoke(FRESH)

    assert caught.value.retry_after == 3.0
    assert caught.value.reply.attempts == 3


async def test_a_call_waits_no_longer_than_a_minute_in_all(waited):
    busy = status("429 Too Many", Retry_After="40")
    async with literal(busy, busy, OK) as server, Client(KEY, server.url) as open:
        with pytest.raises(RateLimitError):
            await open.invoke(FRESH)

    assert waited == [40.0]


async def test_a_wait_that_is_too_long_says_so(waited):
    busy = status("429 Too Many", Retry_After="120")
    async with literal(busy) as server, Client(KEY, server.url) as open:
        with pytest.raises(RateLimitError, match="asks to wait 120 s, longer than the 60 s a call waits"):
            await open.invoke(FRESH)

    assert waited == []


async def test_a_stream_is_tried_again_like_a_call_in_one_piece(waited):
    async with literal([CLOSE], OK) as server, Client(KEY, server.url) as open, open.stream(FRESH) as got:
        assert [chunk.text async for chunk in got] == [TEXT]

    assert got.reply.attempts == 2


async def test_a_stream_that_broke_is_not_tried_again(waited):
    answers = [STREAM_HEAD, part(TAKE), RESET], OK
    async with literal(*answers) as server, Client(KEY, server.url) as open, open.stream(FRESH) as got:
        with pytest.raises(StreamError):
            _ = [chunk async for chunk in got]

        assert len(server.requests) == 1


async def test_what_only_reads_is_tried_again_and_what_adds_is_not(waited):
    bad = status("502 Bad Gateway")
    good = [response(b'{"deployments": []}')]
    async with literal(bad, good) as server, Client(KEY, server.url) as open:
        assert await open.deployments() == []
    async with literal(bad) as server, Client(KEY, server.url) as open:
        with pytest.raises(APIStatusError):
            await open.threads.create_message("thr_7", {"role": "user", "content": "hi"})

        assert len(server.requests) == 1


@pytest.mark.parametrize("options", [{"retries": -1}, {"max_connections": 0}])
def test_a_number_that_cannot_be_is_refused(options):
    with pytest.raises(ConfigurationError):
        Client(KEY, "http://127.0.0.1:1", **options)


@pytest.mark.parametrize(("attempt", "longest"), [(1, 1), (2, 2), (3, 4), (5, 16), (9, 16)])
def test_waits_double_up_to_sixteen_seconds(attempt, longest):
    assert all(0.75 * longest <= retry_delay(attempt, None) <= longest for _ in range(50))


def test_the_servers_own_figure_is_taken_as_it_is():
    assert retry_delay(4, 2.5) == 2.5


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("-4", 0.0),
        (None, None),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
    ],
)
def test_a_retry_after_is_seconds_or_a_date(value, seconds):
    assert parse_retry_after(value) == seconds


def test_a_date_to_come_is_as_far_off_as_it_is():
    found = parse_retry_after(formatdate(time.time() + 30, usegmt=True))

    assert found is not None
    assert 25 < found <= 30
