"""The seam: a client's calls go over whatever carries them, and say what they are part of."""

from __future__ import annotations

import pytest

from langtail_nb._client.client import Client
from langtail_nb._errors import APIConnectionError, StreamError
from langtail_nb._http.fault import Failed, Fault
from langtail_nb._http.transport import Context, Exchange, Outgoing
from langtail_nb._types.request import Request
from tests.literal import ANSWER, COMPLETION, TEXT, literal, response, stream
from tests.noting import Noting

REQUEST = Request("acme/support/triage/staging", "Where is the tram?")


async def test_all_calls_of_a_client_go_over_its_transport():
    answers = [response(COMPLETION), stream(*ANSWER), response(b'{"deployments": []}')]
    async with literal(answers) as server:
        noting = Noting(server.url)
        async with Client(base_url=server.url, transport=noting) as client:
            whole = await client.invoke(REQUEST)
            async with client.stream(REQUEST) as pieces:
                async for _ in pieces:
                    pass
            await client.deployments()

    assert (whole.text, pieces.reply.text) == (TEXT, TEXT)
    assert [(one.method, one.path) for one in noting.outgoing] == [
        ("POST", "acme/support/triage/staging"),
        ("POST", "acme/support/triage/staging"),
        ("GET", "list-deployments"),
    ]
    # A transport of one's own brings its own secret, or none.
    assert "x-api-key" not in server.requests[0].headers


async def test_a_transport_is_told_what_a_call_is_part_of():
    context = Context(conversation="tram", turn=2, own_messages=1)
    async with literal([stream(*ANSWER)]) as server:
        noting = Noting(server.url)
        client = Client("lt-test-key", server.url, transport=noting)
        async with client, client.stream(REQUEST, context=context) as pieces:
            async for _ in pieces:
                pass

    assert noting.outgoing[0].context == context


async def test_a_private_call_says_so_by_itself():
    async with literal([response(COMPLETION)]) as server:
        noting = Noting(server.url)
        async with Client("lt-test-key", server.url, transport=noting) as client:
            await client.invoke(REQUEST.replace(do_not_record=True))

    assert noting.outgoing[0].context.private


async def test_a_fault_of_a_transport_is_said_in_the_clients_words():
    class Refusing(Noting):
        def exchange(self, outgoing: Outgoing) -> Exchange:
            exchange = super().exchange(outgoing)

            async def refuse() -> None:
                raise Failed(Fault("no connection", "connection refused", was_refused=True))

            exchange.open = refuse  # type: ignore[method-assign]
            return exchange

    client = Client("lt-test-key", "http://127.0.0.1:9", retries=0, transport=Refusing("http://127.0.0.1:9"))

    with pytest.raises(APIConnectionError, match=r"^cannot connect to \S+: connection refused"):
        await client.invoke(REQUEST)


async def test_an_error_that_nobody_foresaw_breaks_the_answer_and_is_logged_without_the_key(caplog):
    class Failing(Noting):
        def exchange(self, outgoing: Outgoing) -> Exchange:
            exchange = super().exchange(outgoing)

            async def fail() -> bytes:
                raise ArithmeticError("no such lt-test-key")

            exchange.read = fail  # type: ignore[method-assign]
            return exchange

    async with literal([stream(*ANSWER)]) as server:
        client = Client("lt-test-key", server.url, retries=0, transport=Failing(server.url))
        with pytest.raises(StreamError) as caught:
            await client.invoke(REQUEST)

    assert str(caught.value).endswith(
        "before its first word: reading it failed (ArithmeticError('no such …'))"
    )
    assert isinstance(caught.value.__cause__, ArithmeticError)
    assert [(one.name, one.levelname) for one in caplog.records] == [("langtail_nb", "ERROR")]
