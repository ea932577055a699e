"""The ``/v2`` endpoints: literal answers, and the local server from the first call to the last."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from langtail_nb._client.client import Client
from langtail_nb._client.threads import ServerThread, ThreadMessage, moment
from langtail_nb._errors import ConfigurationError, NotFoundError
from langtail_nb._types.request import Request
from tests.literal import Asked, literal, response
from tests.servers import KEY, Server

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
THREAD = {
    "id": "thr_1",
    "createdAt": "2025-06-01T12:00:00.000Z",
    "deletedAt": None,
    "projectId": "prj_1",
    "createLog": None,
    "metadata": {"notebook": "trip.ipynb"},
}
MESSAGE = {
    "id": "msg_1",
    "threadId": "thr_1",
    "createdAt": "2025-06-01T12:00:00.000Z",
    "content": {"role": "user", "content": "Plan the afternoon.", "novel": 1},
    "requestLogId": None,
    "metadata": None,
}


def page(rows: list[Any], more: bool = False) -> list[bytes]:
    ids = [row["id"] for row in rows] or [None]
    body = {"object": "list", "data": rows, "first_id": ids[0], "last_id": ids[-1], "has_more": more}
    return [response(json.dumps(body).encode())]


def numbered(numbers: range) -> list[dict[str, Any]]:
    return [{**THREAD, "id": f"thr_{number}"} for number in numbers]


def test_a_thread_is_read_with_a_date_of_either_type():
    seconds = {**THREAD, "createdAt": int(NOON.timestamp())}

    assert ServerThread.parse(THREAD) == ServerThread(
        "thr_1", NOON, {"notebook": "trip.ipynb"}, "prj_1", None, THREAD
    )
    assert ServerThread.parse(seconds).created_at == NOON


@pytest.mark.parametrize("value", [None, "yesterday", True, 1e300, [], float("nan")])
def test_a_date_that_cannot_be_read_is_none(value):
    assert moment(value) is None


def test_a_message_is_read_with_content_of_either_form():
    user = MESSAGE["content"]
    listed = {
        **MESSAGE,
        "content": [user, {"role": "assistant", "content": [{"type": "text", "text": "Yes."}]}],
    }

    assert ThreadMessage.parse(MESSAGE).contents == (user,)
    assert (ThreadMessage.parse(MESSAGE).role, ThreadMessage.parse(MESSAGE).text) == (
        "user",
        "Plan the afternoon.",
    )
    assert ThreadMessage.parse(listed).text == "Plan the afternoon.\n\nYes."
    assert ThreadMessage.parse({}).contents == ()


async def test_all_pages_are_read():
    pages = page(numbered(range(100)), True), page(numbered(range(100, 130)))
    async with literal(*pages) as server, Client(KEY, server.url) as client:
        rows = await client.threads.list()

    assert [row.id for row in rows] == [f"thr_{number}" for number in range(130)]
    assert [asked.line for asked in server.requests] == [
        "GET /v2/threads?limit=100 HTTP/1.1",
        "GET /v2/threads?limit=100&after=thr_99 HTTP/1.1",
    ]
    assert server.requests[0].headers["x-api-key"] == KEY


async def test_a_limit_asks_for_no_more_than_that():
    pages = page(numbered(range(100)), True), page(numbered(range(100, 130)), True)
    async with literal(*pages) as server, Client(KEY, server.url) as client:
        assert len(await client.threads.list(limit=110)) == 110

    assert [asked.line.split()[1] for asked in server.requests] == [
        "/v2/threads?limit=100",
        "/v2/threads?limit=10&after=thr_99",
    ]


async def test_a_server_that_repeats_its_page_is_not_asked_for_ever():
    async with literal(page(numbered(range(3)), True)) as server, Client(KEY, server.url) as client:
        await client.threads.list()

    assert len(server.requests) == 2


@pytest.mark.parametrize("id", ["", ".", "..", "\ud800"])
async def test_an_id_that_would_reach_another_endpoint_is_refused_before_sending(id):
    async with literal([response(b"{}")]) as server, Client(KEY, server.url) as client:
        for call in (
            client.threads.delete(id),
            client.threads.messages(id),
            client.threads.message("thr_1", id),
        ):
            with pytest.raises(ConfigurationError):
                await call

        assert server.connections == 0


async def test_an_id_stays_inside_its_segment():
    async with literal([response(json.dumps(MESSAGE).encode())]) as server, Client(KEY, server.url) as client:
        await client.threads.message("a/../b?c", "d\r\nX: 1")

    assert server.requests[0].line == "GET /v2/threads/a%2F..%2Fb%3Fc/messages/d%0D%0AX%3A%201 HTTP/1.1"


@pytest.mark.parametrize(
    ("call", "line", "body"),
    [
        (lambda t: t.get("t"), "GET /v2/threads/t", None),
        (lambda t: t.create({"a": 1}), "POST /v2/threads", {"metadata": {"a": 1}, "createLog": {}}),
        (lambda t: t.update("t", {"a": 1}), "POST /v2/threads/t", {"metadata": {"a": 1}}),
        (lambda t: t.delete("t"), "DELETE /v2/threads/t", None),
        (lambda t: t.messages("t", order="desc"), "GET /v2/threads/t/messages?order=desc&limit=100", None),
        (lambda t: t.message("t", "m"), "GET /v2/threads/t/messages/m", None),
        (
            lambda t: t.create_message("t", {"role": "user", "content": "x"}),
            "POST /v2/threads/t/messages",
            {"message": {"role": "user", "content": "x"}},
        ),
        (
            lambda t: t.update_message("t", "m", {"a": 1}),
            "POST /v2/threads/t/messages/m",
            {"metadata": {"a": 1}},
        ),
        (lambda t: t.delete_message("t", "m"), "DELETE /v2/threads/t/messages/m", None),
    ],
)
async def test_each_call_is_written_as_documented(call, line, body):
    seen: list[Asked] = []

    def answer(asked: Asked) -> list[bytes]:
        seen.append(asked)
        return [response(b'{"id": "t", "deleted": true, "data": []}')]

    async with literal(by=answer) as server, Client(KEY, server.url) as client:
        await call(client.threads)

    assert seen[0].line == f"{line} HTTP/1.1"
    assert (json.loads(seen[0].body) if seen[0].body else None) == body


async def test_a_thread_lives_from_its_first_answer_to_its_deletion(server: Server):
    async with Client(KEY, server.url) as client:
        reply = await client.invoke(Request("acme/help/support/production", "hi"))
        assert reply.thread_id is not None
        thread = await client.threads.get(reply.thread_id)
        assert (await client.threads.update(thread.id, {"kept": "yes"})).metadata == {"kept": "yes"}
        added = await client.threads.create_message(thread.id, {"role": "user", "content": "more"})
        assert (await client.threads.message(thread.id, added.id)).text == "more"
        roles = [message.role for message in await client.threads.messages(thread.id)]
        assert roles == ["user", "assistant", "user"]
        assert await client.threads.delete_message(thread.id, added.id)
        assert await client.threads.delete(thread.id)
        with pytest.raises(NotFoundError, match="may have been deleted"):
            await client.threads.get(thread.id)


async def test_a_long_thread_is_read_through_all_its_pages(server: Server):
    async with Client(KEY, server.url) as client:
        thread = await client.threads.create()
        for number in range(103):
            await client.threads.create_message(thread.id, {"role": "user", "content": str(number)})

        texts = [message.text for message in await client.threads.messages(thread.id)]
        newest = await client.threads.messages(thread.id, limit=2, order="desc")
        await client.threads.delete(thread.id)

    assert texts == [str(number) for number in range(103)]
    assert [message.text for message in newest] == ["102", "101"]
