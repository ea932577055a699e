"""The key is in the request's header and nowhere else, whatever goes wrong.

Everything a person may see of a failed call is gathered: log records, reprs, messages, and tracebacks with
the local variables of every frame, as IPython's ``%xmode Verbose`` prints them.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from langtail_nb._client.client import Client
from langtail_nb._client.stream import Stream
from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._http.timeout import Timeout
from langtail_nb._types.request import Request
from tests.literal import (
    ANSWER,
    CLOSE,
    COMPLETION,
    RESET,
    STALL,
    STREAM_HEAD,
    TAKE,
    Answer,
    listening,
    literal,
    part,
    response,
    stream,
)
from tests.shown import everything_shown, logged

KEY = "lt-5ecret/key+of-a-customer-4711"
ECHO = KEY.encode()
ESCAPED = KEY.replace("/", "\\/").encode()
REQUEST = Request("acme/support/triage/staging", "hi")

FAILURES: dict[str, Answer] = {
    "closed": [CLOSE],
    "reset": [RESET],
    "silent": [STALL],
    "silent in its answer": [STREAM_HEAD, part(TAKE), STALL],
    "cut in its answer": [STREAM_HEAD, part(TAKE), CLOSE],
    "nonsense": [b"what? " + ECHO + b"\r\n\r\n", CLOSE],
    "nonsense in a header": [b"HTTP/1.1 200 OK\r\nx-api-key " + ECHO + b"\r\n\r\n", CLOSE],
    "nonsense in a chunk": [STREAM_HEAD, b"key " + ECHO + b"\r\n", CLOSE],
    "401 that echoes": [response(b'{"error":{"message":"bad key ' + ECHO + b'"}}', "401 Unauthorized")],
    "401 that echoes escaped": [response(b'{"error":"bad key ' + ESCAPED + b'"}', "401 Unauthorized")],
    "401 that echoes a name": [response(b'{"' + ECHO + b'": 1}', "401 Unauthorized")],
    "500 in plain text": [response(b"key " + ECHO, "500 Oops", kind="text/plain")],
    "502 in HTML": [response(b"<html><title>" + ECHO + b"</title></html>", "502 Bad", kind="text/html")],
    "200 that is none": [response(b"key " + ECHO, kind="text/plain")],
    "redirect that echoes": [response(b"", "302 Found", headers=f"Location: https://x.test/?key={KEY}\r\n")],
    "request id that echoes": [response(b"{}", "400 Bad", headers=f"X-Request-Id: {KEY}\r\n")],
    "error event": [stream(TAKE, b'data: {"error":{"message":"key ' + ECHO + b'"}}\n\n')],
    "error event in plain text": [stream(TAKE, b"event: error\ndata: key " + ECHO + b"\n\n")],
    "event that is no JSON": [stream(TAKE, b"data: key " + ECHO + b"\n\n")],
}


async def _read(stream: Stream) -> None:
    async for _ in stream:
        pass


@pytest.fixture
def logs(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def test_the_search_sees_what_a_frame_holds():
    """Or it would find nothing for another reason."""

    def fail(held: bytes) -> None:
        raise ValueError(len(held))

    with pytest.raises(ValueError) as caught:
        fail(ECHO)
    assert KEY in everything_shown(caught.value)


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize("whole", [True, False], ids=["invoke", "stream"])
async def test_no_failure_shows_the_key(name, whole, logs):
    async with literal(FAILURES[name]) as server:
        limits = Timeout(first_byte=0.1, silence=0.1)
        async with Client(KEY, server.url, retries=0, timeout=limits) as open:
            got = open.stream(REQUEST, whole=whole)
            with pytest.raises(LangtailError) as caught:
                await _read(got)

    shown = everything_shown(caught.value) + logged(logs) + repr(got) + repr(open)
    assert KEY not in shown
    assert ESCAPED.decode() not in shown
    error: Any = caught.value
    assert KEY not in json.dumps(getattr(error, "body", None)) + str(getattr(error, "request_id", None))
    assert KEY not in repr(error.reply) + repr(vars(error.reply))


async def test_a_call_that_works_shows_nothing_of_the_key(logs):
    async with literal([stream(*ANSWER)]) as server, Client(KEY, server.url) as open:
        async with open.stream(REQUEST) as got:
            async for _ in got:
                pass
        await open.invoke(REQUEST)

    assert server.requests[0].headers["x-api-key"] == KEY
    assert "httpcore" in {record.name.split(".")[0] for record in logs.records}, "the log was not on"
    assert KEY not in logged(logs)
    assert KEY not in repr(got.reply) + repr(vars(got.reply)) + repr(open) + repr(vars(open)) + repr(
        vars(got)
    )


async def test_a_refused_connection_shows_nothing_of_the_key(logs):
    async with literal() as server:
        pass
    async with Client(KEY, server.url, retries=0) as open:
        with pytest.raises(LangtailError) as caught:
            await open.invoke(REQUEST)

    assert KEY not in everything_shown(caught.value) + logged(logs)


@pytest.mark.parametrize("ending", ["cancelled", "timed out"])
async def test_a_call_that_ends_while_it_is_being_written_shows_nothing_of_the_key(ending, logs):
    """The frames below hold the very bytes: a server that reads nothing keeps them there."""
    taken = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.set()
        await asyncio.Event().wait()

    big = Request("acme/support/triage/staging", "x" * 20_000_000)
    async with listening(serve) as port, Client(KEY, f"http://127.0.0.1:{port}", retries=0) as open:
        limit = Timeout(first_byte=0.3) if ending == "timed out" else None
        call = asyncio.create_task(open.invoke(big, timeout=limit))
        await taken.wait()
        if ending == "cancelled":
            await asyncio.sleep(0.1)
            call.cancel()
        with pytest.raises((asyncio.CancelledError, LangtailError)) as caught:
            await call

    assert KEY not in everything_shown(caught.value) + logged(logs)


async def test_a_call_cancelled_at_any_step_shows_nothing_of_the_key(logs):
    """Cancelled after one turn of the event loop, after two, and so on until it is answered."""
    async with literal([response(COMPLETION)]) as server:
        for turns in range(200):
            async with Client(KEY, server.url, retries=0) as open:
                call = asyncio.create_task(open.invoke(REQUEST))
                for _ in range(turns):
                    await asyncio.sleep(0)
                call.cancel()
                [result] = await asyncio.gather(call, return_exceptions=True)
                if not isinstance(result, BaseException):
                    break
                assert KEY not in everything_shown(result)

    assert KEY not in logged(logs)
    assert turns > 10, turns


async def test_the_key_outlives_a_call_in_one_object_only():
    """What the garbage collector knows of after a failed call: one string, held by the key itself."""
    key = "lt-" + "-".join(["another", "secret", "0815"])
    async with literal([CLOSE]) as server, Client(key, server.url, retries=0) as open:
        with pytest.raises(LangtailError) as caught:
            await open.invoke(REQUEST)
        gc.collect()

        locals_ = [frame.f_locals for _, frame in _frames(caught.value)]
        assert not [
            name for names in locals_ for name, value in names.items() if value == key and name != "key"
        ]


def _frames(error: BaseException) -> list[tuple[BaseException, Any]]:
    found, current = [], error
    while current is not None:
        found += [(current, frame) for frame, _ in traceback.walk_tb(current.__traceback__)]
        current = current.__cause__ or current.__context__  # type: ignore[assignment]
    return found


@pytest.mark.parametrize("bad", ["two words", "line\nbreak", "café-key", ""])
def test_a_key_that_no_header_can_hold_is_refused_without_being_shown(bad):
    with pytest.raises(ConfigurationError) as caught:
        Client(bad, "http://127.0.0.1:1")

    assert not bad or bad not in str(caught.value) + repr(caught.value)


def test_a_client_is_not_pickled_with_its_key():
    with pytest.raises(Exception, match="pickle"):
        pickle.dumps(Client(KEY, "http://127.0.0.1:1"))


async def test_the_key_goes_to_the_base_urls_origin_only():
    """Not along a redirect, whatever its kind, and not to another client's server."""
    async with literal([response(COMPLETION)]) as other:
        for status in ("301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"):
            moved = response(b"", status, headers=f"Location: {other.url}/\r\n")
            async with literal([moved]) as server, Client(KEY, server.url) as open:
                with pytest.raises(LangtailError):
                    await open.invoke(REQUEST)
                with pytest.raises(LangtailError):
                    await open.deployments()

        assert other.connections == 0


class Odd:
    """No argument of anything."""


WRONG: dict[str, dict[str, Any]] = {
    "a base URL that is none": {"base_url": 5},
    "a base URL with a password": {"base_url": "https://ada:pa55word@host"},
    "a base URL in quotes": {"base_url": '"https://host"'},
    "a base URL with a port that is none": {"base_url": "https://host:port"},
    "no retries": {"retries": None},
    "retries in words": {"retries": "x"},
    "half a retry": {"retries": 0.5},
    "a negative retry": {"retries": -1},
    "no connections": {"max_connections": None},
    "connections in words": {"max_connections": "x"},
    "a timeout in words": {"timeout": "x"},
    "no timeout": {"timeout": None},
    "a timeout of an object": {"timeout": Odd()},
    "limits in words": {"timeout": Timeout(connect="x")},  # type: ignore[arg-type]
    "a transport that carries nothing": {"transport": 5},
    "a name that is none": {"apikey": 5},
    "a key that is none": {"api_key": f"{KEY} {KEY}"},
    "a key in quotes": {"api_key": f'"{KEY}"'},
    "a key in bytes": {"api_key": ECHO},
    "a key in a list": {"api_key": [KEY]},
    "plain http": {"base_url": "http://192.0.2.9"},
}


@pytest.mark.parametrize("name", WRONG)
def test_no_wrong_argument_puts_the_key_into_a_traceback(name):
    with pytest.raises(ConfigurationError) as caught:
        Client(**{"api_key": KEY, "base_url": "http://127.0.0.1:9", **WRONG[name]})

    assert KEY not in everything_shown(caught.value)
    assert "\n" not in str(caught.value)


def test_too_many_arguments_put_no_key_into_a_traceback_either():
    with pytest.raises(ConfigurationError, match="positional") as caught:
        Client(KEY, "http://127.0.0.1:9", 3)  # type: ignore[misc]

    assert KEY not in everything_shown(caught.value)


def test_a_misspelt_argument_is_named():
    with pytest.raises(ConfigurationError, match=r"'apikey'.*did you mean 'api_key'"):
        Client(apikey=KEY)  # type: ignore[call-arg]


@pytest.mark.parametrize("variable", ["LANGTAIL_API_KEY", "LANGTAIL_BASE_URL"])
def test_quotes_around_a_variable_are_named_and_its_value_is_not(variable, monkeypatch):
    monkeypatch.setenv("LANGTAIL_API_KEY", KEY)
    monkeypatch.setenv(variable, f'"{KEY}"')
    with pytest.raises(ConfigurationError, match=f"^{variable} stands in quotes; set it without") as caught:
        Client()

    assert KEY not in everything_shown(caught.value)


def test_a_line_break_in_a_variable_is_named_and_around_it_means_nothing(monkeypatch):
    monkeypatch.setenv("LANGTAIL_API_KEY", f"\t{KEY}\r\n")
    assert Client().caller.key.reveal() == KEY

    monkeypatch.setenv("LANGTAIL_API_KEY", f"{KEY}\n{KEY}")
    with pytest.raises(ConfigurationError, match="LANGTAIL_API_KEY holds a line break") as caught:
        Client()
    assert KEY not in everything_shown(caught.value)


CALLS: dict[str, Callable[[Client], Any]] = {
    "a message in place of a request": lambda client: client.invoke("Where is it?"),  # type: ignore[arg-type]
    "a timeout in words": lambda client: client.invoke(REQUEST, timeout="x"),  # type: ignore[arg-type]
    "no target": lambda client: client.config(5),  # type: ignore[arg-type]
    "a limit in words": lambda client: client.threads.list("x"),  # type: ignore[arg-type]
    "metadata that is none": lambda client: client.threads.create(5),  # type: ignore[arg-type]
    "metadata of a thread": lambda client: client.threads.update("t", 5),  # type: ignore[arg-type]
    "a message that is none": lambda client: client.threads.create_message("t", 5),  # type: ignore[arg-type]
    "an id that is none": lambda client: client.threads.get(5),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", CALLS)
async def test_a_wrong_argument_of_a_call_is_one_line(name):
    """Written in one line with the client, whose key the traceback of a TypeError would print."""
    with pytest.raises(ConfigurationError) as caught:
        await CALLS[name](Client(KEY, "http://127.0.0.1:9"))

    assert KEY not in everything_shown(caught.value)
