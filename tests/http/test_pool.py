"""How many connections, how long they live, what closes them: counted by a real server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from langtail_nb._client.client import Client
from langtail_nb._errors import APIConnectionError
from langtail_nb._http import pool
from langtail_nb._http.round_trip import RoundTrip
from langtail_nb._http.timeout import Timeout
from langtail_nb._http.transport import Outgoing
from langtail_nb._types.request import Request
from tests.literal import (
    ANSWER,
    CLOSE,
    COMPLETION,
    DONE,
    GO,
    RESET,
    STALL,
    STOP,
    STREAM_END,
    STREAM_HEAD,
    TAKE,
    TEXT,
    literal,
    part,
    response,
    stream,
)

REQUEST = Request("acme/support/triage/staging", "hi")
ON_THREAD = Request("acme/support/triage/staging", "hi", thread_id="thr_7")


def client(url: str, **options: Any) -> Client:
    return Client("lt-secret-key-4711", url, **{"retries": 0, **options})


async def read(open: Client, request: Request = REQUEST) -> str:
    async with open.stream(request) as got:
        return "".join([chunk.text async for chunk in got])


async def test_one_call_after_another_uses_one_connection():
    async with literal([response(COMPLETION)]) as server, client(server.url) as open:
        for _ in range(5):
            await open.invoke(REQUEST)

        assert (server.connections, len(server.requests)) == (1, 5)


async def test_a_stream_read_to_its_end_leaves_its_connection_for_the_next():
    async with literal([stream(*ANSWER)]) as server, client(server.url) as open:
        for _ in range(5):
            assert await read(open) == TEXT

        assert server.connections == 1


async def test_the_end_of_the_body_may_come_a_little_after_the_end_mark():
    """The server's last packet often comes alone."""
    answer = [STREAM_HEAD, *map(part, ANSWER), GO, STREAM_END]
    async with literal(answer) as server, client(server.url) as open:
        for _ in range(2):
            async with open.stream(REQUEST) as got:
                async for chunk in got:
                    if chunk.usage:
                        asyncio.get_running_loop().call_later(0.01, server.go.set)

        assert server.connections == 1


async def test_a_body_that_does_not_end_after_the_end_mark_is_waited_for_only_shortly():
    async with literal([STREAM_HEAD, *map(part, ANSWER), STALL]) as server, client(server.url) as open:
        assert await read(open) == TEXT
        await server.until(lambda: server.open == 0)


async def test_an_error_answer_leaves_its_connection_for_the_next():
    missing = response(b'{"error":"no"}', "404 Not Found")
    async with literal([missing], [stream(*ANSWER)]) as server, client(server.url) as open:
        with pytest.raises(Exception, match="404"):
            await read(open)
        assert await read(open) == TEXT

        assert server.connections == 1


async def test_a_hundred_calls_at_once_use_a_hundred_connections_again_and_again():
    """Each round is answered only when all calls of it have come."""
    async with literal([GO, response(COMPLETION)]) as server, client(server.url) as open:
        for round in (1, 2, 3):
            calls = [asyncio.create_task(open.invoke(REQUEST)) for _ in range(100)]
            await server.until(lambda round=round: len(server.requests) == 100 * round)
            await _release(server, calls)

        assert (server.connections, len(server.requests)) == (100, 300)


async def _release(server: Any, calls: list[asyncio.Task[Any]]) -> None:
    pending = set(calls)
    while pending:
        server.go.set()
        done, pending = await asyncio.wait(pending, timeout=0.01)
        assert all(task.result().text == TEXT for task in done)
    server.go.clear()


async def test_more_calls_than_connections_wait_for_their_turn():
    async with literal([response(COMPLETION)]) as server, client(server.url, max_connections=4) as open:
        replies = await asyncio.gather(*(open.invoke(REQUEST) for _ in range(40)))

    assert [reply.text for reply in replies] == [TEXT] * 40
    assert server.connections == 4


async def test_a_call_that_waits_for_its_turn_can_be_cancelled():
    answers = [GO, response(COMPLETION)], [response(COMPLETION)]
    async with literal(*answers) as server, client(server.url, max_connections=1) as open:
        first = asyncio.create_task(open.invoke(REQUEST))
        await server.until(lambda: len(server.requests) == 1)
        second = asyncio.create_task(open.invoke(REQUEST))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        server.go.set()

        assert (await first).text == TEXT
        assert (await open.invoke(REQUEST)).text == TEXT


async def test_the_last_used_connection_is_used_first():
    """So that the others fall idle and can be closed."""
    connections = pool.Pool("http://127.0.0.1:9", None, max_connections=8)
    first, second = await connections.take(), await connections.take()
    await connections.give_back(second, keep=True)
    await connections.give_back(first, keep=True)

    assert await connections.take() is first

    await connections.give_back(first, keep=True)
    await connections.aclose()


async def test_connections_that_were_idle_for_long_are_closed(monkeypatch):
    async with literal([response(COMPLETION)]) as server, client(server.url) as open:
        await asyncio.gather(*(open.invoke(REQUEST) for _ in range(8)))
        monkeypatch.setattr(pool, "KEPT_S", -1.0)
        await open.invoke(REQUEST)
        await server.until(lambda: server.open == 1)


async def test_closing_the_client_closes_its_connections():
    async with literal([stream(*ANSWER)]) as server:
        async with client(server.url) as open:
            await read(open)
            assert server.open == 1
        await server.until(lambda: server.open == 0)


async def test_closing_the_client_lets_a_running_answer_end():
    async with literal([STREAM_HEAD, part(TAKE), GO, *map(part, (STOP, DONE)), STREAM_END]) as server:
        open = client(server.url)
        async with open.stream(REQUEST) as got:
            await anext(got)
            await open.aclose()
            server.go.set()
            assert [chunk.finish_reason async for chunk in got] == ["stop"]
        await server.until(lambda: server.open == 0)


@pytest.mark.parametrize("answer", [[STALL], [STREAM_HEAD, STALL], [STREAM_HEAD, part(TAKE), STALL]])
async def test_cancelling_a_call_closes_its_connection_at_once(answer):
    async with literal(answer) as server, client(server.url) as open:
        call = asyncio.create_task(read(open))
        await server.until(lambda: len(server.requests) == 1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

        await server.until(lambda: server.open == 0)


async def test_leaving_a_stream_early_closes_its_connection_at_once():
    async with literal([STREAM_HEAD, part(TAKE), STALL]) as server, client(server.url) as open:
        async with open.stream(REQUEST) as got:
            await anext(got)
        await server.until(lambda: server.open == 0)


async def test_a_cancelled_call_tells_whether_anything_was_sent():
    async with literal([STALL]) as server, client(server.url, max_connections=1) as open:
        first, second = open.stream(REQUEST), open.stream(REQUEST)
        calls = [asyncio.create_task(first.__aenter__())]
        await server.until(lambda: len(server.requests) == 1)
        calls.append(asyncio.create_task(second.__aenter__()))
        await asyncio.sleep(0)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    assert (first.reply.sent, first.reply.partial, first.reply.latency_s is None) == (True, True, False)
    assert (second.reply.sent, second.reply.latency_s) == (False, None)


@pytest.mark.parametrize("request_", [REQUEST, ON_THREAD], ids=["prompt", "thread"])
async def test_a_connection_that_the_server_closed_while_it_was_idle_fails_no_call(request_):
    """Not even one that may not be repeated: the server's goodbye is seen before anything is sent."""
    async with literal([stream(*ANSWER), CLOSE]) as server, client(server.url) as open:
        for round in range(1, 4):
            assert await read(open, request_) == TEXT
            await server.until(lambda: server.open == 0)

            assert (server.connections, len(server.requests)) == (round, round)


async def test_a_connection_that_was_reset_while_it_was_idle_fails_no_call():
    async with literal([stream(*ANSWER), GO, RESET]) as server, client(server.url) as open:
        assert await read(open, ON_THREAD) == TEXT
        server.go.set()
        await server.until(lambda: server.open == 0)

        assert await read(open, ON_THREAD) == TEXT
        server.go.set()


async def test_a_kept_connection_that_breaks_under_a_request_is_replaced_at_once_where_that_is_safe():
    waits: list[Any] = []
    answers = [stream(*ANSWER)], [CLOSE], [response(COMPLETION)]
    async with literal(*answers) as server, client(server.url, retries=2) as open:
        await read(open)
        reply = await open.invoke(REQUEST, on_wait=waits.append)

    assert (reply.text, reply.attempts) == (TEXT, 2)
    assert [wait.seconds for wait in waits] == [0.0]


async def test_a_kept_connection_that_breaks_under_a_threads_request_is_told():
    async with literal([stream(*ANSWER)], [CLOSE]) as server, client(server.url, retries=2) as open:
        await read(open)
        with pytest.raises(APIConnectionError, match="may have received the request") as caught:
            await open.invoke(ON_THREAD)

    assert caught.value.sent
    assert len(server.requests) == 2


async def test_an_answer_that_is_stopped_while_it_is_let_go_leaves_its_connection_to_nobody():
    """Put back while its answer still held it, the connection would keep the next call waiting for ever."""
    async with literal([response(COMPLETION)]) as server:
        connections = pool.Pool(server.url, None, max_connections=1)
        for steps in range(1, 12):
            exchange = RoundTrip(connections, Outgoing("POST", "x", b"{}", "*/*", Timeout()))
            async with asyncio.timeout(10):
                await exchange.open()
            while await exchange.read():
                pass
            closing = asyncio.create_task(exchange.close())
            for _ in range(steps):
                await asyncio.sleep(0)
            closing.cancel()
            await asyncio.wait([closing])
        await connections.aclose()
