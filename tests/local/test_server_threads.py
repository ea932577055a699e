"""``/v2/threads`` over a plain HTTP client."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers import Server, deployment, end

JSON = dict[str, Any]

DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NO_THREAD = {"error": {"message": "Thread not found", "type": "not_found", "param": None, "code": None}}
NO_MESSAGE = {"error": {"message": "Message not found", "type": "not_found", "param": None, "code": None}}


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with server.http() as client:
        yield client


@pytest.fixture
def thread(http: httpx.Client) -> JSON:
    created: JSON = http.post("/v2/threads", json={"metadata": {"notebook": "trip.ipynb"}}).json()
    return created


def add(http: httpx.Client, thread: JSON, text: str, **body: Any) -> JSON:
    message = {"role": "user", "content": text}
    response = http.post(f"/v2/threads/{thread['id']}/messages", json={"message": message, **body})
    assert response.status_code == 200
    created: JSON = response.json()
    return created


def test_a_created_thread_has_the_documented_shape(thread: JSON) -> None:
    assert DATE_TIME.fullmatch(thread["createdAt"])
    assert thread["metadata"] == {"notebook": "trip.ipynb"}
    assert thread.keys() == {"id", "createdAt", "deletedAt", "projectId", "createLog", "metadata"}
    assert thread["deletedAt"] is None


def test_a_thread_is_created_from_an_empty_object(http: httpx.Client) -> None:
    response = http.post("/v2/threads", json={})

    assert response.status_code == 200
    assert (response.json()["metadata"], response.json()["createLog"]) == (None, None)


def test_a_thread_keeps_its_create_log(http: httpx.Client) -> None:
    created = http.post("/v2/threads", json={"metadata": {}, "createLog": {"model": "m"}}).json()

    assert http.get(f"/v2/threads/{created['id']}").json() == created
    assert created["createLog"] == {"model": "m"}


def test_updating_replaces_all_metadata(http: httpx.Client, thread: JSON) -> None:
    updated = http.post(f"/v2/threads/{thread['id']}", json={"metadata": {"a": 1}}).json()

    assert updated == {**thread, "metadata": {"a": 1}}
    assert http.get(f"/v2/threads/{thread['id']}").json() == updated


def test_updating_needs_metadata(http: httpx.Client, thread: JSON) -> None:
    response = http.post(f"/v2/threads/{thread['id']}", json={})

    assert (response.status_code, response.json()["error"]["param"]) == (400, "metadata")


def test_a_deleted_thread_is_gone_with_its_messages(http: httpx.Client, thread: JSON) -> None:
    message = add(http, thread, "x")
    path = f"/v2/threads/{thread['id']}"

    deleted = http.delete(path).json()

    assert deleted == {"id": thread["id"], "object": "thread.deleted", "deleted": True}
    for gone in (path, f"{path}/messages", f"{path}/messages/{message['id']}"):
        assert (http.get(gone).status_code, http.get(gone).json()) == (404, NO_THREAD)
    assert http.delete(path).status_code == 404
    assert thread["id"] not in [item["id"] for item in http.get("/v2/threads").json()["data"]]
    assert http.post("/a/b/plain/production", json={"threadId": thread["id"]}).status_code == 404


def test_threads_are_listed_newest_first(http: httpx.Client) -> None:
    made = [http.post("/v2/threads", json={}).json()["id"] for _ in range(3)]

    listing = http.get("/v2/threads", params={"limit": 3}).json()

    assert [item["id"] for item in listing["data"]] == made[::-1]
    assert listing["object"] == "list"
    assert (listing["first_id"], listing["last_id"]) == (made[2], made[0])


def test_an_empty_list_has_no_ids(http: httpx.Client, thread: JSON) -> None:
    listing = http.get(f"/v2/threads/{thread['id']}/messages").json()

    assert listing == {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}


def test_a_created_message_has_the_documented_shape(http: httpx.Client, thread: JSON) -> None:
    message = add(http, thread, "Plan the afternoon.", metadata={"run": 7})

    assert message["content"] == {"role": "user", "content": "Plan the afternoon."}
    assert message["threadId"] == thread["id"]
    assert message["metadata"] == {"run": 7}
    assert message["requestLogId"] is None
    assert DATE_TIME.fullmatch(message["createdAt"])
    assert http.get(f"/v2/threads/{thread['id']}/messages/{message['id']}").json() == message


def test_a_created_message_is_given_to_the_model(http: httpx.Client, thread: JSON) -> None:
    add(http, thread, "Remember 7.")

    answer = http.post("/a/b/plain/production", json={"threadId": thread["id"]}).json()

    assert answer["choices"][0]["message"]["content"] == "user: Remember 7."


def test_creating_a_message_needs_one(http: httpx.Client, thread: JSON) -> None:
    path = f"/v2/threads/{thread['id']}/messages"
    assert http.post(path, json={}).json()["error"]["param"] == "message"
    bad = http.post(path, json={"message": {"role": "user"}})
    assert (bad.status_code, bad.json()["error"]["param"]) == (400, "message.content")


def test_a_messages_metadata_is_replaced_and_its_content_stays(http: httpx.Client, thread: JSON) -> None:
    message = add(http, thread, "x", metadata={"a": 1})
    path = f"/v2/threads/{thread['id']}/messages/{message['id']}"

    updated = http.post(
        path, json={"metadata": {"b": "2"}, "message": {"role": "user", "content": "y"}}
    ).json()

    assert updated == {**message, "metadata": {"b": "2"}}


def test_a_deleted_message_is_gone_and_not_given_to_the_model(http: httpx.Client, thread: JSON) -> None:
    kept, dropped = add(http, thread, "keep"), add(http, thread, "drop")
    path = f"/v2/threads/{thread['id']}/messages"

    deleted = http.delete(f"{path}/{dropped['id']}").json()

    assert deleted == {"id": dropped["id"], "object": "thread.message.deleted", "deleted": True}
    assert [item["id"] for item in http.get(path).json()["data"]] == [kept["id"]]
    gone = http.get(f"{path}/{dropped['id']}")
    assert (gone.status_code, gone.json()) == (404, NO_MESSAGE)
    answer = http.post("/a/b/plain/production", json={"threadId": thread["id"]}).json()
    assert answer["choices"][0]["message"]["content"] == "user: keep"


def test_a_message_of_another_thread_is_not_found(http: httpx.Client, thread: JSON) -> None:
    message = add(http, thread, "x")
    other = http.post("/v2/threads", json={}).json()

    assert http.get(f"/v2/threads/{other['id']}/messages/{message['id']}").json() == NO_MESSAGE


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_paging_gives_every_message_once_in_order(http: httpx.Client, thread: JSON, order: str) -> None:
    made = [add(http, thread, str(number))["id"] for number in range(7)]
    seen: list[str] = []
    page: JSON = {"has_more": True, "last_id": None}

    while page["has_more"]:
        after = {"after": page["last_id"]} if page["last_id"] else {}
        params = {"limit": 3, "order": order, **after}
        page = http.get(f"/v2/threads/{thread['id']}/messages", params=params).json()
        seen += [item["id"] for item in page["data"]]

    assert seen == (made if order == "asc" else made[::-1])


def test_messages_are_listed_oldest_first_by_default(http: httpx.Client, thread: JSON) -> None:
    made = [add(http, thread, str(number))["id"] for number in range(3)]

    listing = http.get(f"/v2/threads/{thread['id']}/messages").json()

    assert [item["id"] for item in listing["data"]] == made


def test_a_page_goes_on_after_a_message_that_was_deleted(http: httpx.Client, thread: JSON) -> None:
    made = [add(http, thread, str(number))["id"] for number in range(3)]
    path = f"/v2/threads/{thread['id']}/messages"
    http.delete(f"{path}/{made[0]}")

    assert [item["id"] for item in http.get(path, params={"after": made[0]}).json()["data"]] == made[1:]


def test_a_limit_above_a_hundred_gives_a_hundred(http: httpx.Client, thread: JSON) -> None:
    for number in range(101):
        add(http, thread, str(number))

    listing = http.get(f"/v2/threads/{thread['id']}/messages", params={"limit": 1000}).json()

    assert (len(listing["data"]), listing["has_more"]) == (100, True)


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "²"])
def test_a_limit_below_one_or_no_number_is_refused(http: httpx.Client, limit: str) -> None:
    response = http.get("/v2/threads", params={"limit": limit})

    assert (response.status_code, response.json()["error"]["param"]) == (400, "limit")


def test_the_text_undefined_counts_as_not_given(http: httpx.Client, thread: JSON) -> None:
    """Langtail's own SDK sends it for an option that is not set."""
    response = http.get("/v2/threads", params={"limit": "undefined", "after": "undefined"})

    assert response.status_code == 200


def test_an_unknown_place_to_go_on_from_is_refused(http: httpx.Client, thread: JSON) -> None:
    for path in ("/v2/threads", f"/v2/threads/{thread['id']}/messages"):
        response = http.get(path, params={"after": "nope"})
        assert (response.status_code, response.json()["error"]["param"]) == (400, "after")


def test_an_unknown_order_is_refused(http: httpx.Client, thread: JSON) -> None:
    response = http.get(f"/v2/threads/{thread['id']}/messages", params={"order": "up"})

    assert (response.status_code, response.json()["error"]["param"]) == (400, "order")


@pytest.mark.parametrize("metadata", [{"a": True}, {"a": None}, {"a": {}}, {"k" * 65: "v"}, None, [], "x"])
def test_metadata_is_checked_wherever_it_is_sent(http: httpx.Client, thread: JSON, metadata: Any) -> None:
    message = add(http, thread, "x")
    own = f"/v2/threads/{thread['id']}"
    for path, more in (
        ("/v2/threads", {}),
        (own, {}),
        (f"{own}/messages", {"message": message["content"]}),
        (f"{own}/messages/{message['id']}", {}),
    ):
        response = http.post(path, json={"metadata": metadata, **more})
        param = response.json()["error"]["param"]
        assert (response.status_code, param.split(".")[0]) == (400, "metadata"), path


def test_metadata_holds_strings_and_numbers_under_keys_of_up_to_64_characters(http: httpx.Client) -> None:
    metadata = {"k" * 64: "v", "n": 1.5, "z": 0, "": "", "ž\u2028": "🐴"}

    assert http.post("/v2/threads", json={"metadata": metadata}).json()["metadata"] == metadata


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_updating_is_a_post(http: httpx.Client, thread: JSON, method: str) -> None:
    message = add(http, thread, "x")
    for path in (f"/v2/threads/{thread['id']}", f"/v2/threads/{thread['id']}/messages/{message['id']}"):
        assert http.request(method, path, json={"metadata": {"a": 1}}).status_code == 404
        assert http.get(path).json()["metadata"] != {"a": 1}


def test_creating_a_message_calls_no_model(server: Server, http: httpx.Client, thread: JSON) -> None:
    message = {"role": "assistant", "content": None, "tool_calls": [], "later": {"kept": 1}}
    created = http.post(f"/v2/threads/{thread['id']}/messages", json={"message": message}).json()

    assert created["content"] == message
    assert "message" not in created
    assert server.last()["provider"] is None
    assert len(http.get(f"/v2/threads/{thread['id']}/messages").json()["data"]) == 1


def test_a_deleted_thread_is_only_marked_so(make_server: Any, tmp_path: Path) -> None:
    with make_server({"plain": deployment()}).http() as http:
        thread_id = http.post("/a/b/plain/production", json={}).headers["x-langtail-thread-id"]
        http.delete(f"/v2/threads/{thread_id}")

    with closing(sqlite3.connect(tmp_path / "local.sqlite")) as rows:
        kept = rows.execute("SELECT id, deleted_at IS NULL FROM threads").fetchall()
        messages = rows.execute("SELECT deleted_at IS NULL FROM messages").fetchall()
    assert kept == [(thread_id, 0)]
    assert messages == [(0,)]


def test_pages_tell_whether_more_follow(http: httpx.Client, thread: JSON) -> None:
    made = [add(http, thread, str(number))["id"] for number in range(4)]
    path = f"/v2/threads/{thread['id']}/messages"

    first = http.get(path, params={"limit": 2, "after": "undefined", "order": "undefined"}).json()
    second = http.get(path, params={"limit": 2, "after": first["last_id"]}).json()
    beyond = http.get(path, params={"limit": 101, "after": second["last_id"]}).json()

    assert (first["first_id"], first["last_id"], first["has_more"]) == (made[0], made[1], True)
    assert (second["first_id"], second["last_id"], second["has_more"]) == (made[2], made[3], False)
    assert beyond == {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}


def test_an_unknown_thread_is_a_404_on_every_path(http: httpx.Client) -> None:
    for method, path in (
        ("GET", ""),
        ("POST", ""),
        ("DELETE", ""),
        ("GET", "/messages"),
        ("POST", "/messages"),
        ("GET", "/messages/m"),
        ("POST", "/messages/m"),
        ("DELETE", "/messages/m"),
    ):
        body = {"metadata": {}, "message": {"role": "user", "content": "x"}} if method == "POST" else None
        response = http.request(method, f"/v2/threads/none{path}", json=body)
        assert (response.status_code, response.json()) == (404, NO_THREAD), (method, path)


def test_a_half_surrogate_survives_storage(http: httpx.Client, thread: JSON) -> None:
    """It is legal in JSON, and no UTF-8."""
    path = f"/v2/threads/{thread['id']}/messages"
    http.post(path, content=b'{"message": {"role": "user", "content": "a\\ud800b"}}')

    assert rb"a\ud800b" in http.get(path).content


def test_threads_outlive_the_server(make_server: Any) -> None:
    first = make_server({"plain": deployment()})
    with first.http() as client:
        thread_id = client.post("/a/b/plain/production", json={}).headers["x-langtail-thread-id"]
    end(first.process)
    second = make_server({"plain": deployment()})

    with second.http() as client:
        assert client.get(f"/v2/threads/{thread_id}").status_code == 200
